"""A world in which prompts change nothing: how many promotions claim that the new bundle, or prompting, earns more.

python -m benchmarks null [--seeds 100]
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.nights.ledger import Row
from tests.contract.test_evaluating import bought
from tests.training import toy
from training import nightly

ABLE, VISITS = 8, 600
"""Products of a prompt; visits of a day, each with one prompt."""
BUYS, HOLDOUT, POLITE = 0.3, 0.1, 0.2


@dataclass(frozen=True)
class Second:
    """What the second night did: whether it promoted, and what it claimed."""

    promoted: bool
    better: bool
    """The new bundle than the champion."""
    lifted: bool
    """Prompted visits against held-out ones."""


def run(options: Sequence[str]) -> None:
    """One line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks null")
    parser.add_argument("--seeds", type=int, default=100)
    found = list(seconds(range(parser.parse_args(options).seeds)))
    promoted = [one for one in found if one.promoted]
    better, lifted = sum(one.better for one in promoted), sum(one.lifted for one in promoted)
    said = f"{better} on a claim to be better, {lifted} beside a claimed lift"
    print(f"null world: {len(promoted)} of {len(found)} second nights promoted, {said}", flush=True)


def seconds(seeds: Iterable[int]) -> Iterable[Second]:
    """Two nights a seed, in a lake of its own."""
    for seed in seeds:
        with tempfile.TemporaryDirectory() as folder:
            yield second(Path(folder), seed)


def second(folder: Path, seed: int) -> Second:
    """The champion has learned from one day, the challenger from two."""
    root, tables = folder / "lake", days(seed)
    for visits in (VISITS, 2 * VISITS):
        until = toy.START_MS + visits * 60_000
        known = {name: [row for row in rows if row["ts"] < until] for name, rows in tables.items()}
        report = nightly.run(toy.write(root, products=toy.products(), **known), folder / "bundles")
    compared, lift = report.comparison, report.lift
    better = compared is not None and compared.difference.ci_low > 0
    return Second(report.verdict == "promote", better, lift is not None and lift.ci_low > 0)


def days(seed: int) -> dict[str, list[Row]]:
    """Everybody buys what they would have bought: most who do accept, and some who do not, out of politeness."""
    rng = np.random.default_rng(seed)
    skus = [toy.sku(number) for number in range(ABLE)]
    even: dict[str, Any] = {"candidates": skus, "candidate_propensities": [1 / ABLE] * ABLE, "propensity": 1 / ABLE}
    tables: dict[str, list[Row]] = {"prompts": [], "outcomes": [], "purchases": []}
    for number in range(2 * VISITS):
        ts, drawn, held_out = toy.START_MS + number * 60_000, int(rng.integers(ABLE)), bool(rng.random() < HOLDOUT)
        wants = rng.random(ABLE) < BUYS
        given = {**even, "candidate_features": None, "holdout": held_out, "shown": not held_out}
        tables["prompts"].append(toy.prompt(number, skus[drawn], ts, **given))
        if not held_out:
            tables["outcomes"].append(toy.outcome(number, "shown", ts))
            if rng.random() < (0.9 if wants[drawn] else POLITE):
                tables["outcomes"].append(toy.outcome(number, "accepted", ts))
        for item in np.flatnonzero(wants).tolist():
            tables["purchases"].append(bought(number, number, skus[item], ts + 1000))
    return tables
