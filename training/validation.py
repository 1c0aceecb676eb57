"""Chooses the blend's weights: of each of the newest receipts one product is left out, and has to be found again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import NamedTuple

import numpy as np

from models.bundle import Knowledge
from models.recommender.knowledge import Indices
from models.recommender.retrieve import Scores, affinity, blend, evidence
from models.recommender.situation import Situation
from training.history import Receipts

POPULARITY, REPEAT = (0.01, 0.1, 0.3, 1.0, 3.0, 30.0), (0.0, 0.3, 1.0, 3.0)
NEIGHBOURS = (0.0, 1.0, 3.0)
K = 10
BLOCK = 200
_SEED = 1


class Weights(NamedTuple):
    """The ALS's regularization, and how much popularity, repeats and neighbours weigh against its score."""

    regularization: float
    popularity: float
    repeat: float
    neighbours: float


POPULAR = 1e6
"""A weight that leaves popularity alone: the baseline."""


@dataclass(frozen=True)
class Question:
    """A receipt without one of its products."""

    situation: Situation
    answer: int


def choose(trials: Mapping[float, Knowledge], newer: Receipts) -> tuple[Weights, dict[str, float]]:
    """The weights with the best gain, and the metrics of these and of popularity.

    `trials` are by regularization, and none has seen `newer`.
    """
    known = next(iter(trials.values()))
    asked = questions(known, newer)
    repeats = REPEAT if len(known.profiles.customer) else REPEAT[:1]
    tried: dict[Weights, Indices] = {}
    for strength, trial in trials.items():
        weights = [Weights(strength, *one) for one in product((*POPULARITY, POPULAR), repeats, NEIGHBOURS)]
        tried |= places(trial, asked, weights)
    popular = tried[Weights(next(iter(trials)), POPULAR, 0.0, 0.0)]
    best = max(tried, key=lambda weights: gain(tried[weights]))
    return best, {
        f"ndcg_at_{K}": ndcg(tried[best]),
        f"hit_at_{K}": hit_rate(tried[best]),
        f"popularity_ndcg_at_{K}": ndcg(popular),
        f"popularity_hit_at_{K}": hit_rate(popular),
    }


def questions(knowledge: Knowledge, newer: Receipts) -> list[Question]:
    """One for each receipt, the missing product drawn with a seed; receipts of one product are asked with no basket."""
    rng = np.random.default_rng(_SEED)
    asked = []
    for receipt, items in enumerate(_baskets(newer)):
        answer = items.pop(int(rng.integers(len(items))))
        basket = tuple(str(knowledge.goods.sku[item]) for item in items)
        store, customer = str(newer.store[receipt]), newer.customer[receipt]
        situation = Situation("", "", store, int(newer.ts_ms[receipt]), customer_id=customer, basket=basket)
        asked.append(Question(situation, answer))
    return asked


def places(trial: Knowledge, asked: Sequence[Question], weights: Sequence[Weights]) -> dict[Weights, Indices]:
    """The place of each answer, from 0, among the products that are not in the basket; equals count by half."""
    blends = {one: weighed(trial, one) for one in weights}
    found: dict[Weights, list[Indices]] = {one: [] for one in weights}
    for begin in range(0, len(asked), BLOCK):
        block = asked[begin : begin + BLOCK]
        visits = [evidence(trial, one.situation) for one in block]
        scored = affinity(trial, visits)
        for one, known in blends.items():
            found[one].append(_places(blend(known, scored.copy(), visits), block, trial))
    return {one: np.concatenate(parts) for one, parts in found.items()}


def weighed(trial: Knowledge, weights: Weights) -> Knowledge:
    """The same knowledge, blended by these weights."""
    taste = replace(trial.taste, popularity_weight=weights.popularity, repeat_weight=weights.repeat)
    near = replace(trial.neighbours, weight=weights.neighbours) if trial.neighbours else None
    return replace(trial, taste=taste, neighbours=near)


def _places(scored: Scores, block: Sequence[Question], trial: Knowledge) -> Indices:
    for row, one in zip(scored, block, strict=True):
        row[[trial.goods.index[sku] for sku in one.situation.basket]] = -np.inf
    answers = scored[np.arange(len(block)), [one.answer for one in block]][:, None]
    equal = (scored == answers).sum(axis=1) - 1
    return np.asarray((scored > answers).sum(axis=1) + equal // 2, np.int64)


def gain(found: Indices) -> float:
    """NDCG of the whole order: what lies beyond the first K counts a little, so that few questions decide well."""
    return float((1 / np.log2(found + 2)).mean())


def ndcg(found: Indices) -> float:
    return float(np.where(found < K, 1 / np.log2(found + 2), 0).mean())


def hit_rate(found: Indices) -> float:
    return float((found < K).mean())


def _baskets(receipts: Receipts) -> list[list[int]]:
    baskets: list[list[int]] = [[] for _ in range(len(receipts))]
    for receipt, item in zip(receipts.line_receipt.tolist(), receipts.line_item.tolist(), strict=True):
        baskets[receipt].append(item)
    return [basket for basket in baskets if basket]
