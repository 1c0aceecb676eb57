"""What ranking by uplift earns beside ranking by acceptance and by purchase: true margin that a visit's prompt adds.

All learn from the same exploring days of the trial world, and prompt on later days under the same caps: the best of the
department, five a visit, none twice, nothing that is worth no more than silence; ours nothing that it doubts either.
Qini is the area between the gain of prompting the best first and that of any order, as a share of what the order by the
true effects has.

python -m benchmarks rankings [--first 41] [--seeds 3] [--nights 8] [--visits 1000]
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from benchmarks.nights.exploration import LIVED, true_values
from benchmarks.nights.ledger import Book
from benchmarks.nights.ours import Chain, decisions
from benchmarks.nights.peers import slate
from benchmarks.nights.run import HISTORY_DAYS, value
from models.arms import Arms
from models.bundle import Bundle
from models.recommender import rank, uplift
from models.recommender.decide import Decision
from simulation.trial.informed import Informed
from simulation.trial.nature import PRODUCTS, Indices, Numbers
from simulation.trial.world import Day, World
from training import publish
from training.cases import Cases

JUDGED_DAYS = 3
Vectors = NDArray[np.float32]
Score = Callable[["Judged"], Numbers]
"""What prompting each of N candidates is believed to be worth, (N,)."""


@dataclass(frozen=True)
class Ranking:
    """By what it ranks, and how much of that it doubts."""

    score: Score
    doubt: Score = lambda one: np.zeros(len(one.moment))

    def spoken(self, one: Judged, silence: float) -> Numbers:
        """Minus infinity where silence is better."""
        score = self.score(one)
        return np.where(score - self.doubt(one) >= silence, score, -np.inf)


def run(options: Sequence[str]) -> None:
    """A row a seed and ranking."""
    asked = _parser().parse_args(options)
    print("true additional margin a visit, share of the informed policy's, and Qini")
    for seed in range(asked.first, asked.first + asked.seeds):
        with tempfile.TemporaryDirectory() as folder:
            chain = Chain(Path(folder), World(seed, asked.visits), LIVED)
            for name, (earned, share, qini) in compared(chain, asked.nights).items():
                print(f"seed {seed} {name:22} {earned:7.4f}  {share:5.2f}  {qini:5.2f}", flush=True)


def compared(chain: Chain, nights: int, days: int = JUDGED_DAYS) -> dict[str, tuple[float, float, float]]:
    """By ranking: value in the world's currency, share of informed, Qini."""
    chain.begin(HISTORY_DAYS)
    informed = Informed(chain.world)
    for number in range(nights):
        chain.live(chain.world.day(number))
        chain.night()
    made = publish.train(chain.folder / "lake", publish.state(chain.folder / "lake"))
    accepted = made.lessons.found.accepted[made.lessons.cases.decision]
    ours, silence = _ours(made.bundle), rank.silence(made.bundle.knowledge.typical_price)
    others = {name: Ranking(score) for name, score in rivals(made.lessons.cases, accepted).items()}
    judged = [Judged.of(chain, nights + number, made.bundle) for number in range(days)]
    best = mean(one.earned(informed.values(one.day, np.zeros(len(one.day.moments), np.int64))) for one in judged)
    found: dict[str, tuple[float, float, float]] = {}
    for name, ranking in {"uplift (aislewise)": ours, **others}.items():
        ranked = [one.table(ranking.score(one)) for one in judged]
        tables = [one.table(ranking.spoken(one, silence)) for one in judged]
        value = mean(one.earned(table) for one, table in zip(judged, tables, strict=True))
        found[name] = value, value / best, _qini(judged, ranked)
    return found | {"informed": (best, 1.0, float("nan"))}


def _ours(made: Bundle) -> Ranking:
    """What a prompt adds, as the bundle ranks by it."""

    def worth(one: Judged) -> Numbers:
        known = made.knowledge
        skus = one.day.nature.sku[one.product].tolist()
        items = np.array([known.goods.index.get(sku, -1) for sku in skus], np.int64)
        chances = uplift.chances(one.vectors, items, known.anyway, known.uplift)
        return chances.prompted * one.margin[:, None] - chances.without * one.plain_margin[:, None]

    return Ranking(lambda one: worth(one).mean(axis=1), lambda one: rank.doubt(made) * worth(one).std(axis=1))


def rivals(cases: Cases, accepted: NDArray[np.bool_]) -> Mapping[str, Score]:
    """Gradient-boosted trees on the same cases and vectors, by what they rank by; each is multiplied by the margin."""
    told, bought = cases.prompted, cases.sale >= 0.5
    x = cases.vectors
    accepts = HistGradientBoostingClassifier(random_state=0).fit(x[told], accepted[told])
    buys = HistGradientBoostingClassifier(random_state=0).fit(x[told], bought[told])
    effect = x_learner(x, told, cases.sale)
    return {
        "P(accept) × margin": lambda one: accepts.predict_proba(one.vectors)[:, 1] * one.margin,
        "P(buy) × margin": lambda one: buys.predict_proba(one.vectors)[:, 1] * one.margin,
        "X-learner × margin": lambda one: effect(one.vectors) * one.margin,
    }


def x_learner(x: Vectors, told: NDArray[np.bool_], sale: Numbers) -> Callable[[Vectors], Numbers]:
    """Two regressions on imputed effects, weighted by the share of the prompted (Künzel et al., PNAS 2019)."""

    def tree() -> Any:
        return HistGradientBoostingRegressor(random_state=0)

    with_prompt, without = tree().fit(x[told], sale[told]), tree().fit(x[~told], sale[~told])
    of_told = tree().fit(x[told], sale[told] - without.predict(x[told]))
    of_others = tree().fit(x[~told], with_prompt.predict(x[~told]) - sale[~told])
    share = told.mean()
    return lambda vectors: share * of_others.predict(vectors) + (1 - share) * of_told.predict(vectors)


@dataclass(frozen=True)
class Judged:
    """A day, and all candidates of its moments, one after the other: N of them, with rows of moments and products."""

    day: Day
    moment: Indices
    product: Indices
    vectors: Vectors

    @classmethod
    def of(cls, chain: Chain, number: int, one: Bundle) -> Judged:
        day = chain.world.day(number)
        made = decisions(Book(day, 0.0), Arms(one), replace(chain.habits, canary=0.0), remember=False)
        row = {sku: product for product, sku in enumerate(day.nature.sku.tolist())}
        places = [[row[sku] for sku in each.candidates if sku in row] for each in made]
        moment = np.repeat(np.arange(len(made)), [len(each) for each in places])
        vectors = np.concatenate([_vectors(each, row) for each in made])
        return cls(day, moment, np.concatenate(places).astype(np.int64), vectors)

    @property
    def margin(self) -> Numbers:
        """Of a sale with the prompt, (N,)."""
        nature = self.day.nature
        return (nature.paid_prompted - nature.cost)[self.product]

    @property
    def plain_margin(self) -> Numbers:
        """Of a sale without a prompt, (N,)."""
        nature = self.day.nature
        return (nature.paid - nature.cost)[self.product]

    def table(self, score: Numbers) -> Numbers:
        """Shape (moments, PRODUCTS): what is no candidate is worth nothing."""
        found = np.full((len(self.day.moments), PRODUCTS), -np.inf)
        found[self.moment, self.product] = score
        return found

    def earned(self, values: Numbers) -> float:
        """True additional margin a visit of prompting the best."""
        return value(self.day, slate(self.day, lambda _: values))


def _vectors(decision: Decision, row: Mapping[str, int]) -> Vectors:
    kept = np.array([sku in row for sku in decision.candidates if sku], bool)
    return uplift.joined(decision.features[: len(kept)][kept], decision.situation.features)


def _qini(judged: Sequence[Judged], tables: Sequence[Numbers], seed: int = 0) -> float:
    """One candidate of one moment of each visit, drawn evenly, is prompted alone; who first is what the table says."""
    rng = np.random.default_rng(seed)
    score, truth = list[Numbers](), list[Numbers]()
    for one, table in zip(judged, tables, strict=True):
        visit = one.day.moments.visit
        first = np.searchsorted(visit, np.unique(visit))
        moment = first + (rng.random(len(first)) * np.diff(np.append(first, len(visit)))).astype(np.int64)
        product = rng.integers(0, PRODUCTS, len(moment))
        near = np.isfinite(table[moment, product])
        score.append(table[moment, product][near])
        truth.append(true_values(one.day, moment)[np.arange(len(moment)), product][near])
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
