"""The canary's test looked at every night: false alarms without a loss, and how soon it sees one.

python -m benchmarks canary [--runs 1000]
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from training import canary, sequential
from training.sequential import Watched


@dataclass(frozen=True)
class Way:
    """Visits with a decision a night, the share that stays with the bundle before, and for how many nights at most."""

    visits: int
    nights: int
    share: float = 0.2


@dataclass(frozen=True)
class Run:
    """How a canary ended; `night` counts from 0. `claimed`: it stays because it is better."""

    verdict: str
    claimed: bool
    night: int


WAYS = (Way(100, 60), Way(1000, 12))
LOSSES = (0.0, 0.1, 0.2, 0.3)
"""As shares of a visit's mean margin."""


def run(options: Sequence[str]) -> None:
    """A line for each way and loss."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks canary")
    parser.add_argument("--runs", type=int, default=1000)
    seeds = range(parser.parse_args(options).runs)
    for way in WAYS:
        for loss in LOSSES:
            found = runs(way, loss, seeds if not loss else seeds[: len(seeds) // 5])
            back = [one.night for one in found if one.verdict == "roll back"]
            rolled, better = len(back) / len(found), sum(one.claimed for one in found) / len(found)
            when = f", night {np.median(back) + 1:.0f}" if back else ""
            said = f"rolled back {rolled:.3f}{when}; called better {better:.3f}"
            print(f"{way.visits} visits a night, share {way.share:.0%}, loss {loss:.0%}: {said}", flush=True)


def runs(way: Way, loss: float, seeds: Iterable[int]) -> list[Run]:
    """A canary a seed, looked at every night until it ends or the nights do."""
    return [_watched(draw(seed, way.visits * way.nights, loss, way.share), way) for seed in seeds]


def draw(seed: int, visits: int, loss: float, share: float) -> Watched:
    """Margins of which four in ten are 0 and few are large; a newer bundle takes its share of each visit's margin."""
    rng = np.random.default_rng(seed)
    known, newer = rng.normal(size=(visits, 8)), (rng.random(visits) >= share).astype(float)
    margin = (rng.random(visits) < 0.6) * np.exp(rng.normal(1.2, 0.8, visits) + 0.4 * known[:, 0])
    every = np.arange(visits)
    return Watched(newer, margin * (1 - loss * newer), known, np.zeros(visits, np.int64), every)


def _watched(whole: Watched, way: Way) -> Run:
    for night in range(way.nights):
        end = (night + 1) * way.visits
        parts = (getattr(whole, name)[:end] for name in ("newer", "outcome", "known", "stratum", "cluster"))
        watched = Watched(*parts)
        arms = (int(watched.newer.sum()), int((1 - watched.newer).sum()))
        found = None if min(arms) < canary.LEAST else sequential.difference(watched)
        verdict, _ = canary.decide(found, arms)
        if verdict != "goes on":
            return Run(verdict, found is not None and found.low > 0, night)
    return Run("goes on", False, way.nights)
