"""The blend: how much each source's score says, by what is known of the visit (a conditional logit over products).

A product's log-odds are the sum over the sources of weight × log(1 + score / scale). A weight is linear in what is
known: a basket and its size, a customer's past, dwell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.recommender.knowledge import Numbers, Texts
from models.recommender.sources.contract import Rows, Scores, Source, Sparse, Visits

CONTEXT = ("always", "basket", "basket_size", "past", "dwell")
MOST_LOG_ODDS = 60.0
"""Within ± this a log-odds is a positive float32; no fitted blend comes near it."""


def context(visits: Visits) -> NDArray[np.float32]:
    """Shape (V, len(CONTEXT)): what is known of each visit."""
    size, past, dwell = (np.diff(one.indptr) for one in (visits.basket, visits.past, visits.dwell))
    columns = [np.ones(len(visits)), size > 0, np.log1p(size) / 3, past > 0, dwell > 0]
    return np.stack(columns, axis=1).astype(np.float32)


@dataclass(frozen=True)
class Blend:
    """K sources' names, scales and weights."""

    source: Texts
    scale: Numbers
    """Shape (K,), above 0: the score at which a source begins to say something."""
    weight: Numbers
    """Shape (K, len(CONTEXT))."""

    def log_odds(self, sources: Mapping[str, Source], visits: Visits) -> Scores:
        """Shape (V, n), up to a constant of the visit."""
        found = np.zeros((len(visits), visits.products), np.float32)
        # not a matmul: for one visit BLAS warns of invalid values in lanes that it does not use
        weights = np.einsum("vc,kc->vk", context(visits), self.weight.astype(np.float32))
        for column, (name, scale) in enumerate(zip(self.source.tolist(), self.scale.tolist(), strict=True)):
            if weights[:, column].any():
                _add(found, sources[name].scores(visits), weights[:, column], np.float32(scale))
        return found


def strength(score: NDArray[np.float32], scale: float | np.float32) -> NDArray[np.float32]:
    """What a score says, from 0 on."""
    # log and not log1p, which NumPy does not vectorise
    return np.asarray(np.log(score / np.float32(scale) + np.float32(1)), np.float32)


def _add(found: Scores, scored: Rows | Sparse, weight: NDArray[np.float32], scale: np.float32) -> None:
    """Adds weight × strength to `found`, in place."""
    if not isinstance(scored, Rows):
        row = np.repeat(np.arange(len(weight)), np.diff(scored.indptr))
        found[row, scored.indices] += weight[row] * strength(scored.data, scale)
        return
    said = strength(scored.rows, scale)
    for visit, at in enumerate(scored.of.tolist()):
        if at >= 0:
            found[visit] += weight[visit] * said[at]
