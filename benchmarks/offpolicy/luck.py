"""A lottery: every product is accepted and bought by as many, so that what a bundle has learned of them is luck."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from tests.contract.test_evaluating import bought
from tests.training import toy
from training import comparison, crossfit, exposures, offpolicy, policies, publish
from training.judging import Case
from training.offpolicy import FOLDS

CHANCE, ABLE = 0.3, 8
TRUTH = CHANCE * (10.0 - 6.0)
"""The margin a prompt of any policy that is not silent."""

GREEDY = replace(policies.USUAL, explore=0.1)
"""Who explores much follows luck little."""


def lottery(folder: Path, seed: int, visits: int) -> Path:
    """A lake with one prompt a visit, drawn evenly from eight products."""
    rng, prompts, outcomes, sold = np.random.default_rng(seed), [], [], []
    skus = [toy.sku(number) for number in range(ABLE)]
    for number in range(visits):
        ts, sku = toy.START_MS + number * 60_000, skus[int(rng.integers(ABLE))]
        even: dict[str, Any] = {"candidates": skus, "candidate_propensities": [1 / ABLE] * ABLE, "propensity": 1 / ABLE}
        prompts.append(toy.prompt(number, sku, ts, **even, candidate_features=None))
        outcomes.append(toy.outcome(number, "shown", ts))
        if rng.random() < CHANCE:
            outcomes.append(toy.outcome(number, "accepted", ts))
            sold.append(bought(10_000 + number, number, sku, ts + 1000))
    return toy.world(folder, prompts=prompts, outcomes=outcomes, purchases=[*toy.purchases(), *sold])


def estimates(folder: Path, seed: int, visits: int) -> tuple[float, float]:
    """A bundle's margin a prompt by what it has learned, and by folds that it has not."""
    root = lottery(folder / "lake", seed, visits)
    trained, known = publish.train(root, publish.state(root)), exposures.read(root)
    case = Case.of(known, comparison.additional_margin(known))
    dealt = offpolicy.folds(case.visit).tolist()
    fold = {(one.store, one.visit): at for one, at in zip(case.prompts, dealt, strict=True)}
    found = []
    for bundles in ([trained.bundle] * FOLDS, crossfit.without(trained.bundle, trained.lessons, fold)):
        actions = policies.of_bundles([bundles[at] for at in dealt], root, known, GREEDY)
        found.append(offpolicy.value(case.judge(actions).logged).value)
    return found[0], found[1]
