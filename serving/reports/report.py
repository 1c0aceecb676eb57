"""A report: a query with a name. The queries lie in queries/, each with what it says above it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

QUERIES = Path(__file__).with_name("queries")
LEAST = 5
"""Visits: what is known of fewer is withheld, for it may tell what one person did."""
_HEAD = re.compile(r"/\*\s*(.+?)\s*\*/\s*", re.DOTALL)


@dataclass(frozen=True)
class Report:
    """`tables` are what the query reads beside `quarters` and `zones`; `keys` are the columns that name a row."""

    name: str
    tables: tuple[str, ...]
    keys: tuple[str, ...]

    @cached_property
    def text(self) -> str:
        """The whole file: what it says, and the query."""
        return (QUERIES / f"{self.name}.sql").read_text()

    @property
    def query(self) -> str:
        return _HEAD.sub("", self.text, count=1)

    @property
    def says(self) -> str:
        found = _HEAD.match(self.text)
        return " ".join(found[1].split()) if found else ""


REPORTS: Mapping[str, Report] = {
    one.name: one
    for one in (
        Report("visitors", ("visits",), ("date", "hour")),
        Report("dwell", ("visits", "dwells"), ("kind", "zone_id")),
        Report("conversion", ("visits", "purchases"), ("date",)),
        Report("funnel", ("prompts", "outcomes"), ("step",)),
        Report("heat", ("visits", "pings"), ("floor", "cell_x_m", "cell_y_m", "hour")),
        Report("lift", ("nights",), ("to_date", "bundle")),
    )
}
