"""Popularity: time-decayed purchases by store, which lean on the chain's, which lean on the product's category's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from models.recommender.knowledge import Indices, Numbers, Texts
from models.recommender.sources.contract import Rows, Visits

CHAIN_WEIGHT = 200.0
"""Purchases of its own after which a store's popularity counts as much as the chain's."""


@dataclass(frozen=True)
class Popularity:
    """Time-decayed counts of receipts with a product: of the chain, and of each store as CSR over products."""

    chain: Numbers
    """Shape (n,), above 0: a product that was never bought counts as little of one of its category."""
    store: Texts
    indptr: Indices
    indices: Indices
    data: Numbers

    @cached_property
    def stores(self) -> Mapping[str, int]:
        return {str(store): row for row, store in enumerate(self.store)}

    @cached_property
    def _cache(self) -> dict[str | None, NDArray[np.float32]]:
        return {}

    def of(self, store_id: str) -> NDArray[np.float32]:
        """Shape (n,), 1 for the most bought; a store with little history leans on the chain's shares."""
        known = store_id if store_id in self.stores else None
        if known not in self._cache:
            counts = self.chain.copy()
            if known is not None:
                begin, end = self.indptr[self.stores[known] : self.stores[known] + 2]
                counts *= CHAIN_WEIGHT / counts.sum()
                counts[self.indices[begin:end]] += self.data[begin:end]
            self._cache[known] = (counts / counts.max(initial=1e-9)).astype(np.float32)
        return self._cache[known]

    def scores(self, visits: Visits) -> Rows:
        """A row for each store of the batch."""
        place = {store: row for row, store in enumerate(dict.fromkeys(visits.store))}
        rows = np.array([self.of(store) for store in place], np.float32).reshape(-1, visits.products)
        return Rows(rows, np.array([place[store] for store in visits.store], np.int64))
