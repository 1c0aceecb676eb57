"""Other people's drawings become plans: degrees or metres, their words for kinds, slivers, floors; or say why not."""

from __future__ import annotations

import json
from typing import Any

import pytest
import shapely
from shapely.geometry import shape

from models import floorplan
from models.drawn_kinds import Kinds
from models.errors import InputError, PlanError
from models.floorplan import Frame
from models.plan_import import Drawing, Reading, plan_of
from tests.contract import mall
from tests.parts.needs import real_data

BERLIN = Frame(13.4, 52.5, 0.0)
SQUARE = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0), (0.0, 0.0)]


def feature(corners: list[tuple[float, float]] = SQUARE, dx: float = 0.0, **properties: Any) -> dict[str, Any]:
    ring = [(x + dx, y) for x, y in corners]
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def in_degrees(given: dict[str, Any], frame: Frame = BERLIN) -> dict[str, Any]:
    ring = [frame.to_wgs84(x, y) for x, y in given["geometry"]["coordinates"][0]]
    return {**given, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def drawing(*features: Any, **members: Any) -> Drawing:
    return Drawing({"type": "FeatureCollection", "features": list(features), **members}, None, "their.geojson")


def imported(*features: Any, kinds: str = "", **how: Any) -> list[dict[str, Any]]:
    """The features of the plan."""
    reading = Reading("S1", "Europe/Berlin", Kinds.parse(kinds), **how)
    found: list[dict[str, Any]] = plan_of([drawing(*features)], reading).plan["features"]
    return found


def kinds_of(features: list[dict[str, Any]]) -> list[str]:
    return [one["properties"]["kind"] for one in features]


def test_degrees_become_metres_from_the_lower_left_and_the_frame_leads_back() -> None:
    far = [feature(id="a", name="A"), feature(dx=10.0, id="b")]
    plan = plan_of([drawing(*map(in_degrees, far))], Reading("S1", "Europe/Berlin")).plan
    parsed = floorplan.parse(json.dumps(plan).encode())
    assert parsed.frame
    assert (parsed.frame.lon, parsed.frame.lat) == pytest.approx((13.4, 52.5))
    assert [zone.shape.bounds for zone in parsed.zones] == [
        pytest.approx((0, 0, 10, 10), abs=0.001),
        pytest.approx((10, 0, 20, 10), abs=0.001),
    ]
    assert parsed.frame.to_wgs84(20, 10) == pytest.approx(BERLIN.to_wgs84(20, 10), abs=1e-8)


def test_with_a_frame_degrees_become_that_frames_metres() -> None:
    (one,) = imported(in_degrees(feature()), frame=Frame(13.4, 52.5, 90.0))
    assert shape(one["geometry"]).bounds == pytest.approx((0, -10, 10, 0), abs=0.001)


def test_metres_stay_as_they_are_and_a_plan_of_ours_keeps_its_frame() -> None:
    head = {"store": "S9", "frame": {"lon": 1.0, "lat": 2.0, "rotation_deg": 3.0}, "calibration": {}}
    plan = plan_of([drawing(feature(dx=-40.0, id="a"), aislewise=head)], Reading("S1", "UTC")).plan
    assert plan["aislewise"]["store"] == "S1"
    assert plan["aislewise"]["frame"] == head["frame"]
    assert shape(plan["features"][0]["geometry"]).bounds == (-40.0, 0.0, -30.0, 10.0)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({}, ["department"]),
        ({"shop": "clothes"}, ["department"]),
        ({"indoor": "room"}, ["department"]),
        ({"indoor": "wall"}, ["obstacle"]),
        ({"amenity": "toilets"}, ["staff"]),
        ({"type": "shelf"}, ["display"]),
        ({"kind": "display", "category": "kitchen"}, ["display"]),
        ({"kind": "Entrance"}, ["entrance"]),
        ({"category": "nonpublic"}, ["staff"]),
    ],
)
def test_kinds_by_what_people_and_openstreetmap_and_imdf_call_them(said: dict[str, str], kind: list[str]) -> None:
    assert kinds_of(imported(feature(**said))) == kind


def test_what_is_no_zone_is_left_out_and_noted() -> None:
    reading = Reading("S1", "UTC")
    found = plan_of([drawing(feature(), feature(type="lamp"), feature(indoor="corridor"))], reading)
    assert len(found.plan["features"]) == 1
    assert found.notes == ["their.geojson: 1 left out: type=lamp", "their.geojson: 1 left out: indoor=corridor"]


def test_patterns_come_before_what_is_known() -> None:
    features = [feature(type="lamp"), feature(dx=20, shop="x", name="WC east"), feature(dx=40, shop="x", name="Shoes")]
    assert kinds_of(imported(*features, kinds="lamp:obstacle, name=wc*:staff, *:checkout")) == [
        "obstacle",
        "staff",
        "checkout",
    ]


@pytest.mark.parametrize("text", ["shop", "shop=x", "shop:dept", ":department", "a:-,b"])
def test_patterns_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"field kinds: .* is not PATTERN:KIND"):
        Kinds.parse(text)


def test_slivers_go_to_the_first_and_more_is_an_error_unless_it_is_to_be_cut() -> None:
    first, second = feature(id="a"), feature(dx=9.95, id="b")
    areas = [shape(one["geometry"]).area for one in imported(first, second)]
    assert areas == pytest.approx([100, 99.5])
    far_in = feature(dx=5.0, id="b")
    with pytest.raises(PlanError, match=r"their\.geojson: departments 'a' and 'b' overlap by 50\.00 m²"):
        imported(first, far_in)
    areas = [shape(one["geometry"]).area for one in imported(first, far_in, cut=True)]
    assert areas == pytest.approx([100, 50])


def test_the_rest_of_a_floor_is_a_department_of_its_own() -> None:
    outline = feature([(x * 3, y * 2) for x, y in SQUARE], type="floor")
    rest = imported(outline, feature(id="a"), feature(dx=12, id="b"), rest="Public")[-1]
    assert rest["properties"] == {"id": "0-rest", "kind": "department", "name": "Public", "floor": 0}
    assert shape(rest["geometry"]).area == pytest.approx(600 - 200)
    assert len(imported(outline, feature(id="a"))) == 1


def test_floors_by_feature_by_outline_or_by_file() -> None:
    def floors(*features: Any, floor: int | None = None) -> list[int]:
        given = Drawing(drawing(*features).content, floor)
        return [one["properties"]["floor"] for one in plan_of([given], Reading("S1", "UTC")).plan["features"]]

    assert floors(feature(), feature(level="-1"), feature(floor=2)) == [-1, 0, 2]
    assert floors(feature(type="floor", floor_num=3), feature()) == [3]
    assert floors(feature(), feature(dx=10, level="2"), floor=7) == [7, 7]


def test_ids_stay_where_they_stand_once_and_outlines_that_cross_are_mended() -> None:
    bow = [(0.0, 0.0), (10.0, 10.0), (10.0, 0.0), (0.0, 10.0), (0.0, 0.0)]
    found = imported(feature(id="a"), feature(dx=20, id="a"), feature(bow, dx=40), feature(dx=60, id=7))
    assert [one["properties"]["id"] for one in found] == ["a", "0-1", "0-2", "7"]
    assert shape(found[2]["geometry"]).area == pytest.approx(50)
    assert all(shape(one["geometry"]).is_valid for one in found)


def test_names_and_categories_as_others_write_them() -> None:
    room = feature([(x * 3, y * 3) for x, y in SQUARE], id="room")
    (_, one) = imported(
        room, feature(kind="display", id="d", name={"en": "Boots"}, categories="boots; socks", faces=["n"])
    )
    said = {"id": "d", "kind": "display", "name": "Boots", "floor": 0, "categories": ["boots", "socks"], "faces": ["n"]}
    assert one["properties"] == said


MERCATOR = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ([], "not a GeoJSON FeatureCollection"),
        ({"type": "FeatureCollection", "features": []}, "no polygon that could be a zone"),
        (drawing(feature(), crs=MERCATOR).content, "field crs: .*3857.* is not WGS84 .*ogr2ogr"),
        (drawing(feature([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 0.0)])).content, "spans 1 .*neither metres nor"),
        (drawing(feature([(0.0, 0.0), (1.0, 1.0)])).content, "row 0, field geometry"),
        (drawing({"geometry": {"type": "Polygon", "coordinates": [[[0, 0], [9, "x"]]]}}).content, "field geometry"),
    ],
)
def test_a_drawing_that_cannot_be_used_says_why(content: Any, said: str) -> None:
    with pytest.raises(PlanError, match=said):
        plan_of([Drawing(content, None, "their.geojson")], Reading("S1", "UTC"))


@real_data(mall.FOLDER)
def test_a_real_mall_of_five_floors_measures_what_its_owners_say() -> None:
    parsed = floorplan.parse(json.dumps(mall.imported()).encode())
    assert sorted({zone.floor for zone in parsed.zones}) == sorted(mall.FLOORS.values())
    assert len(parsed.zones) == 788
    for name, floor in mall.FLOORS.items():
        left, low, right, high = shapely.total_bounds([zone.shape for zone in parsed.zones if zone.floor == floor])
        assert (right - left, high - low) == pytest.approx(mall.size(name), rel=0.006)
        (public,) = (zone for zone in parsed.zones if zone.floor == floor and zone.name == "Public")
        assert public.shape.area > 1000
