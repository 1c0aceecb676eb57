"""Chooses the blend's weights: of each of the newest receipts one product is left out, and has to be found again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import NamedTuple

import numpy as np

from models.bundle import Knowledge
from models.recommender.knowledge import Indices
from models.recommender.retrieve import evidence, scores
from models.recommender.situation import Situation
from training.history import Receipts

POPULARITY, REPEAT = (0.01, 0.1, 0.3, 1.0, 3.0), (0.0, 0.3, 1.0, 3.0)
K = 10
BLOCK = 200
_SEED = 1


class Weights(NamedTuple):
    """How much popularity and repeat purchases weigh against the ALS score."""

    popularity: float
    repeat: float


POPULAR = Weights(1e6, 0.0)
"""As good as popularity alone: the baseline."""


@dataclass(frozen=True)
class Question:
    """A receipt without one of its products."""

    situation: Situation
    answer: int


def choose(trial: Knowledge, newer: Receipts) -> tuple[Weights, dict[str, float]]:
    """The weights with the best NDCG, and the metrics of these and of popularity. `trial` has not seen `newer`."""
    asked = questions(trial, newer)
    repeats = REPEAT if len(trial.profiles.customer) else (1.0,)
    tried = {Weights(*pair): places(trial, asked, Weights(*pair)) for pair in product(POPULARITY, repeats)}
    best = max(tried, key=lambda weights: ndcg(tried[weights]))
    popular = places(trial, asked, POPULAR)
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


def places(knowledge: Knowledge, asked: Sequence[Question], weights: Weights) -> Indices:
    """The place of each answer, from 0, among the products that are not in the basket; equals count by half."""
    taste = replace(knowledge.taste, popularity_weight=weights.popularity, repeat_weight=weights.repeat)
    knowledge, found = replace(knowledge, taste=taste), []
    for begin in range(0, len(asked), BLOCK):
        block = asked[begin : begin + BLOCK]
        scored = scores(knowledge, [evidence(knowledge, one.situation) for one in block])
        for row, one in zip(scored, block, strict=True):
            row[[knowledge.goods.index[sku] for sku in one.situation.basket]] = -np.inf
            above, equal = (row > row[one.answer]).sum(), (row == row[one.answer]).sum() - 1
            found.append(int(above + equal // 2))
    return np.array(found, np.int64)


def ndcg(found: Indices) -> float:
    return float(np.where(found < K, 1 / np.log2(found + 2), 0).mean())


def hit_rate(found: Indices) -> float:
    return float((found < K).mean())


def _baskets(receipts: Receipts) -> list[list[int]]:
    baskets: list[list[int]] = [[] for _ in range(len(receipts))]
    for receipt, item in zip(receipts.line_receipt.tolist(), receipts.line_item.tolist(), strict=True):
        baskets[receipt].append(item)
    return [basket for basket in baskets if basket]
