"""The folder of plans: which plan of a store holds on which date."""

from __future__ import annotations

import logging
import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

from models import floorplan, folders
from models.errors import FolderError, PlanError
from models.floorplan import FloorPlan
from models.folders import AnyPath
from models.lookout import Lookout

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


def load(folder: str | AnyPath) -> Mapping[str, StorePlans]:
    """Every store that has a plan in the folder. Raises PlanError; a file named for another store is one."""
    found: dict[str, list[tuple[date, FloorPlan]]] = {}
    for path in folders.glob(folders.at(folder), "*.geojson"):
        since, plan = _version(path)
        found.setdefault(plan.store, []).append((since, plan))
    return {store: _in_order(versions) for store, versions in found.items()}


def of_store(folder: str | AnyPath, store_id: str) -> StorePlans | None:
    """A store's plans as they lie in the folder now. Raises PlanError."""
    patterns = (f"{store_id}.geojson", f"{store_id}@*.geojson")
    versions = [_version(path) for one in patterns for path in folders.glob(folders.at(folder), one)]
    return _in_order(versions) if versions else None


def file_name(store_id: str, since: date | None) -> str:
    """Of the plan that holds from a date on, or from the beginning."""
    return f"{store_id}@{since}.geojson" if since else f"{store_id}.geojson"


def _version(path: AnyPath) -> tuple[date, FloorPlan]:
    name = _NAME.fullmatch(path.name)
    if not name:
        raise PlanError("is not named <store>.geojson or <store>@YYYY-MM-DD.geojson", file=path)
    plan = floorplan.parse(_content(path), path)
    if plan.store != name["store"]:
        raise PlanError(f"is the plan of store {plan.store!r}", file=path, field="aislewise.store")
    return _since(name["since"], path), plan


def _in_order(versions: list[tuple[date, FloorPlan]]) -> StorePlans:
    return StorePlans(sorted(versions, key=lambda one: one[0]))


def of_file(plan: FloorPlan, path: AnyPath) -> StorePlans:
    """A plan that was read from `path`, with the later versions that lie beside it where it is <store>.geojson."""
    if path.name != f"{plan.store}.geojson":
        return StorePlans.always(plan)
    later = folders.glob(path.parent, f"{plan.store}@*.geojson")
    versions = [
        (_since(one.name.removesuffix(".geojson").partition("@")[2], one), floorplan.parse(_content(one), one))
        for one in later
    ]
    return StorePlans([(date.min, plan), *sorted(versions, key=lambda one: one[0])])


def _content(path: AnyPath) -> bytes:
    try:
        return path.read_bytes()
    except FolderError:
        raise
    except OSError as error:
        raise PlanError(f"cannot be read: {error.strerror}", file=path) from None


def _since(text: str | None, path: AnyPath) -> date:
    try:
        return date.fromisoformat(text) if text else date.min
    except ValueError:
        raise PlanError(f"{text} is no date", file=path) from None


class PlanFolder:
    """The plans as they are laid down while a process runs; a broken one leaves those before in force."""

    def __init__(self, folder: str | AnyPath) -> None:
        """Raises PlanError: a process does not start with a broken plan."""
        self._folder = folders.at(folder)
        self._stamps, self.stores = _stamps(self._folder), load(folder)
        self._found = self.stores
        self._lookout = Lookout(self._read, LOOK_SECONDS)

    def look(self, at_once: bool = False) -> bool:
        """Whether there are other plans now, as seen beside our work every LOOK_SECONDS, or `at_once`."""
        if at_once:
            self._read()
        else:
            self._lookout.ask()
        before, self.stores = self.stores, self._found
        return self.stores is not before

    def _read(self) -> None:
        try:
            if (stamps := _stamps(self._folder)) != self._stamps:
                self._stamps = stamps
                self._found = load(self._folder)
        except PlanError as error:
            log.warning("the plans stay as they were: %s", error)
        except OSError as error:
            self._stamps = []  # it was away, so what it holds is looked at again
            log.warning("the plans stay as they were: %s", error)


def _stamps(folder: AnyPath) -> list[tuple[str, str]]:
    return [(path.name, folders.stamp(path)) for path in folders.glob(folder, "*.geojson")]
