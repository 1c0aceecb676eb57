"""What a report has found, and the shapes in which it is given: JSON, CSV, Parquet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from models.floorplan import FloorPlan
from serving.reports.period import Period
from serving.reports.report import LEAST, Report


@dataclass(frozen=True)
class Answer:
    """A report on a store's days. `as_of_ms` is how far the history reaches, None where it has nothing."""

    report: Report
    store: str
    period: Period
    plan: FloorPlan
    table: pa.Table
    as_of_ms: int | None

    @property
    def file_name(self) -> str:
        first, last = self.period.first, self.period.last
        days = f"{first}" if first == last else f"{first}-{last}"
        return f"{self.store}-{self.report.name}-{days}"

    def about(self) -> dict[str, Any]:
        """What a reader of the rows has to know."""
        return {
            "name": self.report.name,
            "store": self.store,
            "from": str(self.period.first),
            "to": str(self.period.last),
            "timezone": self.period.timezone.key,
            "as_of": None if self.as_of_ms is None else _iso(self.as_of_ms),
            "withheld_below": LEAST,
            "says": self.report.says,
            "query": self.report.query,
            "keys": list(self.report.keys),
        }

    def json(self) -> bytes:
        return msgspec.json.encode({**self.about(), "rows": self.table.to_pylist()})

    def csv(self) -> bytes:
        file = BytesIO()
        pyarrow.csv.write_csv(self.table, file)
        return file.getvalue()

    def parquet(self) -> bytes:
        """With what `about` says as the file's metadata."""
        file = BytesIO()
        said = {f"aislewise.{name}": str(value) for name, value in self.about().items()}
        pq.write_table(self.table.replace_schema_metadata(said), file, compression="zstd")
        return file.getvalue()


FORMATS: Mapping[str, tuple[str, Callable[[Answer], bytes]]] = {
    "json": ("application/json", Answer.json),
    "csv": ("text/csv; charset=utf-8", Answer.csv),
    "parquet": ("application/vnd.apache.parquet", Answer.parquet),
}
"""By name: the media type, and what makes it."""


def _iso(ts_ms: int) -> str:
    return datetime.fromtimestamp(ts_ms / 1000, UTC).isoformat().replace("+00:00", "Z")
