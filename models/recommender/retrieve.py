"""Retrieval: a score for every product of the bundle, and from it the candidates of a decision.

A visit is folded into the ALS factors (Hu, Koren and Volinsky 2008): basket, dwell and the customer's past are
observations with confidences. Popularity and repeat purchases are added, and dwell multiplies what it points at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.bundle import Bundle, Knowledge
from models.catalog import Catalog, fold
from models.recommender.situation import Situation, group_seconds

CANDIDATES = 49
"""Beside silence, which is the fiftieth."""
POOL = 2 * CANDIDATES
"""Looked at before the rules have removed some."""
HALF_DWELL_S = 30.0
"""Seconds at which dwell says half of what it can say."""

Scores = NDArray[np.float32]


@dataclass(frozen=True)
class Evidence:
    """A visit as observations: rows of the factors with weights, groups with seconds, products with repeat shares."""

    rows: NDArray[np.int64]
    weights: NDArray[np.float64]
    seconds: Mapping[int, float]
    repeat: tuple[NDArray[np.int64], NDArray[np.float64]]
    store_id: str
    basket: NDArray[np.int64]


def dwell_weight(seconds: float) -> float:
    """0 for none, towards 1 for long dwell; below 0 or NaN counts as none."""
    return seconds / (seconds + HALF_DWELL_S) if seconds > 0 and seconds < float("inf") else float(seconds > 0)


def evidence(knowledge: Knowledge, situation: Situation) -> Evidence:
    """A situation as observations; unknown skus, customers and zones are left out."""
    goods = knowledge.goods
    seconds = group_seconds(situation.dwell, goods, knowledge.zones)
    repeat = knowledge.profiles.of(situation.customer_id)
    weights: dict[int, float] = {}
    bought = [(goods.index[sku], 1.0) for sku in dict.fromkeys(situation.basket) if sku in goods.index]
    for item, weight in [*bought, *zip(repeat[0].tolist(), repeat[1].tolist(), strict=True)]:
        for row in (item, *groups_of(knowledge, item)):
            weights[row] = max(weights.get(row, 0.0), weight)
    for group, lasted in seconds.items():
        row = len(goods.sku) + group
        weights[row] = max(weights.get(row, 0.0), dwell_weight(lasted))
    rows = np.fromiter(weights.keys(), np.int64, len(weights))
    values = np.fromiter(weights.values(), float, len(weights))
    basket = np.array([item for item, _ in bought], np.int64)
    return Evidence(rows, values, seconds, repeat, situation.store_id, basket)


def groups_of(knowledge: Knowledge, item: int) -> tuple[int, int]:
    """The rows of the factors of a product's category and department."""
    first = len(knowledge.goods.sku)
    return first + int(knowledge.goods.category_group[item]), first + int(knowledge.goods.department_group[item])


def fold_in(knowledge: Knowledge, visits: Sequence[Evidence]) -> NDArray[np.float32]:
    """Shape (visits, f): the least-squares vector of each visit, zero for one without observations."""
    taste = knowledge.taste
    matrices = np.repeat(taste.gram[None].astype(float), len(visits), axis=0)
    sides = np.zeros((len(visits), matrices.shape[1], 1))
    for i, visit in enumerate(visits):
        seen, confidence = taste.factors[visit.rows].astype(float), taste.alpha * visit.weights
        matrices[i] += (seen.T * (confidence - 1)) @ seen
        sides[i, :, 0] = confidence @ seen
    return np.linalg.solve(matrices, sides)[..., 0].astype(np.float32)


def scores(knowledge: Knowledge, visits: Sequence[Evidence]) -> Scores:
    """Shape (visits, products); all are positive where the store or the chain has sold anything."""
    return blend(knowledge, affinity(knowledge, visits), visits)


def affinity(knowledge: Knowledge, visits: Sequence[Evidence]) -> Scores:
    """Shape (visits, products): the ALS score, at least 0."""
    found = fold_in(knowledge, visits) @ knowledge.taste.factors[: len(knowledge.goods.sku)].T
    return np.asarray(np.maximum(found, 0, out=found))


def blend(knowledge: Knowledge, found: Scores, visits: Sequence[Evidence]) -> Scores:
    """Adds neighbours, popularity and repeat purchases to `found`, in place, and multiplies by what dwell says."""
    taste = knowledge.taste
    for store in {visit.store_id for visit in visits}:
        rows = [i for i, visit in enumerate(visits) if visit.store_id == store]
        found[rows] += np.float32(taste.popularity_weight) * knowledge.popularity.of(store)
    for i, visit in enumerate(visits):
        if knowledge.neighbours:
            knowledge.neighbours.add(visit.basket, found[i])
        found[i, visit.repeat[0]] += (taste.repeat_weight * visit.repeat[1]).astype(np.float32)
        if visit.seconds:
            found[i] *= _lift(knowledge, visit.seconds)
    return found


def _lift(knowledge: Knowledge, seconds: Mapping[int, float]) -> NDArray[np.float32]:
    """Shape (products,): by how much dwell raises each."""
    goods, weights = knowledge.goods, np.zeros(len(knowledge.goods.groups), np.float32)
    for group, lasted in seconds.items():
        weights[group] = dwell_weight(lasted)
    category, department = weights[goods.category_group], weights[goods.department_group]
    return np.asarray(
        1 + knowledge.taste.category_lift * category + knowledge.taste.department_lift * department, np.float32
    )


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
    ours = scores(known, [evidence(known, situation)])[0]
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
