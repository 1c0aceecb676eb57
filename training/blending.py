"""Fits the blend: a conditional logit of what was bought, over candidates, drawn towards what is believed before.

The candidates of a question are its answers, the best by a first blend, and some of the others; these stand for all of
the others, so that the fit is as if every product had been a candidate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from models.recommender.blend import CONTEXT, Blend, context, strength
from models.recommender.knowledge import Indices, Numbers
from models.recommender.sources.contract import Source, whole
from training.questions import Questions

BELIEVED = {
    "popularity": (0.7, 0.05),
    "recent": (0.2, 0.05),
    "together": (0.4, 0.01),
    "kin": (0.1, 0.01),
    "alike": (0.3, 0.1),
    "sessions": (0.4, 0.01),
    "taste": (0.4, 0.01),
    "habit": (0.7, 0.01),
    "lately": (0.3, 0.01),
    "due": (0.1, 0.1),
    "place": (1.0, 1.0),
}
"""Each source's weight and scale before anything was learned. That of place stands for a lift: its scale stays."""
DRAWN = {"always": 2.0, "basket": 4.0, "basket_size": 4.0, "past": 4.0, "dwell": 4.0}
"""Questions that a weight's distance of 1 from the belief has to convince."""
BEST, OTHERS, BLOCK = 150, 150, 128
SCALE_QUANTILE, LEAST_SCALE = 0.3, 1e-12
"""A smaller scale would make what is due, after a hundred intervals, infinite in 32 bits."""
MOST_STEPS = 100
SEED = 2


def believed() -> Blend:
    """The blend before anything was learned."""
    weight = np.zeros((len(BELIEVED), len(CONTEXT)))
    weight[:, 0] = [weight for weight, _ in BELIEVED.values()]
    scale = np.array([scale for _, scale in BELIEVED.values()])
    return Blend(np.array(list(BELIEVED), np.str_), scale, weight)


@dataclass(frozen=True)
class Candidates:
    """What may be answered to a block of questions; shape (questions, m)."""

    asked: Questions
    place: Indices
    stands_for: NDArray[np.float32]
    """How many products a candidate stands for; 0 for none."""
    answer: NDArray[np.float32]
    """1 / answers for an answer, else 0."""


@dataclass(frozen=True)
class Choices:
    """What sources say of each of Q questions' m candidates."""

    score: NDArray[np.float32]
    """Shape (Q, m, K)."""
    stands_for: NDArray[np.float32]
    """Shape (Q, m): how many products a candidate stands for; 0 for none."""
    answer: NDArray[np.float32]
    """Shape (Q, m): 1 / answers for an answer, else 0."""
    context: NDArray[np.float32]
    """Shape (Q, C)."""

    def only(self, rows: NDArray[np.bool_]) -> Choices:
        """Some of the questions."""
        return Choices(self.score[rows], self.stands_for[rows], self.answer[rows], self.context[rows])

    def of(self, sources: NDArray[np.bool_]) -> Choices:
        """Some of the sources."""
        return Choices(self.score[:, :, sources], self.stands_for, self.answer, self.context)


def candidates(first: Blend, sources: Mapping[str, Source], asked: Questions) -> list[Candidates]:
    """The best by a first blend, and a draw of the others, block by block."""
    rng = np.random.default_rng(SEED)
    return [_candidates(first, sources, block, rng) for block in blocks(asked)]


def choices(drawn: Sequence[Candidates], sources: Sequence[Source]) -> Choices:
    """What the sources say of the candidates."""
    score = np.concatenate([_scores(block, sources) for block in drawn])
    stands_for, answer = (
        np.concatenate([getattr(block, name) for block in drawn]) for name in ("stands_for", "answer")
    )
    return Choices(score, stands_for, answer, np.concatenate([context(block.asked.visits) for block in drawn]))


def fit(found: Choices, first: Blend, begin: Numbers | None = None) -> Blend:
    """The likeliest weights, found from `begin` on; deterministic."""
    scale = np.array([_scale(found.score[:, :, k], name, first.scale[k]) for k, name in enumerate(first.source)])
    said = [strength(found.score[:, :, k], scale[k]) for k in range(len(scale))]
    drawn = np.array([DRAWN[name] for name in CONTEXT])
    with np.errstate(divide="ignore"):
        offset = np.log(found.stands_for)

    def loss(flat: Numbers) -> tuple[float, Numbers]:
        weight = flat.reshape(first.weight.shape)
        by_question = (found.context @ weight.T).astype(np.float32)
        odds = offset.copy()
        for k, one in enumerate(said):
            odds += by_question[:, k, None] * one
        odds -= odds.max(axis=1, keepdims=True)
        chance = np.exp(odds)
        total = chance.sum(axis=1, keepdims=True)
        chance /= total
        likely = float((np.where(found.answer > 0, odds - np.log(total), 0) * found.answer).sum())
        chance -= found.answer
        slope = np.stack([np.einsum("qm,qm->q", chance, one) for one in said])
        away = weight - first.weight
        value = -likely + 0.5 * float((drawn * away**2).sum())
        return value, (slope.astype(float) @ found.context + drawn * away).ravel()

    start = first.weight if begin is None else begin
    best = minimize(loss, start.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": MOST_STEPS, "ftol": 1e-6})
    return Blend(first.source, scale, best.x.reshape(first.weight.shape))


def likelihood(found: Choices, blend: Blend) -> float:
    """The mean log-likelihood of the answers."""
    weight = found.context @ blend.weight.T
    said = (strength(found.score[:, :, k], blend.scale[k]) for k in range(len(blend.scale)))
    with np.errstate(divide="ignore"):
        odds = sum((weight[:, k, None] * one for k, one in enumerate(said)), np.log(found.stands_for))
    odds = odds - odds.max(axis=1, keepdims=True)
    odds -= np.log(np.exp(odds).sum(axis=1, keepdims=True))
    return float((np.where(found.answer > 0, odds, 0) * found.answer).sum() / len(odds))


def blocks(asked: Questions) -> list[Questions]:
    """A few questions at a time."""
    rows = range(0, len(asked), BLOCK)
    return [only(asked, np.arange(begin, min(begin + BLOCK, len(asked)))) for begin in rows]


def only(asked: Questions, rows: Indices) -> Questions:
    """Some of the questions."""
    visits = asked.visits
    picked = type(visits)(
        [visits.store[row] for row in rows.tolist()],
        *(getattr(visits, name)[rows] for name in ("ts_ms", "customer", "basket", "past", "dwell", "observed")),
    )
    return Questions(picked, *(getattr(asked, name)[rows] for name in ("answers", "barred", "task", "receipt")))


def _candidates(first: Blend, sources: Mapping[str, Source], asked: Questions, rng: np.random.Generator) -> Candidates:
    n, count = asked.visits.products, len(asked)
    answers = asked.answers.toarray() > 0
    odds = first.log_odds(sources, asked.visits)
    # answers first, then the best, then a draw of the others; what is barred comes last and stands for nothing
    odds[asked.barred.toarray() > 0] = -np.inf
    odds[answers] = np.inf
    allowed = np.isfinite(odds) | answers
    sure = min(BEST, n)
    top = np.argpartition(-odds, sure - 1, axis=1)[:, :sure]
    chosen = np.zeros((count, n), bool)
    np.put_along_axis(chosen, top, True, axis=1)
    chosen &= allowed
    rest = allowed & ~chosen
    drawn = rng.random((count, n), np.float32)
    drawn[~rest] = 2
    more = min(OTHERS, n - sure)
    others = np.argpartition(drawn, more - 1, axis=1)[:, :more] if more else np.empty((count, 0), np.int64)
    place = np.concatenate([top, others], axis=1)
    fresh = np.take_along_axis(rest, others, 1)
    share = rest.sum(axis=1) / np.maximum(fresh.sum(axis=1), 1)
    stands_for = np.concatenate([np.take_along_axis(chosen, top, 1), fresh * share[:, None]], axis=1)
    answer = np.take_along_axis(answers, place, 1) * (stands_for > 0)
    answer = answer / np.maximum(answer.sum(axis=1, keepdims=True), 1)
    return Candidates(asked, place, stands_for.astype(np.float32), answer.astype(np.float32))


def _scores(drawn: Candidates, sources: Sequence[Source]) -> NDArray[np.float32]:
    """Shape (questions, m, sources)."""
    visits = drawn.asked.visits
    found = (np.take_along_axis(whole(one.scores(visits), visits), drawn.place, 1) for one in sources)
    return np.stack(list(found), axis=2)


def _scale(score: NDArray[np.float32], name: str, before: float) -> float:
    """Where a source begins to say something: a low quantile of what it says where it says anything."""
    said = score[score > 0]
    if len(said) <= BEST or name == "place":
        return before
    return max(float(np.quantile(said, SCALE_QUANTILE)), LEAST_SCALE)
