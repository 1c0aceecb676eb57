"""Place: products whose category or department the visit has dwelled at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.recommender.knowledge import Indices
from models.recommender.sources.contract import Rows, Visits

CATEGORY_LIFT, DEPARTMENT_LIFT = 10.0, 2.0
"""How many times likelier long dwell is believed to make a product, less one, before the history says more."""


@dataclass(frozen=True)
class Place:
    """The groups of n products."""

    category: Indices
    department: Indices

    def scores(self, visits: Visits) -> Rows:
        """A row for each visit that has dwelled anywhere."""
        dwelled = np.flatnonzero(np.diff(visits.dwell.indptr))
        of = np.full(len(visits), -1, np.int64)
        of[dwelled] = np.arange(len(dwelled))
        weight = visits.dwell[dwelled].toarray().astype(np.float32)
        lift = np.float32(CATEGORY_LIFT) * weight[:, self.category]
        lift += np.float32(DEPARTMENT_LIFT) * weight[:, self.department]
        return Rows(lift, of)
