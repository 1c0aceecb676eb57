"""A test that is looked at every night is wrong no oftener than it says, and sees a loss that is there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.canary import Way, draw, runs
from training import sequential
from training.offpolicy import Estimate
from training.sequential import Watched


def told(watched: Watched) -> Estimate:
    found = sequential.difference(watched)
    assert found
    return found


def test_no_loss_is_seen_where_there_is_none_and_one_where_there_is() -> None:
    way = Way(visits=300, nights=25)
    nothing, loss = runs(way, 0.0, range(60)), runs(way, 0.25, range(20))
    assert sum(one.verdict == "roll back" for one in nothing) <= 1
    assert sum(one.verdict == "stays" and one.claimed for one in nothing) <= 2
    assert sum(one.verdict == "roll back" for one in loss) >= 18
    assert np.median([one.night for one in loss]) < 12


def test_it_is_wider_than_an_interval_that_is_looked_at_once_and_narrows() -> None:
    reach = [sequential.multiple(information) for information in (1.0, sequential.PLANNED, 1e6)]
    assert min(reach) > 1.96
    assert reach[1] == min(reach) == pytest.approx(3.03, abs=0.01)
    found = [told(draw(1, visits, 0.0, 0.2)) for visits in (1000, 4000, 16_000)]
    assert found[0].high - found[0].low > 2 * (found[2].high - found[2].low)


def test_the_difference_is_that_of_means_within_days() -> None:
    """A day on which all is dearer, and on which the share is another, is no difference."""
    watched = draw(2, 4000, 0.0, 0.2)
    dear = np.arange(4000) % 2
    rng = np.random.default_rng(0)
    newer = (rng.random(4000) < np.where(dear, 0.9, 0.5)).astype(float)
    moved = replace(watched, newer=newer, outcome=watched.outcome + 50.0 * dear, stratum=dear)
    assert abs(told(moved).value) < 0.5
    nothing_known = replace(moved, known=np.zeros((4000, 0)))
    within = [np.diff([moved.outcome[(dear == day) & (newer == arm)].mean() for arm in (0, 1)])[0] for day in (0, 1)]
    assert min(within) <= told(nothing_known).value <= max(within)


def test_what_was_known_before_makes_it_narrower() -> None:
    watched = draw(3, 4000, 0.0, 0.2)
    outcome = watched.outcome + 5 * watched.known[:, 1]
    with_known, without = (
        told(replace(watched, outcome=outcome, known=known)) for known in (watched.known, np.zeros((4000, 0)))
    )
    assert with_known.error < 0.8 * without.error


def test_visits_that_are_drawn_as_one_count_as_one() -> None:
    watched = draw(4, 2000, 0.0, 0.2)
    columns = {name: np.repeat(getattr(watched, name), 4, axis=0) for name in Watched.__dataclass_fields__}
    assert told(Watched(**columns)).error == pytest.approx(told(watched).error, rel=0.02)


@pytest.mark.parametrize("newer", [0.0, 1.0])
def test_without_two_arms_nothing_is_said(newer: float) -> None:
    watched = draw(5, 50, 0.0, 0.2)
    assert sequential.difference(replace(watched, newer=np.full(50, newer))) is None
