"""Retrieval: a score for every product of the bundle, and from it the candidates of a decision.

Several sources score every product for a batch of visits, and a fitted blend makes one score of theirs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.bundle import Bundle, Knowledge
from models.catalog import Catalog, fold
from models.recommender.blend import MOST_LOG_ODDS
from models.recommender.situation import Situation
from models.recommender.sources.contract import Scores
from models.recommender.visits import of_situations

CANDIDATES = 49
"""Beside silence, which is the fiftieth."""
POOL = 2 * CANDIDATES
"""Looked at before the rules have removed some."""
BLOCK = 256
"""Visits that are scored at once: more would need more memory and take no less time."""


def scores(knowledge: Knowledge, situations: Sequence[Situation]) -> Scores:
    """Shape (situations, products), above 0: odds of being bought, up to a factor of the situation."""
    visits = of_situations(situations, knowledge.goods, knowledge.profiles, knowledge.zones)
    found = knowledge.blend.log_odds(knowledge.sources, visits)
    return np.asarray(np.exp(np.clip(found, -MOST_LOG_ODDS, MOST_LOG_ODDS, out=found), out=found))


@dataclass(frozen=True)
class Pool:
    """Products that may be prompted, best first: their skus, rows in the bundle (−1: newer than it) and scores."""

    skus: list[str]
    items: NDArray[np.int64]
    scores: NDArray[np.float64]


def retrieve(situation: Situation, bundle: Bundle | None, catalog: Catalog) -> Pool:
    """What is on offer and what the bundle (where there is one) scores highest; near the shopper where known."""
    near = catalog.near(situation.department, situation.categories)
    on_offer = catalog.on_offer(situation.store_id, situation.ts_ms)
    if bundle is None:
        return _offered(situation, near, on_offer, catalog)
    known = bundle.knowledge
    ours = scores(known, [situation])[0]
    allowed = _allowed(situation, bundle, near)
    best = _best(ours, allowed, POOL)
    items = {str(known.goods.sku[item]): int(item) for item in best}
    near_or_all = set(near) if near else catalog.products.keys()
    for sku in on_offer:
        if sku in near_or_all and (situation.candidates is None or sku in situation.candidates):
            items.setdefault(sku, known.goods.index.get(sku, -1))
    found = np.array(list(items.values()), np.int64)
    score = np.where(found >= 0, ours[found], 0).astype(float) if len(ours) else np.zeros(len(found))
    return _sorted([sku for sku in items if sku in catalog.products], items, dict(zip(items, score, strict=True)))


def _offered(situation: Situation, near: Sequence[str], on_offer: Sequence[str], catalog: Catalog) -> Pool:
    """What is on offer: a display's own categories first, then the deepest discount."""
    here, around = {fold(name) for name in situation.categories}, set(near)
    score = {}
    for sku in on_offer:
        if (not near or sku in around) and (situation.candidates is None or sku in situation.candidates):
            product = catalog.products[sku]
            offers = catalog.offers_for(product, situation.store_id, situation.ts_ms)
            score[sku] = max(offer.discount for offer in offers) + (fold(product.category) in here)
    return _sorted(list(score), dict.fromkeys(score, -1), score)


def _allowed(situation: Situation, bundle: Bundle, near: Sequence[str]) -> NDArray[np.int64] | None:
    """The rows that may be candidates; None is all of them."""
    index = bundle.knowledge.goods.index
    if situation.candidates is not None:
        return np.array(sorted({index[sku] for sku in situation.candidates if sku in index}), np.int64)
    return np.array(sorted(index[sku] for sku in near if sku in index), np.int64) if near else None


def _best(scores: Scores, allowed: NDArray[np.int64] | None, count: int) -> NDArray[np.int64]:
    """The rows with the highest scores among the allowed, best first, ties by row."""
    rows = np.arange(len(scores)) if allowed is None else allowed
    if len(rows) > count:
        rows = np.sort(rows[np.argpartition(-scores[rows], count)[:count]])
    return rows[np.argsort(-scores[rows], kind="stable")]


def _sorted(skus: list[str], items: Mapping[str, int], score: Mapping[str, float]) -> Pool:
    order = sorted(skus, key=lambda sku: (-score[sku], sku))
    values = np.array([score[sku] for sku in order], float)
    return Pool(order, np.array([items[sku] for sku in order], np.int64), values)
