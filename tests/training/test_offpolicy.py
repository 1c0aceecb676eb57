"""Off-policy estimates on logs whose truth is known: they are right on average, and their intervals say how far off."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.offpolicy.synthetic import LOGGING, draw
from training import offpolicy
from training.offpolicy import Estimate

SEEDS = 120


def covered(found: Estimate, truth: float) -> bool:
    return found.low <= truth <= found.high


@pytest.mark.parametrize("estimator", [offpolicy.ips, offpolicy.snips, offpolicy.dr, offpolicy.adjusted])
def test_an_estimator_is_right_on_average(estimator: object) -> None:
    logs = [draw(seed) for seed in range(SEEDS)]
    errors = [float(np.mean(estimator(log.logged))) - log.truth for log in logs]  # type: ignore[operator]
    assert abs(np.mean(errors)) < 4 * np.std(errors) / np.sqrt(SEEDS)


def test_intervals_cover_and_are_no_wider_than_those_of_plain_doubly_robust() -> None:
    logs = [draw(seed) for seed in range(SEEDS)]
    found = [offpolicy.value(log.logged) for log in logs]
    plain = [offpolicy.interval(offpolicy.dr(log.logged), log.logged.visit) for log in logs]
    assert np.mean([covered(one, log.truth) for one, log in zip(found, logs, strict=True)]) > 0.9
    assert np.mean([one.error for one in found]) <= np.mean([one.error for one in plain])


def test_intervals_that_ignore_visits_are_too_narrow() -> None:
    logs = [draw(seed).logged for seed in range(20)]
    alone = [offpolicy.interval(offpolicy.dr(one), np.arange(len(one.visit))).error for one in logs]
    assert np.mean(alone) < 0.97 * np.mean([offpolicy.interval(offpolicy.dr(one), one.visit).error for one in logs])


def test_a_policy_compared_with_itself_differs_by_nothing() -> None:
    logged = draw(1).logged
    found = offpolicy.difference(logged, logged)
    assert (found.value, found.error) == (0.0, 0.0)


def test_a_difference_covers_the_truth() -> None:
    hits = 0
    for seed in range(SEEDS):
        log = draw(seed)
        same = np.ones(len(log.logged.visit))
        mine = replace(log.logged, weight=same, total=same, expected=log.expected_of(LOGGING))
        hits += covered(offpolicy.difference(log.logged, mine), log.truth - log.truth_of(LOGGING))
    assert hits > 0.85 * SEEDS


def test_shrinkage_without_end_is_the_model_and_without_beginning_is_plain() -> None:
    logged = draw(3).logged
    assert np.allclose(offpolicy.shrunk(logged, 1e-12), logged.expected, atol=1e-6)
    assert np.allclose(offpolicy.shrunk(logged, 1e12), offpolicy.dr(logged), atol=1e-6)


def test_the_effective_size_is_the_number_of_equal_weights() -> None:
    assert offpolicy.effective_size(np.full(50, 0.3)) == pytest.approx(50)
    assert offpolicy.effective_size(np.array([1.0, 0, 0])) == pytest.approx(1)
    assert offpolicy.effective_size(np.zeros(3)) == 0


def test_a_reward_model_has_not_seen_the_visits_that_it_is_used_for() -> None:
    reward = np.array([1.0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    found = offpolicy.rates(reward, np.zeros(10, np.int64), offpolicy.folds(np.arange(10)), 1)
    assert found[0, 0] == 0
    assert (found[1:, 0] > 0).all()


def test_one_visit_says_nothing() -> None:
    found = offpolicy.interval(np.ones(3), np.zeros(3, np.int64))
    assert (found.value, found.low, found.high) == (1.0, -np.inf, np.inf)
