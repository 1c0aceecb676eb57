"""A floor is a belief: stairs and lifts are followed, and a fix that names a wrong floor is no visit to it."""

from __future__ import annotations

import numpy as np
import pytest

from streams.dwell.engine import Engine
from tests.streams.toy import PLANS, SILENCE_S, Ping, Visit, batch, only_visit, run

HERE, THERE = "shoes", "attic"
"""Departments one above the other, around (17, 3)."""
CADENCES = [1, 2, 5, 10, 30]


def upstairs(every: float, seconds: float, floors: dict[int, int] | None = None, stairs_s: float = 1e9) -> list[Ping]:
    """Somebody stands; from `stairs_s` on one floor above. `floors` are what single pings say instead."""
    count = round(seconds / every) + 1
    named = {i: int(i * every >= stairs_s) for i in range(count)} | (floors or {})
    return [Ping(1, i * every, 17, 3, 1.0, named[i]) for i in range(count)]


def elsewhere(visit: Visit) -> tuple[float, float]:
    """Live and re-smoothed seconds on the other floor."""
    zone = visit.zones.get(THERE)
    return (zone.live_s, zone.dwell_s) if zone else (0.0, 0.0)


@pytest.mark.parametrize("floor", [1, -3, 32767])
@pytest.mark.parametrize("every", [*CADENCES, 60])
def test_a_fix_that_names_a_wrong_floor_is_no_visit_to_it(every: int, floor: int) -> None:
    middle = round(300 / every)
    visit = only_visit(upstairs(every, 600, {middle: floor}))
    right = only_visit(upstairs(every, 600))
    assert elsewhere(visit) == (0, pytest.approx(0, abs=0.02 * every))
    assert visit.zones[HERE].live_s == right.zones[HERE].live_s
    assert visit.zones[HERE].dwell_s == pytest.approx(right.zones[HERE].dwell_s, abs=max(0.1, 0.25 * every))


@pytest.mark.parametrize("every", [0.5, 1, 2])
def test_neither_are_two_in_a_row_within_seconds(every: float) -> None:
    middle = round(300 / every)
    assert elsewhere(only_visit(upstairs(every, 600, {middle: 1, middle + 1: 1}))) == (0, pytest.approx(0, abs=0.1))


@pytest.mark.parametrize("every", [5, 10, 30])
def test_two_in_a_row_count_for_no_longer_than_they_are_said(every: int) -> None:
    middle = round(300 / every)
    live_s, dwell_s = elsewhere(only_visit(upstairs(every, 600, {middle: 1, middle + 1: 1})))
    assert live_s <= every
    assert dwell_s <= 1.25 * every


@pytest.mark.parametrize(("share", "most"), [(0.02, 0.002), (0.05, 0.015), (0.1, 0.02)])
@pytest.mark.parametrize("every", [*CADENCES, 60])
def test_a_share_of_wrong_floors_at_random_takes_next_to_no_seconds(every: int, share: float, most: float) -> None:
    """`most` is of the time; two pings in a row are wrong in a hundredth of it where a tenth of the pings are."""
    seconds = np.zeros(2)
    for seed in range(6):
        wrong = np.flatnonzero(np.random.default_rng(seed).random(round(1800 / every)) < share) + 1
        seconds += elsewhere(only_visit(upstairs(every, 1800, dict.fromkeys(wrong.tolist(), 1))))
    assert (seconds / (6 * 1800)).tolist() == [pytest.approx(0, abs=most)] * 2


@pytest.mark.parametrize("every", CADENCES)
def test_stairs_are_followed_in_ten_seconds_or_with_the_second_ping(every: int) -> None:
    done = run(upstairs(every, 600, stairs_s=300))
    answers = [done.settled[i].department for i in range(len(done.settled))]
    first = 300 // every
    assert answers[:first] == [HERE] * first
    followed = answers.index(THERE)
    assert (followed - first) * every <= max(10, every)
    assert answers[followed:] == [THERE] * (len(answers) - followed)
    live_s, dwell_s = elsewhere(done.visits[0])
    assert live_s == pytest.approx(300, abs=max(10, 1.5 * every))
    assert dwell_s == pytest.approx(300, abs=max(2, 0.5 * every))


@pytest.mark.parametrize("every", [1, 2, 5])
def test_a_short_stay_on_another_floor_has_its_seconds(every: int) -> None:
    named = dict.fromkeys(range(round(200 / every), round(260 / every)), 1)
    live_s, dwell_s = elsewhere(only_visit(upstairs(every, 600, named)))
    assert live_s == pytest.approx(60, abs=8)
    assert dwell_s == pytest.approx(60, abs=3)


def test_a_lift_through_a_floor_is_no_stay_on_it() -> None:
    """From the attic, one floor that the plan does not know is passed on the way to the shoes."""
    pings = upstairs(2, 600, {**dict.fromkeys(range(150), 1), 150: 7})
    visit = only_visit(pings)
    assert elsewhere(visit) == (pytest.approx(300, abs=10), pytest.approx(300, abs=5))
    assert visit.zones[HERE].dwell_s == pytest.approx(300, abs=5)


def test_a_visit_whose_first_ping_names_a_wrong_floor_is_soon_right() -> None:
    done = run(upstairs(2, 600, {0: 1}))
    assert [done.settled[i].department for i in range(6, 301)] == [HERE] * 295
    live_s, dwell_s = elsewhere(done.visits[0])
    assert live_s <= 10
    assert dwell_s <= 3


@pytest.mark.parametrize("every", [2, 10])
def test_the_board_shows_the_floor_that_is_believed(every: int) -> None:
    engine = Engine(PLANS, SILENCE_S)
    shown = []
    for ping in upstairs(every, 300, {3: 1}, stairs_s=150):
        engine.push(batch([ping]))
        shown.append(int(engine.live(engine.slots()).floor[0]))
    stairs = 150 // every
    assert shown[:stairs] == [0] * stairs
    assert shown[stairs + 10 // every :] == [1] * (len(shown) - stairs - 10 // every)
