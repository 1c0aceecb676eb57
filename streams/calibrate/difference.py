"""Two replays of the same pings at once, with the defaults and with a calibration, and how far their dwells differ."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq

from models.plans import StorePlans
from streams.replay.run import replaying

Zone = tuple[str, str]
"""Kind and id."""
Seconds = Mapping[tuple[str, str, str], float]
"""`dwell_s` by visit, kind and zone."""


@dataclass(frozen=True)
class Difference:
    """Seconds by zone over all visits: `before_s` with the defaults, `changed_s` the sum of absolute differences."""

    before_s: Mapping[Zone, float]
    changed_s: Mapping[Zone, float]

    def total(self, kind: str) -> tuple[float, float]:
        """(seconds with the defaults, seconds that change) in all zones of a kind."""
        before, changed = (
            sum(seconds for (one, _), seconds in by_zone.items() if one == kind)
            for by_zone in (self.before_s, self.changed_s)
        )
        return before, changed

    def most(self, count: int) -> list[Zone]:
        """The zones that change the most."""
        changing = [zone for zone, seconds in self.changed_s.items() if seconds > 0]
        return sorted(changing, key=lambda zone: (-self.changed_s[zone], zone))[:count]


def compared(
    defaults: StorePlans, calibrated: StorePlans, silence_s: float, pings: Iterable[pa.RecordBatch]
) -> Difference:
    """`pings` are in the order of arrival, with the columns of `columns.PINGS`."""
    with TemporaryDirectory() as made:
        before, after = Path(made, "before"), Path(made, "after")
        before.mkdir()
        after.mkdir()
        with replaying(defaults, silence_s, before) as one, replaying(calibrated, silence_s, after) as other:
            for batch in pings:
                one.take(batch)
                other.take(batch)
            one.finish()
            other.finish()
        return between(_seconds(before), _seconds(after))


def between(before: Seconds, after: Seconds) -> Difference:
    """A visit and zone that only one of them has counts as none in the other."""
    was: dict[Zone, float] = defaultdict(float)
    changed: dict[Zone, float] = defaultdict(float)
    for visit, kind, zone in sorted(before.keys() | after.keys()):
        seconds, later = (one.get((visit, kind, zone), 0.0) for one in (before, after))
        was[kind, zone] += seconds
        changed[kind, zone] += abs(later - seconds)
    return Difference(dict(was), dict(changed))


def _seconds(folder: Path) -> Seconds:
    """A visit that late pings continue stands more than once: the row with the most pings holds."""
    names = ["visit_id", "kind", "zone_id", "pings", "dwell_s"]
    rows = pq.read_table(folder / "dwells.parquet", columns=names).sort_by("pings")
    columns = (rows.column(name).to_pylist() for name in ("visit_id", "kind", "zone_id", "dwell_s"))
    return {(visit, kind, zone): dwell_s for visit, kind, zone, dwell_s in zip(*columns, strict=True)}
