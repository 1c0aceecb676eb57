"""Floor plans as people draw them: what is accepted, what is refused and how, and where zones lie."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

from models import floorplan
from models.errors import PlanError
from models.floorplan import CELL_M, FloorPlan, Frame

Json = dict[str, Any]


def ring(*corners: tuple[float, float]) -> list[list[float]]:
    return [[x, y] for x, y in (*corners, corners[0])]


def square(left: float, low: float, side: float) -> list[list[float]]:
    return ring((left, low), (left + side, low), (left + side, low + side), (left, low + side))


def feature(name: Any, kind: str, *rings: Any, geometry: Json | None = None, **more: Any) -> Json:
    drawn = geometry or {"type": "Polygon", "coordinates": list(rings)}
    return {"type": "Feature", "properties": {"id": name, "kind": kind, **more}, "geometry": drawn}


def plan(*features: Any, **head: Any) -> FloorPlan:
    about = {"store": "S1", "units": "m", "timezone": "UTC", **head}
    content = {"type": "FeatureCollection", "aislewise": about, "features": list(features)}
    return floorplan.parse(json.dumps(content).encode(), "S1.geojson")


def zone_at(drawn: FloorPlan, x: float, y: float, floor: int = 0) -> tuple[str | None, str | None]:
    """Department and display by the raster."""
    raster = drawn.raster()
    level = raster.floors.tolist().index(floor)
    row, column = (int((value - low) // CELL_M) for value, low in ((y, raster.corner[1]), (x, raster.corner[0])))
    found = (int(grid[level, row, column]) for grid in (raster.department, raster.display))
    department, display = (None if index < 0 else drawn.zones[index].id for index in found)
    return department, display


def test_the_raster_covers_each_zones_area_wherever_the_origin_is() -> None:
    drawn = plan(feature("a", "department", square(-1003.1, 5007.3, 10)), feature("b", "department", square(0, 0, 1)))
    assert drawn.corner == (-1003.1, 0.0)
    raster = drawn.raster()
    for index, area in ((0, 100), (1, 1)):
        assert (raster.department == index).sum() * CELL_M**2 == pytest.approx(area, rel=0.05)


def test_holes_rotated_polygons_and_gaps() -> None:
    turned = ring((20, 0), (25, 5), (20, 10), (15, 5))
    drawn = plan(
        feature("ring", "department", square(0, 0, 12), square(4, 4, 4)), feature("turned", "department", turned)
    )
    assert [zone_at(drawn, *at)[0] for at in ((1, 1), (6, 6), (20, 5), (16, 1), (13.5, 5))] == [
        "ring",
        None,
        "turned",
        None,
        None,
    ]


def test_a_zone_may_have_several_parts() -> None:
    parts = {"type": "MultiPolygon", "coordinates": [[square(0, 0, 4)], [square(10, 0, 4)]]}
    drawn = plan(feature("both", "department", geometry=parts))
    assert [zone_at(drawn, x, 2)[0] for x in (2, 7, 12)] == ["both", None, "both"]


def test_a_display_counts_for_its_department_and_covers_what_it_stands_on() -> None:
    drawn = plan(
        feature("shoes", "department", square(0, 0, 10)),
        feature("large", "display", square(2, 2, 6)),
        feature("small", "display", square(4, 4, 2)),
        feature("alone", "display", square(20, 0, 4)),
        feature("told", "display", square(30, 0, 4), department="shoes"),
    )
    assert zone_at(drawn, 1, 1) == ("shoes", None)
    assert zone_at(drawn, 3, 3) == ("shoes", "large")
    assert zone_at(drawn, 5, 5) == ("shoes", "small")
    assert zone_at(drawn, 22, 2) == (None, "alone")
    assert zone_at(drawn, 32, 2) == ("shoes", "told")


def test_checkout_entrance_and_staff_are_in_no_department() -> None:
    places = [feature(kind, kind, square(4 * i, 0, 3)) for i, kind in enumerate(("checkout", "entrance", "staff"))]
    drawn = plan(feature("all", "department", square(0, 0, 12)), *places)
    assert [zone_at(drawn, x, 1)[0] for x in (1, 5, 9, 3.5)] == [None, None, None, "all"]


def test_floors_are_apart_and_0_where_none_is_said() -> None:
    drawn = plan(
        feature("up", "department", square(0, 0, 4), floor=2),
        feature("down", "department", square(0, 0, 4), floor=-1),
        feature("here", "department", square(0, 0, 4)),
    )
    assert [zone_at(drawn, 2, 2, floor)[0] for floor in (-1, 0, 2)] == ["down", "here", "up"]


def test_departments_may_touch() -> None:
    drawn = plan(feature("a", "department", square(0, 0, 4)), feature("b", "department", square(4, 0, 4)))
    assert len(drawn.zones) == 2


def test_departments_that_overlap_are_refused_by_both_names() -> None:
    with pytest.raises(PlanError, match=r"S1\.geojson: departments 'a' and 'b' overlap by 4\.00 m²"):
        plan(feature("a", "department", square(0, 0, 4)), feature("b", "department", square(2, 2, 4)))


def test_what_a_plan_holds_besides_is_kept_and_ignored() -> None:
    lamp = feature("lamp", "lamp", square(-7.5, 2, 400))
    point = {"type": "Feature", "properties": {"id": "p", "kind": "display"}, "geometry": {"type": "Point"}}
    drawn = plan(feature("a", "department", square(0, 0, 4)), lamp, point, None, {"type": "Feature"})
    assert [zone.id for zone in drawn.zones] == ["a"]
    assert drawn.features["features"][1] == lamp
    assert drawn.corner == (-7.5, 0), "the least over all features: positions travel relative to it"
    assert drawn.raster().corner == (0, 0)
    assert zone_at(drawn, 2, 2) == ("a", None)


def test_the_version_is_eight_hex_of_the_file() -> None:
    one, other = (plan(feature("a", "department", square(0, 0, side))) for side in (4, 5))
    assert (len(one.version), one.version != other.version) == (8, True)
    assert one.version == plan(feature("a", "department", square(0, 0, 4))).version


GOOD = feature("a", "department", square(0, 0, 4))


@pytest.mark.parametrize(
    ("features", "head", "said"),
    [
        ([], {}, "field features: no polygon of a known kind"),
        ([GOOD, GOOD], {}, "row 1, field id: the id 'a' stands twice"),
        ([feature(7, "department", square(0, 0, 4))], {}, "row 0, field id: a zone needs an id"),
        ([feature("a", "department", square(0, 0, 4), floor=1.5)], {}, "field floor: zone 'a': 1.5 is no floor"),
        ([feature("a", "display", square(0, 0, 4), categories="x")], {}, "field categories: zone 'a'"),
        ([feature("a", "department", ring((0, 0), (4, 4), (4, 0), (0, 4)))], {}, "'a' is not a simple polygon"),
        ([feature("a", "department", [[0, 0], [1, 1]])], {}, "row 0, field geometry: zone 'a'"),
        ([feature("a", "department", ring((0, 0), (math.inf, 0), (1, 1)))], {}, "not JSON: Infinity is no number"),
        ([feature("a", "department", "no rings")], {}, "row 0, field geometry: zone 'a'"),
        ([feature("x", "display", square(0, 0, 4), department="none")], {}, "unknown department 'none'"),
        ([GOOD, feature("b", "department", square(1e6, 1e6, 4))], {}, "spans 1000004 × 1000004 m (are these metres?)"),
        ([GOOD, feature("b", "department", square(1e300, 0, 4e299))], {}, "(are these metres?)"),
        ([GOOD], {"store": "a/b"}, "field aislewise.store: 'a/b' is no store id"),
        ([GOOD], {"store": None}, "field aislewise.store: None"),
        ([GOOD], {"units": "ft"}, "field aislewise.units: 'ft' is not 'm'"),
        ([GOOD], {"timezone": "Mars/Olympus"}, "field aislewise.timezone: 'Mars/Olympus' is no IANA time zone"),
        ([GOOD], {"timezone": "../etc/passwd"}, "field aislewise.timezone"),
        ([GOOD], {"frame": {"lon": 1}}, "field aislewise.frame: needs numbers"),
        ([GOOD], {"frame": {"lon": 1, "lat": 95}}, "field aislewise.frame: is not on Earth"),
        ([GOOD], {"frame": [1, 2]}, "field aislewise.frame: needs numbers"),
    ],
)
def test_a_plan_that_cannot_be_used_says_why(features: list[Any], head: Json, said: str) -> None:
    with pytest.raises(PlanError) as refused:
        plan(*features, **head)
    assert said in str(refused.value)
    assert str(refused.value).startswith("S1.geojson")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b'{"type":"FeatureCollection"}',
        b'{"type":"FeatureCollection","aislewise":{}}',
        b"\xff",
        b"[" * 100_000,
    ],
)
def test_what_is_no_plan_at_all_is_refused(data: bytes) -> None:
    with pytest.raises(PlanError):
        floorplan.parse(data)


@pytest.mark.parametrize("rotation", [0.0, 30.0, -123.4])
@pytest.mark.parametrize(("lon", "lat"), [(-0.1278, 51.5074), (151.2, -33.9), (0.0, 0.0), (20.0, 70.0)])
def test_degrees_and_metres_round_trip_to_a_centimetre(lon: float, lat: float, rotation: float) -> None:
    frame = Frame(lon, lat, rotation)
    x, y = np.meshgrid(np.linspace(-500, 500, 11), np.linspace(-500, 500, 11))
    back = frame.to_metres(*frame.to_wgs84(x, y))
    np.testing.assert_allclose(back, (x, y), atol=0.01)


def test_degrees_to_metres_at_known_points() -> None:
    """A degree of the WGS84 ellipsoid at 45° N is 111,132 m along the meridian and 78,847 m along the parallel."""
    frame = Frame(8.0, 45.0)
    assert frame.to_metres(8.001, 45.0) == pytest.approx((78.847, 0), abs=0.005)
    assert frame.to_metres(8.0, 45.001) == pytest.approx((0, 111.132), abs=0.005)
    # x turned to north: what lies north is ahead, what lies east is to the right
    turned = Frame(8.0, 45.0, 90.0)
    assert turned.to_metres(8.0, 45.001) == pytest.approx((111.132, 0), abs=0.005)
    assert turned.to_metres(8.001, 45.0) == pytest.approx((0, -78.847), abs=0.005)


def test_cells_near_a_kind_are_those_within_metres_of_its_zones() -> None:
    room, everything = feature("room", "staff", square(10, 10, 3)), feature("all", "department", square(0, 0, 20))
    known = plan(room, everything)
    inside, around = known.cells_near("staff"), known.cells_near("staff", 1.0)
    assert inside.shape == known.raster().department.shape
    assert inside.sum() * CELL_M**2 == pytest.approx(9, rel=0.05)
    assert around.sum() * CELL_M**2 == pytest.approx(9 + 12 + math.pi, rel=0.05)
    assert not known.cells_near("checkout").any()
