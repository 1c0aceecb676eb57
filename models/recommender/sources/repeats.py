"""Personal repeats: how often and how lately a customer bought a product, and whether it is due again.

Frequency and recency by baskets follow what works for next baskets (TIFU-kNN, Hu et al. 2020; UP-CF, Faggioli et al.
2020); intervals are the customer's own for the product, leaning on the product's.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from models.recommender.knowledge import Indices, Numbers, Texts
from models.recommender.sources.contract import Sparse, Visits

DAY_MS = 86_400_000


@dataclass(frozen=True)
class Profiles:
    """Customers' pasts as CSR over products."""

    customer: Texts
    indptr: Indices
    indices: NDArray[np.int32]
    data: Numbers
    """The time-decayed share of a customer's receipts that hold the product."""
    lately: NDArray[np.float32]
    """The same, decayed by receipts."""
    last_ms: Indices
    """When it was bought last."""
    interval_days: NDArray[np.float32]
    """Days that usually lie between two purchases."""

    @cached_property
    def index(self) -> Mapping[str, int]:
        return {str(customer): row for row, customer in enumerate(self.customer)}

    def row(self, customer_id: str | None) -> int:
        """−1 for an unknown customer."""
        return self.index.get(customer_id, -1) if customer_id else -1

    def of(self, customer_id: str | None) -> tuple[Indices, Numbers]:
        """Products and their shares; empty for an unknown customer."""
        row = self.row(customer_id)
        begin, end = (self.indptr[row], self.indptr[row + 1]) if row >= 0 else (0, 0)
        return self.indices[begin:end].astype(np.int64), self.data[begin:end]

    def without(self, customers: Collection[str]) -> Profiles:
        """Those of everybody else."""
        kept = np.flatnonzero(~np.isin(self.customer, list(customers)))
        at, indptr = self.places(kept)
        return Profiles(
            self.customer[kept],
            indptr,
            self.indices[at],
            self.data[at],
            self.lately[at],
            self.last_ms[at],
            self.interval_days[at],
        )

    def picked(self, column: NDArray[Any], customers: Indices, n: int) -> Sparse:
        """A column of the profiles for customers' rows, −1 for none, as CSR (customers, n)."""
        at, indptr = self.places(customers)
        return sp.csr_array((column[at].astype(np.float32), self.indices[at], indptr), shape=(len(customers), n))

    def places(self, customers: Indices) -> tuple[Indices, Indices]:
        """Where the customers' entries lie, one customer after the other, and where each begins."""
        known = customers >= 0
        begin = np.where(known, self.indptr[customers], 0)
        lengths = np.where(known, self.indptr[np.where(known, customers + 1, 0)] - begin, 0)
        indptr = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        at = np.arange(indptr[-1]) - np.repeat(indptr[:-1], lengths) + np.repeat(begin, lengths)
        return at, indptr


@dataclass(frozen=True)
class Habit:
    """What the customer buys, by time."""

    profiles: Profiles

    def scores(self, visits: Visits) -> Sparse:
        """Shares of receipts."""
        return self.profiles.picked(self.profiles.data, visits.customer, visits.products)


@dataclass(frozen=True)
class Lately:
    """What the customer bought on the newest receipts."""

    profiles: Profiles

    def scores(self, visits: Visits) -> Sparse:
        """Shares of receipts, of which the newest count most."""
        return self.profiles.picked(self.profiles.lately, visits.customer, visits.products)


@dataclass(frozen=True)
class Due:
    """What the customer has not bought for about as long as usual."""

    profiles: Profiles

    def scores(self, visits: Visits) -> Sparse:
        """1 where it is due just now, towards 0 for what was bought just now or long ago."""
        at, indptr = self.profiles.places(visits.customer)
        now = np.repeat(visits.ts_ms, np.diff(indptr))
        waited = np.maximum(now - self.profiles.last_ms[at], 0) / (DAY_MS * self.profiles.interval_days[at])
        due = (waited * np.exp(1 - waited)).astype(np.float32)
        return sp.csr_array((due, self.profiles.indices[at], indptr), shape=(len(visits), visits.products))
