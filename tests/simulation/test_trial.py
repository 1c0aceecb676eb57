"""The trial world: the same seed is the same day, the truth is what playing gives on average, and policies differ."""

from __future__ import annotations

import numpy as np
import pytest

from simulation.trial.informed import Informed, best
from simulation.trial.reaction import Prompts
from simulation.trial.world import Day, World


@pytest.fixture(scope="module")
def day() -> Day:
    return World(3).day(0)


def _near(day: Day, seed: int) -> Prompts:
    """A random product of each moment's department."""
    rng = np.random.default_rng(seed)
    return Prompts.of(np.array([rng.choice(day.near(row)) for row in range(len(day.moments))]), day.nature.coupon)


def _none(day: Day) -> Prompts:
    return Prompts.of(np.full(len(day.moments), -1), day.nature.coupon)


def test_the_same_seed_is_the_same_day(day: Day) -> None:
    again = World(3).day(0)
    prompts = _near(day, 1)
    assert np.array_equal(again.moments.live_s, day.moments.live_s)
    one, two = day.play(prompts), again.play(prompts)
    assert np.array_equal(one.product, two.product)
    assert np.array_equal(one.answers, two.answers)


def test_a_visit_without_prompts_buys_what_it_would_have_bought(day: Day) -> None:
    prompts = _near(day, 1)
    half = prompts.moment < len(day.moments) // 2
    cut = day.moments.visit[len(day.moments) // 2] + 1
    fewer = Prompts(prompts.moment[half], prompts.product[half], prompts.coupon[half])
    ours, none = day.play(fewer), day.play(_none(day))
    assert np.array_equal(ours.product[ours.visit > cut], none.product[none.visit > cut])
    assert np.abs(day.reaction.additional(fewer)[cut + 1 :]).max() < 1e-9


def test_what_playing_gives_is_the_truth_on_average() -> None:
    world, gained, truth = World(3), [], []
    for number in range(20):
        day = world.day(number)
        prompts = _near(day, number)
        gained.append(day.play(prompts).margin(day.nature) - day.play(_none(day)).margin(day.nature))
        truth.append(float(day.reaction.additional(prompts).sum()))
    error = np.subtract(gained, truth)
    assert abs(error.mean()) < 3 * error.std(ddof=1) / np.sqrt(len(error))


def test_prompts_of_a_null_world_change_nothing() -> None:
    day = World(3, null=True).day(0)
    assert np.abs(day.reaction.additional(_near(day, 1))).max() < 1e-9
    assert np.array_equal(day.play(_near(day, 1)).product, day.play(_none(day)).product)


def test_who_knows_the_effects_gains_and_who_prompts_what_sells_does_not(day: Day) -> None:
    informed = Informed(World(3)).values(day, np.zeros(len(day.moments), np.int64))
    sold = np.broadcast_to(day.reaction.unprompted.sum(axis=0), informed.shape)
    value = [day.reaction.additional(Prompts.of(best(one, day), day.nature.coupon)).mean() for one in (informed, sold)]
    assert value[0] > 0.1
    assert value[1] < 0.3 * value[0]


def test_a_drift_changes_products_layout_and_demand() -> None:
    world = World(3, drift=5)
    before, after = world.day(4).nature, world.day(5).nature
    assert 0.1 < (before.sku != after.sku).mean() < 0.3
    assert (before.place != after.place).any()
    assert 0.1 < (before.demand != after.demand).any(axis=0).mean() < 0.6
