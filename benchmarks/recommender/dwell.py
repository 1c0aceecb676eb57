"""Does dwell help? A basket's completion with and without what the engine says of where the shopper has stood.

python -m benchmarks recommender dwell [groceries|journey]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from benchmarks.recommender import judge, ours, sets
from benchmarks.recommender.hall import Hall, Stroll
from benchmarks.recommender.log import Ints, Log, Problem

SIGMAS_M = (1.0, 2.0, 3.0, 5.0)
K = 10
STOPS = 0.75
"""Share of the wanted categories at which a shopper stops (issue `learning`: three in four)."""
PASSED = 2.0
"""Categories, on average, at which one stops without wanting anything."""
WANTED_S, PASSED_S, SPREAD = 30.0, 8.0, 0.7
"""Median seconds at a display, log-normal."""
SEED = 7
Seconds = Sequence[Mapping[str, float]]


def run(options: Sequence[str] = ()) -> None:
    """A table of one data set."""
    for one in sets.chosen(options or ("groceries",)):
        report(one.problem(), one.name)


def report(problem: Problem, name: str) -> None:
    """By position error: NDCG without dwell, with it, and with a history that had it too."""
    task = "basket"
    asked, log = problem.tasks[task], problem.history
    print(f"{name}: {len(asked)} baskets, half of each left out, NDCG@{K}", flush=True)
    before = ours.trained(log)
    plain = judge.ndcg(ours.lists(before, log, asked, K), asked)
    print(f"no dwell anywhere {plain.mean():.4f}")
    hall, rng = Hall(tuple(sorted(set(log.products["category"])))), np.random.default_rng(SEED)
    strolls = [stroll((*one.basket, *one.answers), log, hall, rng) for one in asked]
    past = [stroll(log.basket(receipt), log, hall, rng) for receipt in range(len(log.ts_ms))]
    ends = np.array([one.ts_ms for one in asked], np.int64)
    for sigma in (0.0, *SIGMAS_M):
        seconds, was = (seen(hall, *walked, sigma) for walked in ((strolls, ends), (past, log.ts_ms)))
        told = [replace(one, dwell=tuple(sorted(own.items()))) for one, own in zip(asked, seconds, strict=True)]
        believed = judge.ndcg(ours.lists(before, log, told, K), told)
        learned = judge.ndcg(ours.lists(ours.trained(log, was), log, told, K), told)
        where = f"engine, {sigma:.0f} m" if sigma else "the truth"
        print(f"{where:12} prior {_gain(believed, plain)}   learned {_gain(learned, plain)}", flush=True)


def stroll(items: Sequence[int], log: Log, hall: Hall, rng: np.random.Generator) -> Stroll:
    """Stops at most of the categories of these products, and at some others, in any order."""
    number = {category: index for index, category in enumerate(hall.categories)}
    wanted = sorted({number[log.products["category"][item]] for item in items})
    others = rng.choice(len(number), min(int(rng.poisson(PASSED)), len(number)), replace=False).tolist()
    stops = [(one, WANTED_S) for one in wanted if rng.random() < STOPS]
    stops += [(one, PASSED_S) for one in others if one not in wanted]
    return [(stops[at][0], float(rng.lognormal(np.log(stops[at][1]), SPREAD))) for at in rng.permutation(len(stops))]


def seen(hall: Hall, strolls: Sequence[Stroll], ends: Ints, sigma_m: float) -> Seconds:
    """Seconds by category: what the engine says of pings with this error, or the truth where it is 0."""
    if sigma_m:
        return hall.dwelled(strolls, ends, sigma_m, SEED)
    return [{hall.categories[one]: seconds for one, seconds in stops} for stops in strolls]


def _gain(found: np.ndarray, plain: np.ndarray) -> str:
    away, base = judge.difference(found, plain), plain.mean()
    shares = [f"{100 * part / base:+.0f}" for part in away]
    return f"{found.mean():.4f} ({shares[0]} %, {shares[1]} to {shares[2]})"
