"""What training knows of visits: whose phone, when, where it dwelled, and which customer it belongs to.

The customer is from the newest check-in of the phone within a day of the visit, where that one consents.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from models.recommender.knowledge import Goods, Indices, Zones
from models.recommender.situation import group_seconds
from models.visits import PRESENT
from training.history import DAY_MS

Path = Mapping[int, float]
"""Seconds by group of products."""


@dataclass(frozen=True)
class Visits:
    """V visits, each once. `path` is where the visit dwelled, as groups of products."""

    visit: NDArray[Any]
    store: NDArray[Any]
    phone: NDArray[Any]
    customer: NDArray[Any]
    first_ms: Indices
    last_ms: Indices
    path: list[Path]
    shops: NDArray[np.bool_]
    """Neither staff nor a thing, as far as the engine can tell."""
    together: NDArray[np.bool_]
    """Came with others, as far as the engine can tell: one of them pays."""

    def __len__(self) -> int:
        return len(self.visit)


def visits(table: pa.Table, dwells: pa.Table, goods: Goods, zones: Zones) -> Visits:
    """From the newest rows of `visits` and `dwells`."""
    seconds: dict[tuple[str, str], dict[str, float]] = {}
    for row in dwells.select(["store_id", "visit_id", "zone_id", "dwell_s"]).to_pylist():
        seconds.setdefault((row["store_id"], row["visit_id"]), {})[row["zone_id"]] = row["dwell_s"]
    names = list(zip(table.column("store_id").to_pylist(), table.column("visit_id").to_pylist(), strict=True))
    return Visits(
        np.array([visit for _, visit in names], object),
        np.array([store for store, _ in names], object),
        np.array(table.column("device_id").to_pylist(), object),
        np.array(table.column("customer_id").to_pylist(), object),
        np.array(table.column("first_ts").cast(pa.int64()).to_numpy(), np.int64),
        np.array(table.column("last_ts").cast(pa.int64()).to_numpy(), np.int64),
        [group_seconds(seconds.get(name, {}), goods, zones) for name in names],
        np.array([kind not in PRESENT for kind in table.column("kind").to_pylist()], bool),
        np.array(table.column("group_id").is_valid().to_pylist(), bool),
    )


def customers(table: pa.Table, checkins: pa.Table) -> pa.Array:
    """The column customer_id of a table `visits`: what is there stays, the rest comes from consenting check-ins."""
    by_phone: dict[tuple[str, str], list[tuple[int, bool, str]]] = {}
    listed = checkins.set_column(1, "ts", checkins.column("ts").cast(pa.int64())).to_pylist()
    for row in listed:
        said = (row["ts"], row["consent"], row["customer_id"])
        by_phone.setdefault((row["store_id"], row["device_id"]), []).append(said)
    columns = [table.column(name) for name in ("store_id", "device_id", "customer_id")]
    times = [table.column(name).cast(pa.int64()) for name in ("first_ts", "last_ts")]
    rows = zip(*(column.to_pylist() for column in (*columns, *times)), strict=True)
    return pa.array(
        [
            known or _customer(by_phone.get((store, phone), []), first, last)
            for store, phone, known, first, last in rows
        ],
        pa.string(),
    )


def _customer(said: list[tuple[int, bool, str]], first_ms: int, last_ms: int) -> str | None:
    """A phone keeps its name for a day, so a check-in within a day of the visit is about this phone."""
    near = [one for one in said if first_ms - DAY_MS <= one[0] <= last_ms + DAY_MS]
    _, consent, customer = max(near, default=(0, False, ""))
    return customer if consent else None
