"""How many shoppers a display had on the last day before today: what an offer there may reach, no more than that."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from models import folders, lake
from models.catalog import fold
from models.errors import InputError
from models.floorplan import FloorPlan
from models.folders import AnyPath
from models.keys import LakeFile
from models.visits import newest, without_void

log = logging.getLogger("aislewise.serving")

VISITS = ("store_id", "visit_id", "device_id", "first_ts", "last_ts", "kind", "pings")
DWELLS = ("store_id", "visit_id", "kind", "zone_id", "live_s", "first_ts", "pings")
TRIES = 7
"""Dates that are looked at for one on which the store had anybody."""


class Reach(msgspec.Struct, frozen=True):
    """Of `shoppers` of a UTC date, how many stood for `seconds` or longer before one of the displays."""

    date: str
    shoppers: int
    seconds: float
    displays: list[str]
    """The displays' names; without any, nobody can be reached there and `reached` is 0."""
    reached: int


class Day(NamedTuple):
    """A date's shoppers, and which of them stood long enough before which display."""

    date: str
    shoppers: int
    stood: Mapping[str, frozenset[str]]

    def reach(self, plan: FloorPlan | None, category: str, seconds: float) -> Reach:
        """Where the plan shows this category."""
        zones = plan.of_kind("display") if plan else []
        shows = [zone for zone in zones if fold(category) in map(fold, zone.categories)]
        reached = frozenset[str]().union(*(self.stood.get(zone.id, frozenset()) for zone in shows))
        names = [zone.name or zone.id for zone in shows]
        return Reach(self.date, self.shoppers, seconds, names, len(reached))


class Days:
    """The last day of each store, read again when its files are others."""

    def __init__(self, root: str | AnyPath, seconds: float) -> None:
        self._root, self.seconds = folders.at(root), seconds
        self._known: dict[str, tuple[tuple[str, ...], Day | None]] = {}

    def last(self, store_id: str) -> Day | None:
        """None where the lake knows nobody of the store, or cannot be read. Blocks while it reads."""
        try:
            paths = [*lake.files(self._root, "visits"), *lake.files(self._root, "dwells")]
            stamp = (_today(), *(f"{path} {folders.stamp(path)}" for path in paths))
            if self._known.get(store_id, ((), None))[0] != stamp:
                self._known[store_id] = stamp, self._read(store_id)
            return self._known[store_id][1]
        except (InputError, OSError) as error:
            log.warning("yesterday's dwell cannot be read: %s", error)
            return None

    def _read(self, store_id: str) -> Day | None:
        for date in _in_turn(self._dates())[:TRIES]:
            day = self._day(store_id, date)
            if day.shoppers:
                return day
        return None

    def _dates(self) -> set[str]:
        found: set[str] = set()
        for path in lake.files(self._root, "visits"):
            name = self._name(path)
            found |= {name.date} if name else set(_dates(lake.read_file(path, "visits", ["first_ts"])).to_pylist())
        return found

    def _day(self, store_id: str, date: str) -> Day:
        visits = newest(self._of("visits", VISITS, store_id, date))
        visits, dwells = without_void(visits, newest(self._of("dwells", DWELLS, store_id, date)))
        people = visits.filter(pc.equal(pc.fill_null(visits.column("kind"), "shopper"), "shopper"))
        names = frozenset(people.column("visit_id").to_pylist())
        long = pc.and_(
            pc.equal(dwells.column("kind"), "display"), pc.greater_equal(dwells.column("live_s"), self.seconds)
        )
        rows = dwells.filter(long).select(["zone_id", "visit_id"]).to_pylist()
        return Day(date, len(names), _stood(rows, names))

    def _of(self, table: str, columns: Collection[str], store_id: str, date: str) -> pa.Table:
        """The rows of a store and a date; a file of the lake's own has its date in its name."""
        paths = [(path, self._name(path)) for path in lake.files(self._root, table)]
        parts = [lake.read_file(path, table, list(columns)) for path, name in paths if not name or name.date == date]
        kept = [part.filter(pc.and_(pc.equal(part.column("store_id"), store_id), _on(part, date))) for part in parts]
        return pa.concat_tables(kept) if kept else lake.read_nothing(table, list(columns))

    def _name(self, path: AnyPath) -> LakeFile | None:
        return LakeFile.parse(str(folders.below(self._root, path)))


def _in_turn(dates: Iterable[str]) -> list[str]:
    """The newest first; today, which is not over, comes last."""
    return sorted(dates, key=lambda date: (date < _today(), date), reverse=True)


def _stood(rows: Iterable[Mapping[str, str]], shoppers: Collection[str]) -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for row in rows:
        if row["visit_id"] in shoppers:
            found.setdefault(row["zone_id"], set()).add(row["visit_id"])
    return {zone_id: frozenset(visits) for zone_id, visits in found.items()}


def _dates(table: pa.Table) -> pa.ChunkedArray:
    return pc.strftime(table.column("first_ts"), "%Y-%m-%d")


def _on(table: pa.Table, date: str) -> pa.ChunkedArray:
    return pc.equal(_dates(table), date)


def _today() -> str:
    return datetime.now(UTC).date().isoformat()
