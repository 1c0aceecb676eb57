"""Which visit a receipt belongs to: said on it, by check-in, else by till, time and path, greedily and one to one.

Also which customer a visit belongs to: the newest check-in of its phone within a day, where that one consents.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from models.recommender.knowledge import Goods, Indices, Numbers, Zones
from models.recommender.situation import group_seconds
from training import tills
from training.history import DAY_MS, Receipts

AFTER_VISIT_MS = 300_000
"""A receipt may be this much later than a visit's last ping: the phone was silent at the till."""
LEAVING_MS = 180_000.0
"""Who has paid leaves: the chance of a match falls by e for every three minutes that the visit lasts on."""
NO_MATCH = 0.05
"""Weight of the receipt belonging to somebody whose phone was not seen."""
AT_TILL = 10.0
"""How much likelier a visit is whose phone stood at the receipt's till."""
CERTAIN = 1.0

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

    def __len__(self) -> int:
        return len(self.visit)


@dataclass(frozen=True)
class Attribution:
    """For each receipt the row of its visit (−1: none) and the confidence in it. Shape (R,)."""

    visit: Indices
    confidence: Numbers


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
    )


def attribute(receipts: Receipts, seen: Visits, goods: Goods, at_tills: tills.Seen | None = None) -> Attribution:
    """One visit for a receipt at most; several receipts for a visit only where they say so or the customer does."""
    found, confidence = np.full(len(receipts), -1, np.int64), np.zeros(len(receipts))
    row_of = {name: row for row, name in enumerate(zip(seen.store, seen.visit, strict=True))}
    said = [row_of.get(name, -1) for name in zip(receipts.store, receipts.visit, strict=True)]
    for receipt, row in enumerate(said):
        if row >= 0:
            found[receipt], confidence[receipt] = row, CERTAIN
    pairs = list(_pairs(receipts, seen, goods, found, at_tills or {}))
    taken, chosen = set(found[found >= 0].tolist()), dict[int, float]()
    for weight, receipt, visit in sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2])):
        if found[receipt] < 0 and visit not in taken:
            found[receipt], chosen[receipt] = visit, weight
            taken.add(visit)
    # a visit that another receipt has is no rival
    rivals = np.full(len(receipts), NO_MATCH)
    for weight, receipt, visit in pairs:
        rivals[receipt] += weight * (visit not in taken)
    for receipt, weight in chosen.items():
        confidence[receipt] = weight / (weight + rivals[receipt])
    return Attribution(found, confidence)


def _pairs(
    receipts: Receipts, seen: Visits, goods: Goods, found: Indices, at_tills: tills.Seen
) -> Iterator[tuple[float, int, int]]:
    """(weight, receipt, visit) of what is possible for the receipts that have none yet."""
    bought = _groups_bought(receipts, goods) if len(seen) else []
    for store in sorted({str(store) for store in seen.store}):
        rows = np.flatnonzero(seen.store == store)
        rows = rows[np.argsort(seen.last_ms[rows], kind="stable")]
        begins, ends = seen.first_ms[rows], seen.last_ms[rows].tolist()
        for receipt in np.flatnonzero((receipts.store == store) & (found < 0)).tolist():
            ts = int(receipts.ts_ms[receipt])
            # nobody stays for more than a day: what ends later is another's
            near = slice(bisect_left(ends, ts - AFTER_VISIT_MS), bisect_right(ends, ts + DAY_MS))
            for visit in rows[near][begins[near] <= ts].tolist():
                weight = _weight(ts, receipts.customer[receipt], seen, visit, bought[receipt])
                if tills.paid(at_tills, store, str(seen.phone[visit]), receipts.till[receipt], ts):
                    weight *= AT_TILL
                if weight > 0:
                    yield weight, receipt, visit


def _weight(ts_ms: int, customer: str | None, seen: Visits, visit: int, bought: set[int]) -> float:
    """Of a visit that had begun by then; 0 where it cannot be. A customer who checked in settles it."""
    if customer and seen.customer[visit]:
        return 100.0 if customer == seen.customer[visit] else 0.0
    walked = sum(seen.path[visit].get(group, 0.0) >= 5 for group in bought)
    return float(np.exp(-abs(int(seen.last_ms[visit]) - ts_ms) / LEAVING_MS)) * (0.2 + walked) / (0.2 + len(bought))


def _groups_bought(receipts: Receipts, goods: Goods) -> list[set[int]]:
    found: list[set[int]] = [set() for _ in range(len(receipts))]
    for receipt, item in zip(receipts.line_receipt.tolist(), receipts.line_item.tolist(), strict=True):
        found[receipt] |= {int(goods.category_group[item]), int(goods.department_group[item])}
    return found


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
