"""NDCG of ranked lists, and the paired bootstrap of a difference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.recommender.log import Question

ROUNDS, SEED = 2000, 0


class Interval(NamedTuple):
    """A mean difference with its 95 % interval."""

    mean: float
    low: float
    high: float


def ndcg(lists: NDArray[np.int64], asked: Sequence[Question]) -> NDArray[np.float64]:
    """Shape (Q,); `lists` (Q, k) hold products, best first, −1 for none. A perfect list has 1."""
    worth = 1 / np.log2(np.arange(lists.shape[1]) + 2)
    ideal = np.cumsum(worth)
    found = np.zeros(len(asked))
    for row, (ranked, one) in enumerate(zip(lists, asked, strict=True)):
        right = np.isin(ranked, one.answers)
        found[row] = worth[right].sum() / ideal[min(len(one.answers), len(worth)) - 1]
    return found


def difference(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> Interval:
    """Of the same questions, drawn with replacement."""
    each, rng = ours - theirs, np.random.default_rng(SEED)
    means = np.array([each[rng.integers(len(each), size=len(each))].mean() for _ in range(ROUNDS)])
    low, high = np.quantile(means, [0.025, 0.975])
    return Interval(float(each.mean()), float(low), float(high))


def best(scores: NDArray[np.float32], asked: Sequence[Question], k: int) -> NDArray[np.int64]:
    """Shape (Q, k): the products with the highest scores that may be answered, best first."""
    scores = scores.astype(np.float32, copy=True)
    for row, one in enumerate(asked):
        if one.candidates is not None:
            allowed = np.array(one.candidates)
            kept = scores[row, allowed]
            scores[row] = -np.inf
            scores[row, allowed] = kept
        scores[row, list(one.basket)] = -np.inf
    k = min(k, scores.shape[1])
    top = np.argpartition(-scores, k - 1, axis=1)[:, :k]
    order = np.argsort(-np.take_along_axis(scores, top, 1), axis=1, kind="stable")
    top = np.take_along_axis(top, order, 1)
    return np.where(np.isfinite(np.take_along_axis(scores, top, 1)), top, -1)
