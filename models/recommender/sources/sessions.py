"""Session neighbours: the receipts most like the basket, new ones first, and what else was on them.

After VS-kNN (Ludewig and Jannach 2018), without an order within the basket. Of each product only its newest receipts
are asked, so a product that everybody buys costs no more than another, and a rare one keeps all of its receipts.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from models.recommender.knowledge import Indices
from models.recommender.sources.contract import Sparse, Visits, csr, strongest


@dataclass(frozen=True)
class Sessions:
    """M receipts, as CSR (receipt, product), newest last; `asked` are for each product the receipts that speak."""

    indptr: Indices
    indices: NDArray[np.int32]
    weight: NDArray[np.float32]
    """Shape (M,): smaller for old and for long receipts."""
    rarity: NDArray[np.float32]
    """Shape (n,): how much it says that two have a product in common."""
    asked_indptr: Indices
    asked: NDArray[np.int32]
    neighbours: int

    @cached_property
    def _receipts(self) -> Sparse:
        return csr(self.indptr, self.indices, np.ones(len(self.indices), np.float32), len(self.rarity))

    @cached_property
    def _asked(self) -> Sparse:
        """(n, M), a product's rarity times the receipt's weight."""
        said = np.repeat(self.rarity, np.diff(self.asked_indptr)) * self.weight[self.asked]
        return csr(self.asked_indptr, self.asked, said, len(self.weight))

    def scores(self, visits: Visits) -> Sparse:
        """The neighbours' share that has the product, by their likeness; between 0 and 1."""
        alike = (visits.basket @ self._asked).tocsr()
        near = strongest(alike, self.neighbours)
        total = np.asarray(near.sum(axis=1)).ravel()
        near.data /= np.repeat(np.where(total > 0, total, 1), np.diff(near.indptr)).astype(np.float32)
        return (near @ self._receipts).tocsr()
