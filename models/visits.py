"""Which rows of `visits` and `dwells` hold: a visit is written again when late pings continue it (DESIGN §4)."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from models import lake
from models.folders import AnyPath

KEY = ["store_id", "visit_id"]
PRESENT = ("staff", "fixed")
"""Kinds of visits that buy nothing."""
LEAST_SHOPPER_P = 0.1
"""While a visit goes on, it is the staff's or a thing's where it is less probably a shopper's than this."""


def holding(root: AnyPath) -> tuple[pa.Table, pa.Table]:
    """The lake's `visits` and `dwells` without rows that were written before late pings came. Raises InputError."""
    visits = newest(lake.read(root, "visits"))
    return without_void(visits, newest(lake.read(root, "dwells")))


def newest(table: pa.Table) -> pa.Table:
    """Of a visit only the rows with the greatest `pings`: earlier answers were written before late pings came."""
    if not len(table):
        return table
    pings = pc.fill_null(table.column("pings"), -1)
    keyed = table.append_column("_pings", pings)
    most = keyed.group_by(KEY).aggregate([("_pings", "max")])
    joined = keyed.append_column("_row", pa.array(range(len(keyed)))).join(most, keys=KEY)
    rows = joined.filter(pc.equal(joined.column("_pings"), joined.column("_pings_max"))).column("_row")
    return _first_of_each(table.take(rows.take(pc.sort_indices(rows))))


def without_void(visits: pa.Table, dwells: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Without visits that a late ping has joined to an earlier one after they were listed, and their dwells.

    A phone's visits never overlap, so one that lies within another is void. Both tables as `newest` gives them.
    """
    void = _within_another(visits)
    if not void.any():
        return visits, dwells
    gone = visits.filter(pa.array(void)).select(KEY)
    kept = dwells.append_column("_row", pa.array(range(len(dwells)))).join(gone, keys=KEY, join_type="left anti")
    rows = kept.column("_row")
    return visits.filter(pa.array(~void)), dwells.take(rows.take(pc.sort_indices(rows)))


def _within_another(visits: pa.Table) -> NDArray[np.bool_]:
    """Shape (n,): whether a row's phone has an earlier visit that ends no sooner."""
    if not len(visits):
        return np.zeros(0, np.bool_)
    codes = [visits.column(name).combine_chunks().dictionary_encode() for name in ("store_id", "device_id")]
    store, device = (code.indices.to_numpy().astype(np.int64) for code in codes)
    phone = store * len(codes[1].dictionary) + device
    first, last = (visits.column(name).cast(pa.int64()).to_numpy().copy() for name in ("first_ts", "last_ts"))
    order = np.lexsort((-last, first, phone))
    within = np.zeros(len(visits), np.bool_)
    for before, here in zip(order[:-1].tolist(), order[1:].tolist(), strict=True):
        if phone[before] == phone[here]:
            within[here] = last[here] <= last[before]
            last[here] = max(last[here], last[before])
    return within


def _first_of_each(table: pa.Table) -> pa.Table:
    """A visit written twice with as many pings was written again after a restart: the rows are equal, one holds."""
    keys = [*KEY, *(name for name in ("kind", "zone_id") if "zone_id" in table.column_names)]
    numbered = table.select(keys).append_column("_row", pa.array(range(len(table))))
    first = numbered.group_by(keys).aggregate([("_row", "min")]).column("_row_min")
    return table.take(first.take(pc.sort_indices(first)))
