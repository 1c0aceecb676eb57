"""The plan is one that the system takes, and people walk in it as people can."""

from __future__ import annotations

import json
from itertools import combinations

import numpy as np
import pytest
import shapely
from shapely.geometry import shape

from models import floorplan
from models.errors import InputError
from models.floorplan import FloorPlan
from simulation.day import Day
from simulation.layout import Size
from simulation.store import Store

SIZES = [Size(), Size(1, 1, 1), Size(departments=27, displays=4, floors=3), Size(departments=40)]


def parsed(store: Store) -> FloorPlan:
    return floorplan.parse(json.dumps(store.plan_geojson).encode())


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_plan_of_any_size_parses_and_has_what_it_should(size: Size) -> None:
    plan = parsed(Store.build(1, "S9", "Europe/Madrid", size))
    assert (plan.store, plan.timezone.key, plan.frame) == ("S9", "Europe/Madrid", None)
    assert len(plan.of_kind("department")) == size.departments
    assert len(plan.of_kind("display")) == size.departments * size.displays
    assert {zone.floor for zone in plan.zones} == set(range(size.floors))
    assert len(plan.of_kind("entrance")) == len(plan.of_kind("staff")) == 1
    assert len(plan.of_kind("checkout")) >= 2


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_departments_and_displays_do_not_overlap(size: Size) -> None:
    plan = parsed(Store.build(1, size=size))
    for kind in ("department", "display"):
        for one, other in combinations(plan.of_kind(kind), 2):
            assert one.floor != other.floor or one.shape.intersection(other.shape).area == 0, (one.id, other.id)


def test_a_display_stands_in_its_department_and_has_room_for_people(store: Store) -> None:
    plan = parsed(store)
    for display in plan.of_kind("display"):
        home = plan.zone(display.department or "")
        assert home is not None
        assert home.floor == display.floor
        assert home.shape.covers(display.shape)
        left, low, right, high = display.shape.bounds
        assert right - left >= 3 - 1e-9
        assert high - low >= 2.5 - 1e-9
    blocked = shapely.union_all([zone.shape for zone in plan.of_kind("obstacle")])
    assert all(display.shape.intersection(blocked).area < 1e-9 for display in plan.of_kind("display"))


def test_every_product_has_its_display_and_department_in_the_plan(store: Store) -> None:
    plan = parsed(store)
    places = {(zone.department, category) for zone in plan.of_kind("display") for category in zone.categories}
    assert {(row["department"], row["category"]) for row in store.products} == places


def test_nobody_walks_through_shelves_or_walls(day: Day) -> None:
    features = [f for f in day.store.plan_geojson["features"] if f["properties"]["kind"] == "obstacle"]
    for floor in (0, 1):
        solid = shapely.union_all([shape(f["geometry"]) for f in features if f["properties"]["floor"] == floor])
        for shopper in day.shoppers:
            places = shopper.path.at(np.arange(shopper.path.enters_s, shopper.path.leaves_s, 0.1))
            here = places.floor == floor
            assert not shapely.contains_xy(solid, places.x_m[here], places.y_m[here]).any()


def test_a_size_out_of_range_is_named() -> None:
    with pytest.raises(InputError, match=r"field departments.*0 is not between 1 and 120"):
        Size(departments=0)
