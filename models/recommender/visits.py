"""Situations as a batch of visits, which is what the sources of retrieval score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from models.recommender.knowledge import Goods, Indices, Zones
from models.recommender.situation import Situation, group_seconds
from models.recommender.sources.contract import Sparse, Visits, strongest
from models.recommender.sources.repeats import Profiles

HALF_DWELL_S = 30.0
"""Seconds at which dwell says half of what it can say."""

MOST_PAST = 100
"""Products of a customer's past that say what else is wanted; all of them count as habits."""


def dwell_weight(seconds: float) -> float:
    """0 for none, towards 1 for long dwell; below 0 or NaN counts as none."""
    return seconds / (seconds + HALF_DWELL_S) if seconds > 0 and seconds < float("inf") else float(seconds > 0)


def of_situations(situations: Sequence[Situation], goods: Goods, profiles: Profiles, zones: Zones) -> Visits:
    """A batch of them; unknown skus, customers and zones are left out."""
    baskets = [sorted({goods.index[sku] for sku in one.basket if sku in goods.index}) for one in situations]
    paths = [group_seconds(one.dwell, goods, zones) if one.dwell else {} for one in situations]
    return batch(
        [one.store_id for one in situations],
        np.array([one.ts_ms for one in situations], np.int64),
        np.array([profiles.row(one.customer_id) for one in situations], np.int64),
        rows_of(baskets, len(goods.sku)),
        paths,
        goods,
        profiles,
    )


def batch(
    store: Sequence[str],
    ts_ms: Indices,
    customer: Indices,
    basket: Sparse,
    paths: Sequence[Mapping[int, float]],
    goods: Goods,
    profiles: Profiles,
) -> Visits:
    """Visits of what is known as arrays; `paths` are seconds by group, `customer` rows of the profiles.

    To have been nowhere for 0 s is to have dwelled nowhere.
    """
    past = strongest(profiles.picked(profiles.data, customer, len(goods.sku)), MOST_PAST)
    groups = [sorted(group for group, seconds in path.items() if seconds > 0) for path in paths]
    dwell = rows_of(groups, len(goods.groups))
    weights = [dwell_weight(path[group]) for path, own in zip(paths, groups, strict=True) for group in own]
    dwell.data = np.array(weights, np.float32)
    return Visits(store, ts_ms, customer, basket, past, dwell, observed(basket, past, dwell, goods))


def rows_of(rows: Sequence[Sequence[int]], width: int) -> Sparse:
    """CSR with 1 at the columns of each row, which are sorted."""
    indptr = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    indices = np.array([column for row in rows for column in row], np.int64)
    return sp.csr_array((np.ones(len(indices), np.float32), indices, indptr), shape=(len(rows), width))


def observed(basket: Sparse, past: Sparse, dwell: Sparse, goods: Goods) -> Sparse:
    """(V, n + groups): what the basket, the past and dwell say is wanted; a group as surely as its surest product."""
    n = len(goods.sku)
    shape = (basket.shape[0], n + len(goods.groups))
    row, column, value = (np.concatenate(parts) for parts in zip(*map(_entries, (basket, past)), strict=True))
    place, _, lasted = _entries(dwell)
    found = (
        np.concatenate([row, row, row, place]),
        np.concatenate(
            [column, n + goods.category_group[column], n + goods.department_group[column], n + dwell.indices]
        ),
        np.concatenate([value, value, value, lasted]),
    )
    return _greatest(*found, shape)


def _entries(matrix: Sparse) -> tuple[Indices, Indices, NDArray[np.float32]]:
    row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    return row, matrix.indices.astype(np.int64), matrix.data


def _greatest(row: Indices, column: Indices, value: NDArray[np.float32], shape: tuple[int, int]) -> Sparse:
    """CSR in which the greatest of several values for one place holds."""
    at = row * shape[1] + column
    order = np.lexsort((value, at))
    at, value = at[order], value[order]
    last = np.append(at[1:] != at[:-1], True) if len(at) else np.empty(0, bool)
    at, value = at[last], value[last]
    indptr = np.concatenate([[0], np.cumsum(np.bincount(at // shape[1], minlength=shape[0]))]).astype(np.int64)
    return sp.csr_array((value, at % shape[1], indptr), shape=shape)
