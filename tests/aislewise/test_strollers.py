"""People who walk over a plan: from the door to displays, where they stand long enough, and away."""

from __future__ import annotations

import itertools
import json
import math
import random
from typing import Any

from shapely import Point

from aislewise.strollers import EVERY_SECONDS, SPEED_M_S, STAND_SECONDS, stroll
from models import floorplan
from models.floorplan import FloorPlan
from models.settings import Settings
from tests.contract.plan import plan, zone


def drawn(*features: dict[str, Any]) -> FloorPlan:
    return floorplan.parse(json.dumps(plan("S1", *features)).encode())


HALL = zone("hall", "department", (0, 0, 40, 20))
SHELVES = [zone(f"d{x}", "display", (x, 4, x + 2, 6)) for x in (2, 12, 22, 32)]


def test_they_walk_at_an_even_pace_and_stand_at_every_display() -> None:
    shop = drawn(HALL, *SHELVES, zone("door", "entrance", (18, -2, 22, 0)))
    spots = list(stroll(shop, random.Random(1)))
    steps = [math.dist(a[:2], b[:2]) for a, b in itertools.pairwise(spots)]
    assert max(steps) <= SPEED_M_S * EVERY_SECONDS + 1e-9
    for shelf in shop.of_kind("display"):
        stood = [spot for spot in spots if shelf.shape.contains_properly(Point(*spot[:2]))]
        assert len(stood) * EVERY_SECONDS >= STAND_SECONDS - EVERY_SECONDS
    assert math.dist(spots[0][:2], (20, -1)) <= SPEED_M_S * EVERY_SECONDS


def test_they_stand_at_a_display_twice_as_long_as_a_prompt_takes() -> None:
    assert 2 * Settings().prompt_after_seconds < STAND_SECONDS


def test_a_stroll_stays_on_one_floor_and_in_front_of_furniture() -> None:
    upper = zone("upper", "display", (4, 4, 8, 6), floor=1, faces="s")
    shop = drawn(zone("hall", "department", (0, 0, 40, 20), floor=1), upper)
    spots = list(stroll(shop, random.Random(1)))
    assert {floor for _, _, floor in spots} == {1}
    x, y, _ = spots[-1]
    assert 4 <= x <= 8
    assert 2.5 <= y <= 4


def test_where_there_is_no_display_nobody_comes() -> None:
    assert list(stroll(drawn(HALL), random.Random(1))) == []
