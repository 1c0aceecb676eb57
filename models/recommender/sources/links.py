"""Links: what each product in the basket says of the others, as a sparse matrix; learned from receipts or content."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from models.recommender.knowledge import Indices
from models.recommender.sources.contract import Sparse, Visits, csr


@dataclass(frozen=True)
class Links:
    """CSR (product, other), both of n products; negative where one replaces the other."""

    indptr: Indices
    indices: NDArray[np.int32]
    data: NDArray[np.float32]

    @cached_property
    def matrix(self) -> Sparse:
        return csr(self.indptr, self.indices, self.data, len(self.indptr) - 1)

    def scores(self, visits: Visits) -> Sparse:
        """Sums over the basket."""
        return self._said(visits.basket)

    def of_past(self, visits: Visits) -> Sparse:
        """Sums over the customer's past, by its shares."""
        return self._said(visits.past)

    def _said(self, bought: Sparse) -> Sparse:
        found = (bought @ self.matrix).tocsr()
        np.maximum(found.data, 0, out=found.data)
        return found


@dataclass(frozen=True)
class Kin:
    """Links from what the customer bought before."""

    links: Links

    def scores(self, visits: Visits) -> Sparse:
        """Sums over the customer's past, by its shares."""
        return self.links.of_past(visits)
