"""A visit's coarse trail: places on a grid of event time, whatever the cadence, and the sums over them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from streams.dwell.trail import BLOCK_MS, DOOR, HAS_DOOR, NO_PLACE, PLACES, QUARTERS, quarters
from tests.streams.toy import T0, Ping, Run, standing

OFFICE, TILL, DOORWAY = (37, 17), (35, 3), (2, 2)


def trail(pings: list[Ping]) -> Any:
    return Run().push(pings).engine.phone(0)["trail"]


def place(trail: Any, at: float) -> tuple[float, float] | None:
    """Metres of the middle of the place at these seconds after T0."""
    number = (T0 + round(at * 1000)) // BLOCK_MS % PLACES
    if trail["x"][number] == NO_PLACE:
        return None
    x, y = (float(trail[axis][number]) for axis in ("x", "y"))
    return (x + 0.5) / QUARTERS, (y + 0.5) / QUARTERS


def walking(every: float, stop: float = 200.0) -> list[Ping]:
    """Along x at .1 m/s from x = 2."""
    return [Ping(1, at, 2 + 0.1 * at, 10) for at in np.arange(0, stop, every).tolist()]


@pytest.mark.parametrize("every", [1.0, 2.0, 7.0, 20.0, 60.0])
def test_a_place_is_the_mean_of_the_way_at_any_cadence(every: float) -> None:
    assert T0 % BLOCK_MS == 0
    seen = trail(walking(every))
    assert place(seen, 50) == pytest.approx((7.0, 10.0), abs=0.6)
    assert place(seen, 110) == pytest.approx((13.0, 10.0), abs=0.6)


def test_nobody_knows_where_a_phone_was_in_a_long_silence() -> None:
    seen = trail([*standing(5, 5, 0, 100), *standing(30, 10, 200, 300)])
    assert place(seen, 90) == pytest.approx((5, 5), abs=0.2)
    assert [place(seen, at) for at in (110, 150, 190)] == [None] * 3
    assert place(seen, 250) == pytest.approx((30, 10), abs=1.0)


def test_another_floor_is_far_away() -> None:
    seen = trail([*standing(5, 5, 0, 100), *standing(5, 5, 101, 200, floor=1)])
    below, above = place(seen, 50), place(seen, 150)
    assert below
    assert above
    assert above[1] - below[1] == pytest.approx(1024, abs=0.5)
    assert int(seen["sums"]["moves"]) == 1


def test_places_far_from_the_origin_differ_exactly() -> None:
    assert quarters(quarters(4 * 500_010) - quarters(4 * 500_000)) == 40
    assert quarters(quarters(-4 * 3) - quarters(4 * 8_100)) == -4 * 8_103


def test_noise_is_no_move_and_a_way_is() -> None:
    rng = np.random.default_rng(1)
    still = [
        ping._replace(x=10 + rng.normal(0, 2), y=10 + rng.normal(0, 2), sigma=2.0) for ping in standing(0, 0, 0, 3600)
    ]
    assert int(trail(still)["sums"]["moves"]) <= 2
    assert int(trail(walking(2.0))["sums"]["moves"]) == 4


def test_zones_that_are_not_for_customers_are_counted_and_the_door_is_remembered() -> None:
    sums = trail([*standing(*DOORWAY, 0, 60), *standing(*OFFICE, 61, 260), *standing(*TILL, 261, 361)])["sums"]
    assert int(sums["staff"]) == pytest.approx(10, abs=2)
    assert int(sums["till"]) == pytest.approx(5, abs=2)
    assert int(sums["began"]) == DOOR | HAS_DOOR
    assert int(trail(standing(*OFFICE, 0, 60))["sums"]["began"]) & DOOR == 0


def test_a_new_visit_begins_a_new_trail() -> None:
    seen = trail([*standing(*OFFICE, 0, 200), *standing(10, 10, 600, 800)])
    assert int(seen["sums"]["staff"]) == 0
    assert place(seen, 100) is None
