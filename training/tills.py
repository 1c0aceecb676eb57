"""Which phones stood at which till, and when: from the raw pings and the plans' checkouts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from models import lake, plans
from models.floorplan import Zone
from models.folders import AnyPath

AROUND_M = 2.0
"""Who pays stands beside the till, and positions are off by about as much."""
WITHIN_MS = 60_000
"""A receipt is printed within a minute of some ping at its till."""

COLUMNS = ("store_id", "device_id", "ts", "x_m", "y_m", "floor")

Seen = Mapping[tuple[str, str, str], NDArray[np.int64]]
"""(store, phone, till) → times in ms, ascending."""


def seen(root: AnyPath, plans_folder: AnyPath | None) -> Seen:
    """Pings around the checkouts of each store's newest plan; empty without pings or plans."""
    stores = plans.load(plans_folder) if plans_folder and plans_folder.is_dir() else {}
    tills = {store: versions.newest.of_kind("checkout") for store, versions in stores.items()}
    found: dict[tuple[str, str, str], list[NDArray[np.int64]]] = {}
    for table in lake.batches(root, "pings", COLUMNS) if any(tills.values()) else ():
        for store, zones in tills.items():
            for key, times in _at(table.filter(pc.equal(table.column("store_id"), store)), store, zones):
                found.setdefault(key, []).append(times)
    return {key: np.sort(np.concatenate(parts)) for key, parts in found.items()}


def paid(seen: Seen, store: str, phone: str, till: str | None, ts_ms: int) -> bool:
    """Whether the phone was at the till around the time of a receipt."""
    times = seen.get((store, phone, till)) if till else None
    if times is None:
        return False
    at = np.searchsorted(times, ts_ms - WITHIN_MS)
    return bool(at < len(times) and times[at] <= ts_ms + WITHIN_MS)


def _at(table: pa.Table, store: str, zones: list[Zone]) -> Iterator[tuple[tuple[str, str, str], NDArray[np.int64]]]:
    """The phones at each till, with their times in ms."""
    x, y, floor = (table.column(name).to_numpy() for name in ("x_m", "y_m", "floor"))
    times = table.column("ts").cast(pa.int64()).to_numpy()
    phones = np.array(table.column("device_id").to_pylist(), object)
    for zone in zones:
        rows = np.flatnonzero(shapely.contains_xy(zone.shape.buffer(AROUND_M), x, y) & (floor == zone.floor))
        for phone in sorted(set(phones[rows])):
            yield (store, str(phone), zone.id), times[rows[phones[rows] == phone]]
