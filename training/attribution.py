"""Which visit a receipt belongs to: said on it, else by customer, till, time and path, one to one, with a probability.

The evidence is in `evidence`, the matching in `matching`; docs/decisions/018 has the reasons.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.recommender.knowledge import Goods, Indices, Numbers
from training import evidence, matching
from training.evidence import Shares
from training.history import Receipts
from training.matching import Pairs
from training.tills import Stays
from training.visitors import Visits

LEARNED = 5
"""So often the shares of visits that buy and of buyers without a phone are learned from what is matched with them."""
TOLD = 0.01
"""Pairs below this probability are not kept."""


@dataclass(frozen=True)
class Attribution:
    """For each receipt the row of its visit (−1: none) and the probability of it, shape (R,).

    `receipt`, `of` and `share` list all visits that a receipt may belong to, the chosen one among them, with the
    probability of each; shape (E,).
    """

    visit: Indices
    confidence: Numbers
    receipt: Indices
    of: Indices
    share: Numbers


def attribute(receipts: Receipts, seen: Visits, goods: Goods, at_tills: Stays | None = None) -> Attribution:
    """One visit for a receipt at most; several receipts for a visit only where they say so."""
    row_of = {name: row for row, name in enumerate(zip(seen.store, seen.visit, strict=True))}
    visit = np.array([row_of.get(name, -1) for name in zip(receipts.store, receipts.visit, strict=True)], np.int64)
    said = np.flatnonzero(visit >= 0)
    parts = [(said, visit[said], np.ones(len(said)))]
    free = replace(seen, shops=seen.shops & ~np.isin(np.arange(len(seen)), visit[said]))
    for found, probable, chosen in _stores(receipts, np.flatnonzero(visit < 0), free, goods, at_tills):
        visit[found.left[chosen]] = found.right[chosen]
        told = (probable >= TOLD) | chosen
        parts.append((found.left[told], found.right[told], probable[told]))
    receipt, of, share = (np.concatenate([part[i] for part in parts]) for i in range(3))
    confidence, ours = np.zeros(len(receipts)), visit[receipt] == of
    confidence[receipt[ours]] = share[ours]
    return Attribution(visit, confidence, receipt, of, share)


def _stores(
    receipts: Receipts, rows: Indices, seen: Visits, goods: Goods, at_tills: Stays | None
) -> Iterator[tuple[Pairs, Numbers, NDArray[np.bool_]]]:
    """Each store's pairs, their probabilities, and which of them are chosen."""
    for store in sorted({str(store) for store in seen.store}):
        visits = np.flatnonzero((seen.store == store) & seen.shops)
        here = rows[receipts.store[rows] == store]
        if len(here) and len(visits):
            found = evidence.pairs(receipts, here, seen, visits, goods, at_tills)
            probable, odds = _learned(found, visits, seen.together, len(here))
            yield found, probable, matching.assign(odds, probable)


def _learned(found: Pairs, visits: Indices, together: NDArray[np.bool_], receipts: int) -> tuple[Numbers, Pairs]:
    """The probabilities, and the odds with which they came about."""
    believed = Shares()
    for _ in range(LEARNED):
        odds = replace(found, log_odds=found.log_odds + believed.log_odds(together[found.right]))
        probable = matching.probabilities(odds)
        matched = np.asarray(np.bincount(found.right, probable, len(together)), float)[visits]
        believed = Shares.of(matched, together[visits], receipts)
    # of two who came together and of whom one was seen, the other may have paid
    beside = float(together[visits].mean()) * believed.not_seen / 2
    return probable * (1 - beside), odds
