"""The folder of plans: which plan of a store holds on which date."""

from __future__ import annotations

import logging
import re
import time
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property, lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from models import floorplan
from models.errors import PlanError
from models.floorplan import FloorPlan

log = logging.getLogger("aislewise.plans")
LOOK_SECONDS = 5.0
_QUARTER_MS = 900_000
_NAME = re.compile(r"(?P<store>[^@]+?)(@(?P<since>\d{4}-\d\d-\d\d))?\.geojson")


@dataclass(frozen=True)
class StorePlans:
    """A store's plans in the order of their first dates (local to the store)."""

    versions: Sequence[tuple[date, FloorPlan]]

    @classmethod
    def always(cls, plan: FloorPlan) -> StorePlans:
        """One plan that holds at any time."""
        return cls([(date.min, plan)])

    @cached_property
    def starts_ms(self) -> list[int]:
        """When each version begins: local midnight as UTC milliseconds; the first has always held."""
        later = (datetime(d.year, d.month, d.day, tzinfo=plan.timezone) for d, plan in self.versions[1:])
        return [-(2**63), *(int(start.timestamp() * 1000) for start in later)]

    def at(self, ts_ms: int) -> FloorPlan:
        return self.versions[bisect_right(self.starts_ms, ts_ms) - 1][1]

    def local_date(self, ts_ms: int) -> date:
        return _date_at(ts_ms // _QUARTER_MS, self.at(ts_ms).timezone)

    @property
    def newest(self) -> FloorPlan:
        return self.versions[-1][1]


@lru_cache(maxsize=1024)
def _date_at(quarter: int, timezone: ZoneInfo) -> date:
    """Dates change at a quarter of an hour at the finest; time zones are slow."""
    return datetime.fromtimestamp(quarter * (_QUARTER_MS // 1000), UTC).astimezone(timezone).date()


def load(folder: str | Path) -> Mapping[str, StorePlans]:
    """Every store that has a plan in the folder. Raises PlanError; a file named for another store is one."""
    found: dict[str, list[tuple[date, FloorPlan]]] = {}
    for path in sorted(Path(folder).glob("*.geojson")):
        name = _NAME.fullmatch(path.name)
        if not name:
            raise PlanError("is not named <store>.geojson or <store>@YYYY-MM-DD.geojson", file=path)
        plan = floorplan.parse(_content(path), path)
        if plan.store != name["store"]:
            raise PlanError(f"is the plan of store {plan.store!r}", file=path, field="aislewise.store")
        found.setdefault(plan.store, []).append((_since(name["since"], path), plan))
    return {store: StorePlans(sorted(versions, key=lambda one: one[0])) for store, versions in found.items()}


def of_file(plan: FloorPlan, path: Path) -> StorePlans:
    """A plan that was read from `path`, with the later versions that lie beside it where it is <store>.geojson."""
    if path.name != f"{plan.store}.geojson":
        return StorePlans.always(plan)
    later = [path.with_name(one.name) for one in path.parent.glob(f"{plan.store}@*.geojson")]
    versions = [(_since(one.stem.partition("@")[2], one), floorplan.parse(_content(one), one)) for one in later]
    return StorePlans([(date.min, plan), *sorted(versions, key=lambda one: one[0])])


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise PlanError(f"cannot be read: {error.strerror}", file=path) from None


def _since(text: str | None, path: Path) -> date:
    try:
        return date.fromisoformat(text) if text else date.min
    except ValueError:
        raise PlanError(f"{text} is no date", file=path) from None


class PlanFolder:
    """The plans as they are laid down while a process runs; a broken one leaves those before in force."""

    def __init__(self, folder: str | Path) -> None:
        """Raises PlanError: a process does not start with a broken plan."""
        self._folder = Path(folder)
        self._stamp, self.stores = _stamp(self._folder), load(folder)
        self._looked = time.monotonic()

    def look(self, at_once: bool = False) -> bool:
        """Whether there are other plans now; looks at most every LOOK_SECONDS unless it is to be at once."""
        if not at_once and time.monotonic() - self._looked < LOOK_SECONDS:
            return False
        self._looked = time.monotonic()
        try:
            if (stamp := _stamp(self._folder)) == self._stamp:
                return False
            self._stamp = stamp
            self.stores = load(self._folder)
        except (PlanError, OSError) as error:
            log.warning("the plans stay as they were: %s", error)
            return False
        return True


def _stamp(folder: Path) -> list[tuple[str, int]]:
    return sorted((path.name, path.stat().st_mtime_ns) for path in folder.glob("*.geojson"))
