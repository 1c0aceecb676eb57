"""Which phones stood at which till, from when to when: from the raw pings and the plans' checkouts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from models import lake, plans
from models.floorplan import Zone
from models.folders import AnyPath
from models.recommender.knowledge import Indices, Numbers

AROUND_M = 3.0
"""Who pays stands beside the till, and positions are off by two or three metres."""
AWAY_MS = 20_000
"""Positions jump: who is back within this time has not been away."""
BETWEEN_MS = 60_000
"""A stay begins and ends half-way to the ping before and after it, of which no more than this counts."""
COLUMNS = ("store_id", "device_id", "ts", "x_m", "y_m", "floor")


@dataclass(frozen=True)
class Stays:
    """S stays at tills, by store, till, phone and time; every column has shape (S,)."""

    store: NDArray[Any]
    till: NDArray[Any]
    phone: NDArray[Any]
    begin_ms: Indices
    end_ms: Indices

    def __len__(self) -> int:
        return len(self.store)

    def only(self, rows: NDArray[np.bool_]) -> Stays:
        return Stays(self.store[rows], self.till[rows], self.phone[rows], self.begin_ms[rows], self.end_ms[rows])


Stay = tuple[str, str, str, int, int]


def stays(root: AnyPath, plans_folder: AnyPath | None) -> Stays:
    """At the checkouts of each store's newest plan; none without pings or plans."""
    stores = plans.load(plans_folder) if plans_folder and plans_folder.is_dir() else {}
    tills = {store: versions.newest.of_kind("checkout") for store, versions in stores.items()}
    found: list[Stay] = []
    for table in lake.batches(root, "pings", COLUMNS) if any(tills.values()) else ():
        for store, zones in tills.items():
            found += _at(table.filter(pc.equal(table.column("store_id"), store)), store, zones)
    return of(found)


def of(found: Sequence[Stay]) -> Stays:
    """In their order; what is one stay in two files becomes one again."""
    whole: list[Stay] = []
    for stay in sorted(found):
        if whole and whole[-1][:3] == stay[:3] and stay[3] - whole[-1][4] <= AWAY_MS:
            whole[-1] = (*stay[:3], whole[-1][3], max(stay[4], whole[-1][4]))
        else:
            whole.append(stay)
    store, till, phone, begin, end = zip(*whole, strict=True) if whole else ((), (), (), (), ())
    texts = [np.array(column, object) for column in (store, till, phone)]
    return Stays(texts[0], texts[1], texts[2], np.array(begin, np.int64), np.array(end, np.int64))


def _at(table: pa.Table, store: str, zones: Sequence[Zone]) -> Iterator[Stay]:
    """One store's stays in a table of its pings."""
    encoded = table.column("device_id").combine_chunks()
    encoded = encoded if pa.types.is_dictionary(encoded.type) else encoded.dictionary_encode()
    phone, ts = encoded.indices.to_numpy(), table.column("ts").cast(pa.int64()).to_numpy()
    order = np.lexsort((ts, phone))
    x, y, floor = (table.column(name).to_numpy()[order] for name in ("x_m", "y_m", "floor"))
    phone, ts = phone[order], ts[order]
    names = encoded.dictionary.to_pylist()
    for zone in zones:
        for first, last in _runs(_near(zone, x, y, floor), phone, ts):
            begin, end = int(ts[first]), int(ts[last])
            if first and phone[first - 1] == phone[first]:
                begin -= min(begin - int(ts[first - 1]), BETWEEN_MS) // 2
            if last + 1 < len(ts) and phone[last + 1] == phone[last]:
                end += min(int(ts[last + 1]) - end, BETWEEN_MS) // 2
            yield store, zone.id, names[phone[first]], begin, end


def _near(zone: Zone, x: Numbers, y: Numbers, floor: NDArray[np.int16]) -> Indices:
    """The rows of the pings around a till."""
    area = zone.shape.buffer(AROUND_M)
    left, bottom, right, top = area.bounds
    inside = (x >= left) & (x <= right) & (y >= bottom) & (y <= top) & (floor == zone.floor)
    rows = np.flatnonzero(inside)
    return np.asarray(rows[shapely.contains_xy(area, x[rows], y[rows])])


def _runs(rows: Indices, phone: Indices, ts: Indices) -> Iterator[tuple[int, int]]:
    """First and last row of each stay: near pings in a row, or soon again."""
    if not len(rows):
        return
    apart = (np.diff(ts[rows]) > AWAY_MS) & ((np.diff(rows) > 1) | (np.diff(ts[rows]) > 2 * BETWEEN_MS))
    cut = np.flatnonzero(apart | (np.diff(phone[rows]) != 0)) + 1
    for run in np.split(rows, cut):
        yield int(run[0]), int(run[-1])
