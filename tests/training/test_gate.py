"""The gate's verdicts, from figures alone."""

from __future__ import annotations

import numpy as np
import pytest

from training import gate
from training.offpolicy import Estimate


def told(value: float, error: float) -> Estimate:
    return Estimate(value, error, value - 1.96 * error, value + 1.96 * error)


ENOUGH = {"overlap": 0.9, "size": 500.0, "seen": 1000}


@pytest.mark.parametrize(
    ("few", "said"), [({"overlap": 0.1}, "overlap"), ({"size": 9.0}, "worth 9 prompts"), ({"seen": 0}, "no prompt")]
)
def test_it_refuses_where_the_data_cannot_tell(few: dict[str, float], said: str) -> None:
    for decided in (
        gate.against_log(told(1, 0.1), **{**ENOUGH, **few}),  # type: ignore[arg-type]
        gate.against_champion(told(1, 0.1), 1.0, **{**ENOUGH, **few}),  # type: ignore[arg-type]
    ):
        assert (decided.verdict, decided.passes) == ("refuse", False)
        assert said in decided.why


@pytest.mark.parametrize(
    ("value", "error", "verdict"),
    [
        (0.0, 0.0, "promote"),
        (0.5, 0.1, "promote"),
        (0.01, 1.0, "promote"),
        (-0.5, 0.1, "keep"),
        (-0.15, 0.05, "keep"),
        (-0.05, 0.001, "promote"),
        (-0.3, 0.3, "keep"),
    ],
)
def test_a_challenger_may_be_as_good_but_not_worse(value: float, error: float, verdict: str) -> None:
    assert gate.against_champion(told(value, error), 1.0, **ENOUGH).verdict == verdict  # type: ignore[arg-type]


def test_only_a_difference_beyond_doubt_is_called_better() -> None:
    assert gate.against_champion(told(0.5, 0.1), 1.0, **ENOUGH).why.startswith("better")  # type: ignore[arg-type]
    assert gate.against_champion(told(0.1, 0.1), 1.0, **ENOUGH).why.startswith("no worse")  # type: ignore[arg-type]
    assert gate.against_log(told(0.1, 0.1), **ENOUGH).verdict == "keep"  # type: ignore[arg-type]


def test_few_promotions_are_of_what_is_much_worse() -> None:
    """A world of challengers as the gate believes them to be, and one in which every other is worse by a quarter."""
    rng = np.random.default_rng(0)
    for spread in (rng.normal(0, 0.07, 4000), rng.choice([-0.25, 0.1], 4000)):
        found = [(true, gate.risk(told(true + rng.normal(0, 0.1), 0.1), 1.0)) for true in spread.tolist()]
        promoted = [true for true, risk in found if risk <= gate.RISK]
        assert len(promoted) > 1000
        assert np.mean([true < -gate.MARGIN for true in promoted]) <= 0.1
