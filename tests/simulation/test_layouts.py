"""Every layout is a plan that the system takes, in which people walk as people can."""

from __future__ import annotations

import json
from collections import Counter
from itertools import combinations, pairwise

import numpy as np
import pytest
import shapely
from shapely.geometry import Polygon, shape

from models import floorplan
from models.errors import InputError
from models.floorplan import FloorPlan
from simulation import layouts
from simulation.crowd import Crowd
from simulation.day import Day
from simulation.layout import Frame, Rect, Size
from simulation.layouts.ways import Ways
from simulation.store import Store
from tests.simulation.conftest import START_MS


@pytest.fixture(scope="module", params=sorted(layouts.BUILDERS))
def filled(request: pytest.FixtureRequest) -> Day:
    """A day in each of the stores, with all kinds of people."""
    crowd = Crowd(grouped=0.4, staff=3, things=3)
    return Day(Store.build(2, "S2", layout=request.param), 5, START_MS, 1200, 30, crowd=crowd)


@pytest.fixture(scope="module")
def plan(filled: Day) -> FloorPlan:
    return floorplan.parse(json.dumps(filled.store.plan_geojson).encode())


def solid(day: Day, floor: int) -> Polygon:
    features = [f for f in day.store.plan_geojson["features"] if f["properties"]["kind"] == "obstacle"]
    return shapely.union_all([shape(f["geometry"]) for f in features if f["properties"]["floor"] == floor])


def test_zones_fit_and_do_not_overlap(filled: Day, plan: FloorPlan) -> None:
    for kind in ("department", "display", "checkout"):
        assert len(plan.of_kind(kind)) >= 4
        for one, other in combinations(plan.of_kind(kind), 2):
            assert one.floor != other.floor or one.shape.intersection(other.shape).area < 1e-6, (one.id, other.id)
    for display in plan.of_kind("display"):
        home = plan.zone(display.department or "")
        assert home is not None
        assert home.shape.buffer(1e-6).covers(display.shape)
        assert display.shape.intersection(solid(filled, display.floor)).area < 1e-6


def test_nobody_stands_in_an_obstacle(filled: Day) -> None:
    for floor in range(filled.store.layout.floors):
        blocked = solid(filled, floor)
        for path in filled.paths:
            at = path.at(np.arange(path.enters_s, path.leaves_s, 0.2))
            here = at.floor == floor
            assert not shapely.contains_xy(blocked, at.x_m[here], at.y_m[here]).any()


def test_everybody_shops_leaves_and_does_so_at_human_speed(filled: Day) -> None:
    layout = filled.store.layout
    assert {int(floor) for shopper in filled.shoppers for floor in shopper.path.floor} == set(range(layout.floors))
    for shopper in filled.shoppers:
        path = shopper.path
        assert abs(path.x_m[-1] - layout.entrance.x_m) < 2
        assert path.y_m[-1] < 1
        speed = np.hypot(np.diff(path.x_m), np.diff(path.y_m)) / np.diff(path.t_s)
        assert speed.max() <= 1.2 + 1e-9
    ids = filled.places(filled.pings.device, filled.pings.true_ms)
    assert {zone.id for zone in layout.displays} & set(ids.display)
    assert 0.02 < np.mean([one is None for one in ids.department]) < 0.7


def test_a_turned_plan_is_the_same_store(filled: Day, plan: FloorPlan) -> None:
    """Pings, places and truth agree in the plan's frame whatever that is."""
    pings, layout = filled.pings, filled.store.layout
    true = filled.places(pings.device, pings.true_ms)
    assert np.median(np.hypot(pings.x_m - true.x_m, pings.y_m - true.y_m)) < 3
    for zone in plan.of_kind("display")[:8]:
        inside = shapely.contains_xy(zone.shape, true.x_m, true.y_m) & (true.floor == zone.floor)
        assert set(true.display[inside]) <= {zone.id}
    lefts = np.array([zone.shape.bounds[0] for zone in plan.of_kind("department")])
    assert (lefts.min() > 90) == (layout.frame != Frame())


def test_truth_of_all_adds_up_to_their_presence(filled: Day) -> None:
    """What the paths' geometry says of each zone, and what asking for places says, 5 times a second."""
    step_s, stated = 0.2, {(row["device_id"], row["zone_id"]): row["dwell_s"] for row in filled.truth()}
    for number, (device, path) in enumerate(zip(filled.devices, filled.paths, strict=True)):
        ts_ms = START_MS + np.arange(path.enters_s * 1000, path.leaves_s * 1000, step_s * 1000).astype(np.int64)
        at = filled.places(np.full(len(ts_ms), number), ts_ms)
        for zones in (at.department, at.display):
            counted = Counter(zone for zone in zones if zone)
            for zone, times in counted.items():
                assert stated[device, zone] == pytest.approx(times * step_s, abs=2 + 0.02 * times * step_s)
        inside_s = sum(stated.get((device, zone.id), 0.0) for zone in filled.store.layout.of_departments[::7])
        assert inside_s <= path.leaves_s - path.enters_s + 1e-6


def test_aisles_of_the_supermarket_are_narrow_and_long() -> None:
    layout = layouts.build("supermarket", Size())
    assert (round(layout.width_m), round(layout.depth_m)) == (60, 40)
    shelves = sorted(z.area.x0 for z in layout.obstacles if "shelf" in z.id and z.id.endswith("-0"))
    assert min(b - a for a, b in pairwise(sorted(set(shelves)))) < 4
    assert all(zone.area.x1 - zone.area.x0 < 1.3 < zone.area.y1 - zone.area.y0 for zone in layout.displays)


def test_the_diy_store_has_stairs_and_a_lift_and_both_are_used() -> None:
    store = Store.build(3, layout="diy")
    day = Day(store, 1, START_MS, 1800, 60)
    changes = [
        (round(path.x_m[i]), path.y_m[i] == path.y_m[i + 1])
        for path in day.paths
        for i in np.flatnonzero(np.diff(path.floor))
    ]
    assert {still for _, still in changes} == {True, False}
    assert len({x for x, _ in changes}) == 2


def test_the_way_round_a_wall_is_the_shortest() -> None:
    ways = Ways.of([Rect(10, 0, 11, 16)], 20, 20)
    around = ways.way((5, 5), (15, 5))
    assert around == [(9.4, 16.6), (11.6, 16.6)]
    assert ways.way((5, 5), (5, 15)) == []
    assert ways.way((5, 17), (15, 17)) == []
    moved = ways.way((5, 5), (15, 5), aside_m=-9)
    assert moved == [(9.15, 16.35), (11.35, 16.35)]


def test_a_size_that_a_layout_cannot_have_is_named() -> None:
    with pytest.raises(InputError, match="supermarket is 1"):
        layouts.build("supermarket", Size(floors=2))
    with pytest.raises(InputError, match="at most 24"):
        layouts.build("diy", Size(departments=25, floors=2))


@pytest.mark.parametrize("name", ["supermarket", "diy", "open"])
@pytest.mark.parametrize("departments", [1, 5, 24])
def test_layouts_of_any_size_are_plans(name: str, departments: int) -> None:
    size = Size(departments, floors=layouts.SIZES[name].floors)
    store = Store.build(1, size=size, layout=name)
    parsed = floorplan.parse(json.dumps(store.plan_geojson).encode())
    assert len(parsed.of_kind("department")) == departments
    assert len(parsed.of_kind("display")) == 6 * departments
    assert len(parsed.of_kind("checkout")) >= 1
