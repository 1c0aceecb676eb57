"""What ranking by uplift earns beside ranking by acceptance and by purchase: true margin that a visit's prompt adds.

All learn from the same exploring days of the trial world, and are judged on the first moments of the visits of later
days. Qini is the area between the gain of prompting the best first and that of any order, as a share of what the order
by the true effects has.

python -m benchmarks rankings [--first 41] [--seeds 3] [--nights 8] [--visits 1000]
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from benchmarks.nights.exploration import LIVED, true_values
from benchmarks.nights.ledger import Book
from benchmarks.nights.ours import Chain, decisions
from benchmarks.nights.run import HISTORY_DAYS
from models.arms import Arms
from models.bundle import Bundle
from models.recommender import uplift
from models.recommender.decide import Decision
from simulation.trial.informed import Informed
from simulation.trial.nature import Indices, Numbers
from simulation.trial.world import Day, World
from training import publish
from training.cases import Cases

JUDGED_DAYS = 3
Vectors = NDArray[np.float32]
Score = Callable[[Vectors], Numbers]
"""Logged vectors (m, MOMENT + CANDIDATE) → (m,)."""


def run(options: Sequence[str]) -> None:
    """A row a seed and ranking."""
    asked = _parser().parse_args(options)
    print("true additional margin of a visit's first prompt, share of the informed policy's, and Qini")
    for seed in range(asked.first, asked.first + asked.seeds):
        with tempfile.TemporaryDirectory() as folder:
            chain = Chain(Path(folder), World(seed, asked.visits), LIVED)
            for name, (value, share, qini) in compared(chain, asked.nights).items():
                print(f"seed {seed} {name:22} {value:7.4f}  {share:5.2f}  {qini:5.2f}", flush=True)


def compared(chain: Chain, nights: int, days: int = JUDGED_DAYS) -> dict[str, tuple[float, float, float]]:
    """By ranking: value in the world's currency, share of informed, Qini."""
    chain.begin(HISTORY_DAYS)
    informed = Informed(chain.world)
    for number in range(nights):
        chain.live(chain.world.day(number))
        chain.night()
    made = publish.train(chain.folder / "lake", publish.state(chain.folder / "lake"))
    scores = rivals(made.lessons.cases, made.lessons.found.accepted[made.lessons.cases.decision])
    firsts = [Firsts.of(chain, nights + number, made.bundle, informed) for number in range(days)]
    best = np.concatenate([one.informed for one in firsts]).mean()
    found: dict[str, tuple[float, float, float]] = {}
    ours = np.concatenate([one.chosen for one in firsts]).mean()
    found["uplift (aislewise)"] = (ours, ours / best, _qini(firsts, [one.worth for one in firsts]))
    for name, score in scores.items():
        scored = [score(one.vectors) * one.margin for one in firsts]
        value = np.concatenate([one.by(scores) for one, scores in zip(firsts, scored, strict=True)]).mean()
        found[name] = (value, value / best, _qini(firsts, scored))
    return found | {"informed": (best, 1.0, float("nan"))}


def rivals(cases: Cases, accepted: NDArray[np.bool_]) -> Mapping[str, Score]:
    """Gradient-boosted trees on the same cases and vectors, by what they rank by; each is multiplied by the margin."""
    told, bought = cases.prompted, cases.sale >= 0.5
    x = cases.vectors
    accepts = HistGradientBoostingClassifier(random_state=0).fit(x[told], accepted[told])
    buys = HistGradientBoostingClassifier(random_state=0).fit(x[told], bought[told])
    return {
        "P(accept) × margin": lambda vectors: accepts.predict_proba(vectors)[:, 1],
        "P(buy) × margin": lambda vectors: buys.predict_proba(vectors)[:, 1],
        "X-learner × margin": x_learner(x, told, cases.sale),
    }


def x_learner(x: Vectors, told: NDArray[np.bool_], sale: Numbers) -> Score:
    """Two regressions on imputed effects, weighted by the share of the prompted (Künzel et al., PNAS 2019)."""

    def tree() -> Any:
        return HistGradientBoostingRegressor(random_state=0)

    with_prompt, without = tree().fit(x[told], sale[told]), tree().fit(x[~told], sale[~told])
    of_told = tree().fit(x[told], sale[told] - without.predict(x[told]))
    of_others = tree().fit(x[~told], with_prompt.predict(x[~told]) - sale[~told])
    share = told.mean()
    return lambda vectors: share * of_others.predict(vectors) + (1 - share) * of_told.predict(vectors)


@dataclass(frozen=True)
class Firsts:
    """The first moments of a day's visits with all their candidates, one after the other: N candidates of V visits."""

    visit: Indices
    vectors: Vectors
    truth: Numbers
    """Additional margin of prompting each, (N,)."""
    margin: Numbers
    """Of a sale with the prompt, (N,)."""
    worth: Numbers
    """By the bundle, (N,)."""
    chosen: Numbers
    """True value of what the bundle does without exploring, (V,)."""
    informed: Numbers
    """True value of what the informed policy does, (V,)."""

    @classmethod
    def of(cls, chain: Chain, number: int, one: Bundle, informed: Informed) -> Firsts:
        day = chain.world.day(number)
        first = np.unique(day.moments.visit, return_index=True)[1]
        greedy = replace(chain.habits, explore=0.0, canary=0.0)
        decided = decisions(Book(day, 0.0), Arms(one), greedy)
        truth = true_values(day, first)
        product = {sku: row for row, sku in enumerate(day.nature.sku.tolist())}
        made = [decided[row] for row in first.tolist()]
        places = [[product[sku] for sku in each.candidates if sku in product] for each in made]
        rows = np.repeat(np.arange(len(made)), [len(each) for each in places])
        flat = np.concatenate(places).astype(np.int64)
        vectors = np.concatenate([_vectors(each, product) for each in made])
        done = np.array([truth[i, product[d.option.product.sku]] if d.option else 0.0 for i, d in enumerate(made)])
        margin = (day.nature.paid_prompted - day.nature.cost)[flat]
        plain = (day.nature.paid - day.nature.cost)[flat]
        items = np.array([one.knowledge.goods.index.get(day.nature.sku[row], -1) for row in flat.tolist()])
        chances = uplift.chances(vectors, items, one.knowledge.anyway, one.knowledge.uplift)
        worth = chances.prompted.mean(axis=1) * margin - chances.without.mean(axis=1) * plain
        return cls(rows, vectors, truth[rows, flat], margin, worth, done, _informed(day, first, informed, truth))

    @cached_property
    def begins(self) -> Indices:
        """Of each visit's candidates, (V + 1,)."""
        return np.searchsorted(self.visit, np.arange(len(self.chosen) + 1))

    def by(self, score: Numbers) -> Numbers:
        """True value of prompting each visit's best, (V,); a score of 0 or less is silence."""
        order = np.append(np.lexsort((-score, self.visit)), -1)
        best = order[self.begins[:-1]]
        speaks = (np.diff(self.begins) > 0) & (score[best] > 0)
        return np.where(speaks, self.truth[best], 0.0)


def _vectors(decision: Decision, product: Mapping[str, int]) -> Vectors:
    kept = np.array([sku in product for sku in decision.candidates if sku], bool)
    return uplift.joined(decision.features[: len(kept)][kept], decision.situation.features)


def _informed(day: Day, first: Indices, informed: Informed, truth: Numbers) -> Numbers:
    values = informed.values(day, np.zeros(len(day.moments), np.int64))[first]
    nature = day.nature
    near = nature.department[nature.category] == nature.department[day.moments.category[first]][:, None]
    values = np.where(near, values, -np.inf)
    best = values.argmax(axis=1)
    rows = np.arange(len(first))
    return np.where(values[rows, best] > 0, truth[rows, best], 0.0)


def _qini(firsts: Sequence[Firsts], scores: Sequence[Numbers], seed: int = 0) -> float:
    """One candidate of each visit, drawn evenly, is prompted; who first is what the score says."""
    rng = np.random.default_rng(seed)
    score, truth = list[Numbers](), list[Numbers]()
    for one, scored in zip(firsts, scores, strict=True):
        width = np.diff(one.begins)
        rows = (one.begins[:-1] + (rng.random(len(width)) * width).astype(np.int64))[width > 0]
        score.append(scored[rows])
        truth.append(one.truth[rows])
    gained, told = np.concatenate(truth), np.concatenate(score)
    return _area(gained[np.argsort(-told, kind="stable")]) / _area(np.sort(gained)[::-1])


def _area(gained: Numbers) -> float:
    """Between the curve of what was gained so far and its straight line."""
    curve = np.cumsum(gained)
    return float((curve - curve[-1] * np.arange(1, len(curve) + 1) / len(curve)).mean())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks rankings")
    for option, default in (("--first", 41), ("--seeds", 3), ("--nights", 8), ("--visits", 1000)):
        parser.add_argument(option, type=int, default=default)
    return parser
