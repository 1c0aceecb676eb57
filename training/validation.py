"""How well a blend finds the answers of questions: NDCG and hits, beside popularity's."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from models.recommender.blend import Blend
from models.recommender.knowledge import Numbers
from models.recommender.sources.contract import Scores, Source
from training.blending import blocks
from training.questions import Questions

K = 10


def metrics(blend: Blend, sources: Mapping[str, Source], asked: Questions) -> dict[str, float]:
    """Means over the questions; empty without any."""
    if not len(asked):
        return {}
    popular = Blend(np.array(["popularity"]), np.ones(1), np.eye(1, blend.weight.shape[1]))
    found: dict[str, float] = {}
    for name, one in (("", blend), ("popularity_", popular)):
        parts = [_ndcg(one.log_odds(sources, block.visits), block) for block in blocks(asked)]
        ndcg, hits = (np.concatenate(part) for part in zip(*parts, strict=True))
        found |= {f"{name}ndcg_at_{K}": float(ndcg.mean()), f"{name}hit_at_{K}": float(hits.mean())}
    return found


def _ndcg(odds: Scores, asked: Questions) -> tuple[Numbers, Numbers]:
    """NDCG and the share of answers found among the first K, by question."""
    odds[asked.barred.toarray() > 0] = -np.inf
    answers = asked.answers.toarray() > 0
    k = min(K, odds.shape[1])
    top = np.argpartition(-odds, k - 1, axis=1)[:, :k]
    order = np.argsort(-np.take_along_axis(odds, top, 1), axis=1, kind="stable")
    right = np.take_along_axis(answers, np.take_along_axis(top, order, 1), 1)
    worth = 1 / np.log2(np.arange(k) + 2)
    count = answers.sum(axis=1)
    ideal = np.cumsum(worth)[np.minimum(count, k) - 1]
    return (right * worth).sum(axis=1) / ideal, right.sum(axis=1) / np.minimum(count, k)
