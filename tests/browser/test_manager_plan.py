"""A manager sets up a store's plan in the browser: draws or imports it, places it, looks who is there, saves it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, FilePayload, expect

from aislewise.stack import Stack
from models.floorplan import Frame
from tests.browser.desk import Desk, desk, png
from tests.browser.test_access import _UNTRANSLATED, small, violations
from tests.contract import mall
from tests.models.test_plan_import import BERLIN, SQUARE, feature, in_degrees
from tests.parts.needs import real_data
from tests.serving.store import PLAN, Filler
from tests.serving.test_plans import folder

__all__ = ["folder"]

pytestmark = pytest.mark.browser

NEW = "S9"
"""A store that has no plan."""
LATER = str(date.today() + timedelta(days=30))  # noqa: DTZ011 - far enough from every midnight
PICTURE = Path(__file__).parents[2] / "docs/mall.png"
_KEYS = "async language => Object.keys((await import(`/manager/plan/messages/${language}.js`)).default)"

_PAINTED = """() => {
  const canvas = document.querySelector(".drawing canvas");
  return canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some((one) => one > 0);
}"""


@pytest.fixture
def new(browser: Browser, serving: Stack, folder: Path, filler: Filler) -> Iterator[Desk]:
    """A store without a plan."""
    with desk(browser, serving.serving_url, NEW) as opened:
        yield opened


@pytest.fixture
def known(browser: Browser, serving: Stack, folder: Path, filler: Filler) -> Iterator[Desk]:
    """The small store."""
    with desk(browser, serving.serving_url, "S1") as opened:
        expect(opened.zones("department")).to_have_count(2)
        yield opened


def saved(folder: Path, name: str = f"{NEW}.geojson") -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / name).read_text())
    return found


def zone(plan: dict[str, Any], zone_id: str) -> tuple[dict[str, Any], list[tuple[float, ...]]]:
    """Its properties, and the corners of its outline, from the least on."""
    (found,) = (one for one in plan["features"] if one["properties"]["id"] == zone_id)
    return found["properties"], sorted({tuple(at) for at in found["geometry"]["coordinates"][0]})


def test_a_picture_is_traced_at_its_scale_and_the_plan_is_saved(new: Desk, folder: Path) -> None:
    new.by("plan-image").set_input_files(FilePayload(name="plan.png", mimeType="image/png", buffer=png(600, 400)))
    new.said("Now set its scale")
    expect(new.by("image-width")).to_have_value("40.00")
    new.by("plan-scale").click()
    new.by("scale-points").click()
    new.click(0, 0)
    new.click(40, 0)
    new.by("scale-metres").fill("60")
    new.by("scale-set").click()
    # a click is as exact as a pixel
    assert float(new.by("image-width").input_value()) == pytest.approx(60, abs=0.3)
    new.rectangle("department", (0, 0), (20, 30), name="Shoes", id="shoes")
    # half a pixel's hand: the second begins at the first's side, and its corner at the first's corner
    new.rectangle("department", (20.15, 0.1), (40, 30), name="Outdoor", id="outdoor")
    new.rectangle("display", (4, 20), (8, 22), name="Boots", id="boots", categories="boots, socks", faces="s, 90")
    new.fill("plan-timezone", "Europe/London")
    expect(new.by("plan-fault")).to_have_count(0)
    new.by("plan-check").click()
    new.said("All is well: 3 zones on 40.0 × 30.0 m.")
    new.by("plan-save").click()
    new.said("holds now")
    plan = saved(folder)
    assert plan["aislewise"] == {"store": NEW, "units": "m", "timezone": "Europe/London"}
    assert zone(plan, "shoes")[1] == [(0, 0), (0, 30), (20, 0), (20, 30)]
    assert zone(plan, "outdoor")[1] == [(20, 0), (20, 30), (40, 0), (40, 30)]
    assert zone(plan, "boots")[0]["categories"] == ["boots", "socks"]
    assert zone(plan, "boots")[0]["faces"] == ["s", 90]
    expect(new.by("plan-version")).to_contain_text(["holds now2 departments, 1 display"])


def test_polygons_moves_and_corners_by_the_mouse(new: Desk) -> None:
    new.by("tool-polygon").click()
    for at in ((2, 2), (10, 2), (10, 8)):
        new.click(*at)
    new.by("plan-finish").click()
    new.by("tool-move").click()
    new.by("zone-corners").click()
    assert new.corners() == [(2, 2), (10, 2), (10, 8)]
    new.drag((9, 4), (12, 5))
    assert new.corners() == [(5, 3), (13, 3), (13, 9)]
    new.drag((13, 9), (13, 12))
    assert new.corners() == [(5, 3), (13, 3), (13, 12)]
    new.by("plan-undo").click()
    new.by("plan-undo").click()
    assert new.corners() == [(2, 2), (10, 2), (10, 8)]
    new.by("plan-redo").click()
    assert new.corners() == [(5, 3), (13, 3), (13, 9)]


def test_a_moved_zone_snaps_to_its_neighbour(new: Desk) -> None:
    new.by("plan-grid").select_option("0")
    new.rectangle("department", (0, 0), (8, 8))
    new.rectangle("department", (12, 2), (18, 6))
    new.by("zone-corners").click()
    before = min(x for x, _ in new.corners())
    new.drag((15, 4), (15 - before + 8.1, 4))
    assert min(x for x, _ in new.corners()) == pytest.approx(max(x for x, _ in first_corners(new)), abs=0.001)


def first_corners(opened: Desk) -> list[tuple[float, ...]]:
    return [tuple(at) for at in opened.draft()["features"][0]["geometry"]["coordinates"][0]]


def test_overlaps_are_seen_at_once_and_cannot_be_saved(new: Desk, folder: Path) -> None:
    new.rectangle("department", (0, 0), (10, 10), id="a")
    new.rectangle("department", (8, 4), (16, 8), id="b")
    expect(new.by("plan-fault")).to_have_text("The departments a and b overlap by 8.00 m².")
    expect(new.shape("a")).to_have_class("zone department wrong")
    new.by("plan-save").click()
    new.refused("departments 'a' and 'b' overlap by 8.00 m²")
    assert not (folder / f"{NEW}.geojson").exists()
    new.drag((12, 6), (14, 6))
    expect(new.by("plan-fault")).to_have_count(0)
    new.by("plan-save").click()
    new.said("holds now")


def test_all_of_it_with_keys_alone(new: Desk, folder: Path) -> None:
    new.by("zone-add").focus()
    new.press("Enter")
    # the focus is where one says what it is
    expect(new.by("zone-name")).to_be_focused()
    new.page.keyboard.type("Shoes")
    new.by("zone-id").focus()
    new.press("Control+a")
    new.page.keyboard.type("shoes")
    new.by("zone-corners").focus()
    new.press("Enter")
    for row, (x, y) in enumerate(((0, 0), (12, 0), (12, 9), (0, 9))):
        for column, value in enumerate((x, y)):
            new.by("corner").nth(row).locator("input").nth(column).focus()
            new.press("Control+a")
            new.page.keyboard.type(str(value))
    new.by("drawing").focus()
    new.press("ArrowRight")
    new.press("Shift+ArrowUp")
    assert new.corners() == [(0.25, 1), (12.25, 1), (12.25, 10), (0.25, 10)]
    new.press("Delete")
    expect(new.zones("department")).to_have_count(0)
    new.by("drawing").focus()
    new.press("Control+z")
    new.by("plan-save").focus()
    new.press("Enter")
    new.said("holds now")
    assert zone(saved(folder), "shoes")[1] == [(0.25, 1), (0.25, 10), (12.25, 1), (12.25, 10)]


def test_corners_are_added_and_taken_away(new: Desk) -> None:
    new.rectangle("department", (0, 0), (10, 10))
    new.by("zone-corners").click()
    row = new.by("corner").first
    row.get_by_role("button", name="Add a corner").click()
    assert len(new.corners()) == 5
    for _ in range(3):
        row.get_by_role("button", name="Remove corner").click()
    assert len(new.corners()) == 3


def test_whoever_adds_a_corner_to_a_hole_stays_at_it(new: Desk) -> None:
    yard = feature(id="yard", kind="department")
    yard["geometry"]["coordinates"].append([(2, 2), (8, 2), (8, 8), (2, 8), (2, 2)])
    new.import_({"aislewise": {"store": NEW}, "features": [yard]})
    new.by("zone").select_option(label="yard (Department)")
    new.by("zone-corners").click()
    row = new.by("corner").nth(5)
    row.get_by_role("button", name="Add a corner").click()
    expect(row.get_by_role("button", name="Add a corner")).to_be_focused()
    assert new.corners()[5:7] == [(8, 2), (8, 5)]


def test_a_plan_that_holds_is_edited_and_holds_from_a_day_to_come(known: Desk, folder: Path) -> None:
    known.click(18, 7)
    expect(known.by("zone-id")).to_have_value("tents")
    known.fill("zone-categories", "tents, sleeping bags")
    known.by("zone").select_option(label="Shoes (Department)")
    known.fill("zone-id", "footwear")
    known.fill("plan-from", LATER)
    known.by("plan-save").click()
    known.said("holds from")
    plan = saved(folder, f"S1@{LATER}.geojson")
    assert zone(plan, "tents")[0]["categories"] == ["tents", "sleeping bags"]
    # what stands in a department goes with its new id
    assert zone(plan, "boots")[0]["department"] == "footwear"
    assert zone(saved(folder, "S1.geojson"), "tents")[0]["categories"] == ["tents"]
    expect(known.by("plan-version")).to_have_count(2)


def test_a_version_that_has_not_begun_is_taken_back_and_put_back(known: Desk, folder: Path) -> None:
    known.by("zone").select_option(label="Boots (Display)")
    known.fill("zone-name", "Hiking boots")
    known.fill("plan-from", LATER)
    known.by("plan-save").click()
    expect(known.by("plan-version")).to_have_count(2)
    before = (folder / f"S1@{LATER}.geojson").read_bytes()
    known.by("plan.take-back").click()
    known.said("is taken back")
    expect(known.by("plan-version")).to_have_count(1)
    assert not (folder / f"S1@{LATER}.geojson").exists()
    known.by("plan-put-back").click()
    expect(known.by("plan-version")).to_have_count(2)
    assert json.loads((folder / f"S1@{LATER}.geojson").read_bytes()) == json.loads(before)
    known.fill("plan-from", "2026-01-01")
    known.fill("zone-name", "Boots of old")
    known.by("plan-save").click()
    known.refused("2026-01-01 has begun: the earliest date is")


def test_another_version_comes_into_the_drawing_and_undo_brings_back_what_was_there(known: Desk) -> None:
    known.rectangle("staff", (2, -5), (6, -3), id="office")
    known.by("plan.edit").click()
    known.said("is in the drawing")
    expect(known.zones("staff")).to_have_count(0)
    known.by("plan-undo").click()
    expect(known.zones("staff")).to_have_count(1)


def test_a_drawing_that_was_left_is_there_again(new: Desk) -> None:
    new.by("plan-image").set_input_files(FilePayload(name="plan.png", mimeType="image/png", buffer=png(60, 40)))
    new.said("Now set its scale")
    new.rectangle("department", (0, 0), (10, 10), name="Shoes")
    new.page.reload()
    new.said("This is the drawing you left here")
    expect(new.zones("department")).to_have_count(1)
    new.page.wait_for_function(_PAINTED)
    new.by("plan-scale").click()
    new.by("image-away").click()
    assert not new.page.evaluate(_PAINTED)
    new.by("plan-undo").click()
    assert new.page.evaluate(_PAINTED)
    new.by("plan-new").click()
    expect(new.zones("department")).to_have_count(0)


def test_a_file_in_degrees_becomes_a_drawing_floor_by_floor(new: Desk, folder: Path) -> None:
    ground = [in_degrees(feature(id="a", shop="shoes")), in_degrees(feature(dx=10, id="b", type="lamp"))]
    new.import_({"type": "FeatureCollection", "features": ground})
    new.said("1 zone is in the drawing now. · 1 left out: type=lamp")
    new.page.get_by_text("How a file is read").click()
    new.fill("more-floor", "2")
    new.by("plan-beside").check()
    new.by("plan-kinds").fill("lamp:display")
    new.import_({"type": "FeatureCollection", "features": [in_degrees(feature(dx=30, id="a", type="lamp"))]})
    expect(new.zones("display")).to_have_count(1)
    expect(new.zones("department")).to_have_count(0)
    new.by("plan-floors").get_by_role("button").first.click()
    expect(new.zones("department")).to_have_count(1)
    new.by("zone").select_option(label="a (Department)")
    new.fill("zone-name", "Shoes, imported")
    new.by("plan-save").click()
    new.said("holds now")
    plan = saved(folder)
    assert plan["aislewise"]["frame"]["lon"] == pytest.approx(BERLIN.lon)
    # the second file lies where it lies on Earth beside the first
    assert zone(plan, "2-a")[1] == [pytest.approx(at, abs=0.01) for at in ((30, 0), (30, 10), (40, 0), (40, 10))]
    assert zone(plan, "2-a")[0]["floor"] == 2
    assert zone(plan, "a")[0]["name"] == "Shoes, imported"


def test_a_file_whose_departments_overlap_is_taken_once_one_says_how(new: Desk) -> None:
    outline = feature([(x * 3, y * 2) for x, y in SQUARE], type="floor")
    content = {"type": "FeatureCollection", "features": [outline, feature(id="a"), feature(dx=5, id="b")]}
    new.import_(content)
    new.refused("departments 'a' and 'b' overlap by 50.00 m²")
    new.page.get_by_text("How a file is read").click()
    new.by("plan-cut").check()
    new.by("plan-rest").fill("Aisles")
    new.import_(content)
    new.said("3 zones are in the drawing now. · floor 0: departments shared 50.0 m²")
    expect(new.by("plan-fault")).to_have_count(0)
    expect(new.by("zone").locator("option", has_text="Aisles")).to_have_count(1)


def test_a_zone_goes_to_another_floor_or_away(known: Desk) -> None:
    known.by("zone").select_option(label="Tents (Display)")
    known.fill("zone-floor", "-1")
    expect(known.zones("display")).to_have_count(1)
    expect(known.zones("department")).to_have_count(0)
    known.by("plan-floors").get_by_role("button", name="Floor 0").click()
    expect(known.zones("display")).to_have_count(1)
    known.click(3.5, 7)
    expect(known.by("zone-id")).to_have_value("boots")
    known.by("zone-remove").click()
    expect(known.zones("display")).to_have_count(0)
    expect(known.by("zone-form")).to_be_hidden()
    known.by("plan-undo").click()
    expect(known.zones("display")).to_have_count(1)


def test_a_drawing_is_downloaded_as_the_file_it_will_be(known: Desk) -> None:
    with known.page.expect_download() as coming:
        known.by("plan-download").click()
    assert coming.value.suggested_filename == "S1.geojson"
    assert json.loads(coming.value.path().read_bytes()) == PLAN


def test_what_a_plan_has_beside_its_zones_stays_in_it(new: Desk) -> None:
    door = {"type": "Feature", "properties": {"id": "door", "kind": "entrance"}}
    beside = [{**door, "geometry": {"type": "Point", "coordinates": [3, 0]}}, {**door, "geometry": None}]
    plan = {**PLAN, "aislewise": {**PLAN["aislewise"], "store": NEW}, "features": [*beside, *PLAN["features"]]}
    new.import_(plan)
    new.said("7 zones are in the drawing now")
    expect(new.zones("department")).to_have_count(2)
    expect(new.zones("entrance")).to_have_count(1)
    assert new.draft()["features"] == plan["features"]


def test_a_file_that_is_none_is_refused_in_words(new: Desk) -> None:
    broken = FilePayload(name="a.geojson", mimeType="application/json", buffer=b"{")
    new.by("plan-import").set_input_files(broken)
    new.said("a.geojson is not GeoJSON.")
    new.import_({"type": "FeatureCollection", "features": []})
    new.refused("no polygon that could be a zone")
    new.import_({"aislewise": {"store": NEW}})
    new.refused("not a GeoJSON FeatureCollection")
    picture = FilePayload(name="a.png", mimeType="image/png", buffer=b"no picture")
    new.by("plan-image").set_input_files(picture)
    new.said("a.png is not a picture that this browser can read.")


def test_three_points_place_the_plan_on_earth(known: Desk, folder: Path) -> None:
    truth = Frame(-0.1278, 51.5074, 27.0)
    known.by("plan-earth").click()
    for row, (x, y) in enumerate(((0, 0), (24, 0), (12, 10))):
        pair = known.by("earth-pair").nth(row)
        pair.get_by_role("button").click()
        known.click(x, y)
        for box, value in zip(pair.get_by_role("spinbutton").all(), (x, y), strict=True):
            # a hand is as exact as a pixel, numbers are exact
            assert float(box.input_value()) == pytest.approx(value, abs=0.2)
            box.fill(str(value))
        lon, lat = truth.to_wgs84(x, y)
        pair.get_by_role("textbox").fill(f"{lat:.7f}, {lon:.7f}")
    known.by("earth-set").click()
    expect(known.by("plan-frame")).to_have_text("Placed: the points fit to 0.0 m.")
    known.by("earth-away").click()
    expect(known.by("plan-frame")).to_have_text("The plan has no place on Earth yet.")
    known.by("plan-undo").click()
    expect(known.by("plan-frame")).to_contain_text("The plan's origin lies at 51.507400, -0.127800")
    known.fill("plan-from", LATER)
    known.by("plan-save").click()
    known.said("holds from")
    frame = saved(folder, f"S1@{LATER}.geojson")["aislewise"]["frame"]
    placed = Frame(frame["lon"], frame["lat"], frame["rotation_deg"])
    assert placed.to_metres(*truth.to_wgs84(20.0, 9.0)) == pytest.approx((20, 9), abs=0.05)


def test_points_that_do_not_fit_are_told(known: Desk) -> None:
    known.by("plan-earth").click()
    known.by("earth-set").click()
    expect(known.by("plan-frame")).to_contain_text("Three points are needed")
    for row, (x, y) in enumerate(((0, 0), (24, 0), (12, 10))):
        pair = known.by("earth-pair").nth(row)
        for box, value in zip(pair.get_by_role("spinbutton").all(), (x, y), strict=True):
            box.fill(str(value))
        # on Earth twice as far
        lon, lat = BERLIN.to_wgs84(2 * x, 2 * y)
        pair.get_by_role("textbox").fill(f"{lat:.7f}, {lon:.7f}")
    known.by("earth-set").click()
    expect(known.by("plan-frame")).to_contain_text("on Earth the plan measures 200 % of what is drawn")


def test_who_is_there_now_is_seen_over_the_drawing(known: Desk, filler: Filler) -> None:
    filler.visit("v1", 3.5, 7.0)
    filler.visit("v2", 40.0, 5.0)
    filler.visit("v3", 3.5, 7.0, floor=1)
    known.by("plan-live").click()
    expect(known.by("person")).to_have_count(2)
    expect(known.by("plan-live-said")).to_have_text("2 people are on this floor, 1 in a zone of the drawing.")
    filler.visit("v2", 20.0, 5.0)
    expect(known.by("plan-live-said")).to_have_text("2 people are on this floor, 2 in a zone of the drawing.")
    known.by("plan-live").click()
    expect(known.by("person")).to_have_count(0)


def test_a_finger_draws_too(browser: Browser, serving: Stack, folder: Path, filler: Filler) -> None:
    with desk(browser, serving.serving_url, NEW) as opened:
        opened.by("tool-rectangle").click()
        session = opened.page.context.new_cdp_session(opened.page)
        ways = {"touchStart": (2, 2), "touchMove": (12, 10)}
        for kind, at in ways.items():
            x, y = opened.at(*at)
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
        session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        expect(opened.zones("department")).to_have_count(1)
        opened.by("zone-corners").click()
        assert opened.corners() == [(2, 2), (12, 2), (12, 10), (2, 10)]


def test_axe_finds_nothing(known: Desk) -> None:
    known.rectangle("department", (8, 2), (16, 8), name="Over all")
    for more in ("zone-corners", "plan-scale", "plan-earth"):
        known.by(more).click()
    known.page.get_by_text("How a file is read").click()
    expect(known.by("plan-fault")).to_have_count(2)
    assert violations(known.opened) == []
    assert small(known.opened) == []


@pytest.mark.parametrize(
    ("language", "save"), [("en", "Check and save"), ("de", "Prüfen und speichern"), ("es", "Comprobar y guardar")]
)
def test_in_every_language(
    browser: Browser, serving: Stack, folder: Path, filler: Filler, language: str, save: str
) -> None:
    with desk(browser, serving.serving_url, "S1", locale=language) as opened:
        expect(opened.page.get_by_role("heading", name=save)).to_be_visible()
        opened.page.locator("option", has_text="Shoes").first.wait_for(state="attached")
        assert opened.page.evaluate(_KEYS, language) == opened.page.evaluate(_KEYS, "en")
        assert opened.page.evaluate(_UNTRANSLATED) == []


def test_geometry_is_exact(new: Desk) -> None:
    def asked(module: str, expression: str) -> Any:
        return new.page.evaluate(
            f"async () => {{ const m = await import('/manager/plan/{module}.js'); return {expression} }}"
        )

    square, hole = "[[0,0],[10,0],[10,10],[0,10],[0,0]]", "[[2,2],[8,2],[8,8],[2,8],[2,2]]"
    diamond, far = "[[5,0],[10,5],[5,10],[0,5],[5,0]]", "[[20,0],[30,0],[30,9],[20,0]]"
    shared = {f"[{square}],[{diamond}]": 50, f"[{square},{hole}],[{square}]": 64, f"[{square}],[{far}]": 0}
    for rings, area in shared.items():
        assert asked("geometry", f"m.sharedArea({rings})") == pytest.approx(area)
    assert asked("geometry", f"[[5,5],[1,1],[11,1]].map(at => m.contains([{square},{hole}], at))") == [
        False,
        True,
        False,
    ]
    assert asked("geometry", f"[{square}, [[0,0],[4,4],[4,0],[0,4],[0,0]], [[0,0],[1,1],[0,0]]].map(m.isSimple)") == [
        True,
        False,
        False,
    ]
    targets = "{corners: [[10,10]], sides: [[[0,0],[10,0]]]}"
    snaps = [((10.3, 9.8), [10, 10]), ((4.3, 0.4), [4.3, 0]), ((4.3, 5.1), [4.25, 5.0])]
    for at, to in snaps:
        assert asked("snap", f"m.snapped({list(at)}, {targets}, 0.5, 0.25)") == pytest.approx(to)
    assert asked("earth", "['52.5, 13.4', ' -33.9 151.2 ', '95, 3', 'x', '1'].map(m.parsed)") == [
        {"lon": 13.4, "lat": 52.5},
        {"lon": 151.2, "lat": -33.9},
        None,
        None,
        None,
    ]


@real_data(mall.FOLDER)
def test_a_mall_of_five_floors_is_shown_floor_by_floor(new: Desk, folder: Path) -> None:
    plan = mall.imported()
    plan["aislewise"]["store"] = NEW
    new.import_(plan, "mall.geojson")
    floors = new.by("plan-floors").get_by_role("button")
    expect(floors).to_have_text([f"Floor {floor}" for floor in sorted(mall.FLOORS.values())])
    expect(new.by("plan-fault")).to_have_count(0)
    for button, floor in zip(floors.all(), sorted(mall.FLOORS.values()), strict=True):
        button.click()
        count = sum(one["properties"]["floor"] == floor for one in plan["features"])
        expect(new.zones("department")).to_have_count(count)
    floors.nth(1).click()
    new.by("plan-save").click()
    new.said("holds now")
    if os.environ.get("AISLEWISE_SCREENSHOTS"):
        new.page.set_viewport_size({"width": 1500, "height": 1200})
        new.by("board").evaluate("board => board.scrollIntoView()")
        # not the element's own: the page's bar would lie over it
        new.page.screenshot(path=PICTURE, clip=new.by("board").bounding_box())
