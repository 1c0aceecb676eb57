"""Taste: implicit ALS into which a visit is folded (Hu, Koren and Volinsky 2008).

Basket, dwell and the customer's past are observations with confidences, of products and of their groups.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.recommender.knowledge import Numbers
from models.recommender.sources.contract import Rows, Sparse, Visits


@dataclass(frozen=True)
class Taste:
    """Factors of n products and then of their groups."""

    factors: NDArray[np.float32]
    """Shape (n + groups, f)."""
    gram: Numbers
    """Shape (f, f): factorsᵀ factors + regularization · I."""
    alpha: float

    def fold_in(self, seen: Sparse) -> NDArray[np.float32]:
        """Shape (V, f): the least-squares vector of each row of observations, zero for one without any."""
        matrices = np.repeat(self.gram[None].astype(np.float32), seen.shape[0], axis=0)
        sides = np.zeros((seen.shape[0], matrices.shape[1], 1), np.float32)
        for row, (begin, end) in enumerate(zip(seen.indptr[:-1].tolist(), seen.indptr[1:].tolist(), strict=True)):
            if begin < end:
                factors = self.factors[seen.indices[begin:end]]
                confidence = np.float32(self.alpha) * seen.data[begin:end]
                matrices[row] += (factors.T * (confidence - 1)) @ factors
                sides[row, :, 0] = confidence @ factors
        return np.asarray(np.linalg.solve(matrices, sides)[..., 0], np.float32)

    def scores(self, visits: Visits) -> Rows:
        """A row for each visit of which anything is known."""
        seen = visits.observed
        known = np.flatnonzero(np.diff(seen.indptr))
        of = np.full(len(visits), -1, np.int64)
        of[known] = np.arange(len(known))
        found = self.fold_in(seen[known]) @ self.factors[: visits.products].T
        return Rows(np.asarray(np.maximum(found, 0, out=found)), of)
