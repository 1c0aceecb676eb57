"""Displays that know from which side they are looked at: the floor in front of them, and not the furniture."""

from __future__ import annotations

import math
from typing import Any

import pytest

from models.errors import PlanError
from models.facing import VIEW_M, directions
from models.floorplan import FloorPlan
from tests.models.test_floorplan import feature, plan, ring, square, zone_at

HALL = feature("hall", "department", square(0, 0, 20))


def shelf(name: str, left: float, low: float, width: float, depth: float, **more: Any) -> dict[str, Any]:
    corners = ring((left, low), (left + width, low), (left + width, low + depth), (left, low + depth))
    return feature(name, more.pop("kind", "display"), corners, **more)


def area_m2(drawn: FloorPlan, name: str) -> float:
    zone = drawn.zone(name)
    assert zone is not None
    return float(drawn.area(zone).area)


@pytest.mark.parametrize(
    ("faces", "inside", "outside"),
    [
        ("n", [(10, 11.4), (8.1, 11.4)], [(10, 12.6), (10, 8.9), (7.5, 11)]),
        ("S", [(10, 8.9)], [(10, 11.4), (10, 7.4)]),
        (90, [(12.9, 10.5), (13.4, 10.1)], [(13.6, 10.5), (10, 11.4)]),
        (["e", 270.0], [(12.9, 10.5), (7.1, 10.5)], [(10, 11.4), (10, 8.9)]),
        (-45, [(8.1, 11.9), (7.1, 11.4)], [(12.5, 11.9), (10, 8.9)]),
        ([0, 90, 180, 270], [(10, 11.4), (12.9, 10.5), (10, 8.9), (7.1, 10.5)], [(13, 11.5)]),
    ],
)
def test_time_counts_in_front_of_a_display_and_not_in_it(faces: Any, inside: list[Any], outside: list[Any]) -> None:
    drawn = plan(HALL, shelf("shelf", 8, 10, 4, 1, faces=faces))
    assert [zone_at(drawn, *at) for at in inside] == [("hall", "shelf")] * len(inside)
    assert [zone_at(drawn, *at) for at in [*outside, (10, 10.5)]] == [("hall", None)] * (len(outside) + 1)


def test_without_a_side_it_is_the_polygon_itself() -> None:
    for more in ({}, {"faces": None}):
        drawn = plan(HALL, shelf("shelf", 8, 10, 4, 1, **more))
        assert zone_at(drawn, 10, 10.5) == ("hall", "shelf")
        assert zone_at(drawn, 10, 11.4) == ("hall", None)
        assert area_m2(drawn, "shelf") == 4


def test_the_strip_is_as_deep_whatever_the_outline() -> None:
    turned = feature("turned", "display", ring((5, 5), (7, 7), (6, 8), (4, 6)), faces=135)
    corners = ((10, 10), (16, 10), (16, 11), (14, 11), (14, 10.5), (12, 10.5), (12, 11), (10, 11))
    hollow = feature("hollow", "display", ring(*corners), faces="n")
    drawn = plan(HALL, turned, hollow)
    assert area_m2(drawn, "turned") == pytest.approx(math.sqrt(8) * VIEW_M)
    assert area_m2(drawn, "hollow") == pytest.approx(6 * VIEW_M)


def test_what_stands_in_front_hides_what_is_behind_it() -> None:
    """A wall and another display; what is behind the display or beside it hides nothing."""
    drawn = plan(
        HALL,
        shelf("shelf", 4, 10, 6, 1, faces="n"),
        shelf("wall", 4, 11.5, 2, 0.1, kind="obstacle"),
        shelf("back", 4, 9.5, 6, 0.5, kind="obstacle"),
        shelf("table", 8, 12, 2, 2),
    )
    assert area_m2(drawn, "shelf") == pytest.approx(2 * 0.5 + 2 * VIEW_M + 2 * 1.0)
    places = ((5, 11.3), (5, 11.9), (7, 12.4), (9, 11.9), (9, 12.4))
    assert [zone_at(drawn, *at)[1] for at in places] == ["shelf", None, "shelf", "shelf", "table"]


def test_a_part_of_a_long_shelf_is_seen_in_front_of_the_shelf() -> None:
    drawn = plan(HALL, shelf("long", 2, 10, 12, 1, kind="obstacle"), shelf("part", 4, 10.2, 2, 0.5, faces=["n", "s"]))
    assert area_m2(drawn, "part") == pytest.approx(2 * (VIEW_M - 0.3) + 2 * (VIEW_M - 0.2))


def test_in_a_narrow_aisle_the_nearer_display_is_looked_at() -> None:
    drawn = plan(HALL, shelf("low", 4, 8, 6, 1, faces="n"), shelf("high", 4, 11, 6, 1, faces="s"))
    assert [zone_at(drawn, 7, y)[1] for y in (9.1, 9.9, 10.1, 10.9)] == ["low", "low", "high", "high"]


def test_floors_are_apart_and_other_kinds_face_nowhere() -> None:
    drawn = plan(
        HALL,
        feature("above", "department", square(0, 0, 20), floor=1, faces="nonsense"),
        shelf("shelf", 8, 10, 4, 1, faces="n"),
        shelf("wall", 8, 11.1, 4, 1, kind="obstacle", floor=1),
    )
    assert zone_at(drawn, 10, 11.4) == ("hall", "shelf")
    assert zone_at(drawn, 10, 11.4, floor=1) == ("above", None)


@pytest.mark.parametrize("faces", ["north", "", True, {}, ["n", None], [], 361, [[0]]])
def test_what_is_no_side_is_refused(faces: Any) -> None:
    with pytest.raises(PlanError, match=r"S1\.geojson, row 1, field faces: display 'shelf': faces .*e\.g\. \"n\", 45"):
        plan(HALL, shelf("shelf", 8, 10, 4, 1, faces=faces))


@pytest.mark.parametrize("at", [(8, 19), (8, 9)])
def test_a_display_without_floor_in_front_is_refused(at: tuple[float, float]) -> None:
    """At the plan's edge, or behind a wall."""
    wall = shelf("wall", 7, 10, 6, 1, kind="obstacle")
    with pytest.raises(PlanError, match="field faces: display 'shelf' faces 0°, where there is no floor"):
        plan(HALL, wall, shelf("shelf", *at, 4, 1, faces="n"))


def test_sides_are_degrees_clockwise_from_up() -> None:
    assert directions(["n", "E", "s", "w", 360, -90]) == (0, 90, 180, 270)
