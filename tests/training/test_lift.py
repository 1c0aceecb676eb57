"""Lift against visits that were held out: right where prompts bring something, and where they bring nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.offpolicy.visits import draw
from training import lift

SEEDS = 150


@pytest.mark.parametrize("effect", [0.0, 1.0])
def test_the_interval_covers_the_truth(effect: float) -> None:
    found = [lift.estimate(draw(seed, effect=effect)) for seed in range(SEEDS)]
    hits = [one is not None and one.low <= effect <= one.high for one in found]
    assert np.mean(hits) > 0.9


def test_what_was_known_before_makes_it_narrower() -> None:
    arms = draw(1, effect=1.0)
    known, unknown = (lift.estimate(one) for one in (arms, replace(arms, known=np.zeros((len(arms.treated), 0)))))
    assert known
    assert unknown
    assert known.error < 0.99 * unknown.error


def test_without_held_out_visits_nothing_is_said() -> None:
    arms = draw(1, effect=1.0)
    assert lift.estimate(replace(arms, treated=np.ones(len(arms.treated)))) is None


def test_a_phone_that_comes_twice_is_one() -> None:
    arms = draw(1, effect=1.0)
    twice = [np.concatenate([one, one]) for one in (arms.treated, arms.outcome, arms.known, arms.cluster)]
    once, double = lift.estimate(arms), lift.estimate(lift.Arms(*twice))
    assert once
    assert double
    assert double.value == pytest.approx(once.value)
    assert double.error == pytest.approx(once.error, rel=0.01)
