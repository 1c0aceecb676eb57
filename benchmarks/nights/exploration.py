"""What exploration costs and what the gate gains by it: value and overlap of a few nights' bundles by share.

python -m benchmarks exploration [--seed 31] [--nights 3] [--visits 1000]
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.nights.ledger import Book
from benchmarks.nights.ours import Chain, Way, decisions
from benchmarks.nights.run import HISTORY_DAYS
from models import bundle, champions
from models.arms import Arms
from models.bundle import Bundle
from simulation.trial.nature import PRODUCTS, Indices, Numbers
from simulation.trial.reaction import Prompts
from simulation.trial.world import Day, World
from training import offpolicy

SHARES = (0.05, 0.3, 0.5, 0.8, 1.0)
LIVED = Way("ungated", True, False, 0.5)
Actions = Mapping[str, float]


def run(options: Sequence[str]) -> None:
    """Prints a row a share."""
    asked = _parser().parse_args(options)
    with tempfile.TemporaryDirectory() as folder:
        chain = Chain(Path(folder), World(asked.seed, asked.visits), LIVED)
        print("a bundle a night: true value of the first moment of a visit, and overlap of each with the one before")
        for share, values, overlaps in measured(chain, asked.nights):
            print(f"explore {share:4.2f}  value {_row(values)}  overlap {_row(overlaps)}", flush=True)


def measured(chain: Chain, nights: int) -> list[tuple[float, list[float], list[float]]]:
    """By share: a value for each bundle, in the world's currency, and an overlap for each but the first."""
    chain.begin(HISTORY_DAYS)
    for number in range(nights):
        chain.live(chain.world.day(number))
        chain.night()
    bundles = [bundle.load(chain.folder / "bundles" / name) for name in champions.reigned(chain.folder / "bundles")]
    day = chain.world.day(nights)
    first = np.unique(day.moments.visit, return_index=True)[1]
    truth, found = true_values(day, first), []
    for share in SHARES:
        policies = [_policy(chain, day, one, first, share) for one in bundles]
        values = [_value(policy, truth, day) for policy in policies]
        pairs = zip(policies[1:], policies[:-1], strict=True)
        found.append((share, values, [_overlap(new, old) for new, old in pairs]))
    return found


def true_values(day: Day, first: Indices) -> Numbers:
    """Additional margin of prompting each product at these moments, one of each visit: (moments, PRODUCTS)."""
    visits, coupons = day.moments.visit[first], day.nature.coupon
    found = np.empty((len(first), PRODUCTS))
    for product in range(PRODUCTS):
        shown = Prompts(first, np.full(len(first), product), np.full(len(first), coupons[product]))
        found[:, product] = day.reaction.additional(shown)[visits]
    return found


def _policy(chain: Chain, day: Day, one: Bundle, first: Indices, share: float) -> list[Actions]:
    decided = decisions(Book(day, chain.holdout), Arms(one), replace(chain.habits, explore=share, canary=0.0))
    return [dict(zip(decided[row].candidates, decided[row].propensities, strict=True)) for row in first]


def _value(policy: Sequence[Actions], truth: Numbers, day: Day) -> float:
    """Silence is worth nothing."""
    index = {sku: row for row, sku in enumerate(day.nature.sku.tolist())}
    each = (
        sum(p * values[index[sku]] for sku, p in actions.items() if sku in index)
        for actions, values in zip(policy, truth, strict=True)
    )
    return float(np.mean(list(each)))


def _overlap(new: Sequence[Actions], old: Sequence[Actions]) -> float:
    """The new policy's probability where it is at most MOST_WEIGHT times the old one's."""
    covered = (
        sum(p for sku, p in actions.items() if p <= offpolicy.MOST_WEIGHT * before.get(sku, 0.0))
        for actions, before in zip(new, old, strict=True)
    )
    return float(np.mean(list(covered)))


def _row(numbers: Sequence[float]) -> str:
    return " ".join(f"{number:.3f}" for number in numbers)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks exploration")
    for option, default in (("--seed", 31), ("--nights", 3), ("--visits", 1000)):
        parser.add_argument(option, type=int, default=default)
    return parser
