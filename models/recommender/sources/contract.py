"""The contract of a source: it takes V visits and gives a score, at least 0, for each of n products.

0 says nothing about a product; only the order and the ratios of one source's scores mean something. Where a source has
something to say about few products it answers with a sparse matrix, else with dense rows that visits may share: the
blend touches no more numbers than that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from models.recommender.knowledge import Indices

Scores = NDArray[np.float32]
"""Shape (V, n)."""
Sparse = Any
"""scipy.sparse.csr_array of float32; scipy has no types."""


@dataclass(frozen=True)
class Visits:
    """V visits: what lies in their baskets, where they dwelled, and what their customers bought before."""

    store: Sequence[str]
    ts_ms: Indices
    customer: Indices
    """Rows of the profiles; −1 for nobody that is known."""
    basket: Sparse
    """(V, n): 1 for what lies in it."""
    past: Sparse
    """(V, n): the share of the customer's receipts that hold a product."""
    dwell: Sparse
    """(V, groups): from 0 for no time to 1 for long."""
    observed: Sparse
    """(V, n + groups): how surely each product or group is wanted, by all of these together."""

    def __len__(self) -> int:
        return len(self.ts_ms)

    @property
    def products(self) -> int:
        """n."""
        return int(self.basket.shape[1])


@dataclass(frozen=True)
class Rows:
    """Dense scores: of R rows, shape (R, n), visit v has row `of[v]`, or none where that is −1."""

    rows: Scores
    of: Indices


class Source(Protocol):
    """Something that scores products."""

    def scores(self, visits: Visits) -> Rows | Sparse:
        """For each visit and product, at least 0 and finite; the visits of a batch do not change each other's."""


def whole(found: Rows | Sparse, visits: Visits) -> Scores:
    """The scores as one dense matrix, shape (V, n)."""
    if not isinstance(found, Rows):
        return np.asarray(found.toarray(), np.float32)
    scores = np.zeros((len(visits), visits.products), np.float32)
    known = found.of >= 0
    scores[known] = found.rows[found.of[known]]
    return scores


def csr(
    indptr: NDArray[Any], indices: NDArray[Any], data: NDArray[Any], width: int, dtype: type = np.float32
) -> Sparse:
    """A sparse matrix over arrays as a bundle holds them."""
    return sp.csr_array((data.astype(dtype, copy=False), indices, indptr), shape=(len(indptr) - 1, width))


def strongest(matrix: Sparse, count: int) -> Sparse:
    """With the `count` greatest of each row only; of equals those farther to the right."""
    kept, lengths = [], np.diff(matrix.indptr)
    for begin, length in zip(matrix.indptr[:-1].tolist(), lengths.tolist(), strict=True):
        if length > count:
            data, place = matrix.data[begin : begin + length], matrix.indices[begin : begin + length]
            bound = np.partition(data, length - count)[length - count]
            above, equal = np.flatnonzero(data > bound), np.flatnonzero(data == bound)
            equal = equal[np.argsort(-place[equal], kind="stable")[: count - len(above)]]
            kept.append(begin + np.concatenate([above, equal]))
        else:
            kept.append(np.arange(begin, begin + length))
    rows = np.concatenate(kept) if kept else np.empty(0, np.int64)
    indptr = np.concatenate([[0], np.cumsum(np.minimum(lengths, count))])
    return sp.csr_array((matrix.data[rows], matrix.indices[rows], indptr), shape=matrix.shape)
