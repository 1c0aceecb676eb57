"""The floor: who is where and how surely, one's own department, other floors, and a closer look."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from playwright.sync_api import Browser, expect

from aislewise.stack import Stack
from tests.browser.page import Tablet, tablet
from tests.serving.client import planned, token
from tests.serving.store import PLAN, Filler

pytestmark = pytest.mark.browser

STORES = "S7"
"""A store on two floors."""


@pytest.fixture
def upstairs(browser: Browser, serving: Stack, board: redis.Redis) -> Iterator[tuple[Tablet, Filler]]:
    """A tablet in a store with the same departments on a second floor, and the hand that fills its board."""
    above = []
    for feature in PLAN["features"]:
        names = {"id": f"{feature['properties']['id']}-1", "floor": 1}
        if "department" in feature["properties"]:
            names["department"] = f"{feature['properties']['department']}-1"
        above.append({**feature, "properties": {**feature["properties"], **names}})
    planned(serving, STORES, *above)
    filler = Filler(board, STORES)
    filler.complete()
    with tablet(browser, serving.serving_url, token(STORES)) as opened:
        yield opened, filler
    (Path(serving["serve"].environment["AISLEWISE_PLANS"]) / f"{STORES}.geojson").unlink()


_PAINTED = """() => {
  const canvas = document.querySelector("canvas");
  const box = document.querySelector("[data-visit=v1]").getBoundingClientRect();
  const home = canvas.getBoundingClientRect();
  const share = canvas.width / home.width;
  const at = [box.x + box.width / 2 - home.x, box.y + box.height / 2 - home.y].map((one) => one * share);
  return canvas.getContext("2d").getImageData(...at, 1, 1).data[3] === 255;
}"""


def seen(tablet: Tablet) -> list[float]:
    """x, y, width and height of what is seen of the plan, in metres."""
    box = tablet.page.locator(".still").get_attribute("viewBox")
    return [float(number) for number in str(box).split()]


def test_a_point_says_how_long_and_how_surely(signed_in: Tablet, filler: Filler) -> None:
    filler.visit("v1", display="boots", dwell={"boots": 90.0}, sigma_m=1.5)
    point = signed_in.page.locator("[data-visit=v1]")
    expect(point).to_have_attribute("aria-label", "At Boots, 2 min")
    expect(point).to_have_attribute("data-halo", "3")
    expect(point).to_have_attribute("data-ring", "0.5")
    signed_in.page.wait_for_function(_PAINTED)
    filler.prompt(1)
    expect(point).to_have_class("shopper called")


def test_ones_own_department_is_marked(signed_in: Tablet, filler: Filler) -> None:
    signed_in.by("department").select_option("outdoor")
    expect(signed_in.page.locator("[data-zone=outdoor]")).to_have_class("zone department own")
    expect(signed_in.page.locator("[data-zone=shoes]")).to_have_class("zone department")


def test_floors_are_switched_and_each_has_its_shoppers(upstairs: tuple[Tablet, Filler]) -> None:
    opened, filler = upstairs
    filler.visit("below")
    filler.visit("above", floor=1)
    expect(opened.page.locator("[data-visit]")).to_have_attribute("data-visit", "below")
    opened.by("floors").get_by_role("button", name="Floor 1").click()
    expect(opened.page.locator("[data-visit]")).to_have_attribute("data-visit", "above")
    expect(opened.page.locator("[data-zone=shoes-1]")).to_be_visible()
    expect(opened.page.locator("[data-zone=shoes]")).to_have_count(0)


def test_fingers_pinch_and_pan(signed_in: Tablet) -> None:
    whole = seen(signed_in)
    box = signed_in.by("plan").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    fingers = signed_in.page.context.new_cdp_session(signed_in.page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        touches = [{"x": at[0], "y": at[1], "id": number} for number, at in enumerate(points)]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    touch("touchStart", (x - 40, y), (x + 40, y))
    for apart in (50, 65, 80):
        touch("touchMove", (x - apart, y), (x + apart, y))
    touch("touchEnd")
    near = seen(signed_in)
    assert near[2] == pytest.approx(whole[2] / 2, rel=0.1)
    assert near[0] + near[2] / 2 == pytest.approx(whole[0] + whole[2] / 2, abs=1)
    touch("touchStart", (x, y))
    for away in (20, 60, 100):
        touch("touchMove", (x - away, y))
    touch("touchEnd")
    assert seen(signed_in)[0] > near[0] + 1
    signed_in.by("all").click()
    assert seen(signed_in) == pytest.approx(whole)


def test_keys_move_and_zoom_and_lead_from_point_to_point(signed_in: Tablet, filler: Filler) -> None:
    whole = seen(signed_in)
    signed_in.by("plan").focus()
    for key in ("+", "+", "ArrowRight"):
        signed_in.page.keyboard.press(key)
    assert seen(signed_in)[2] < whole[2] / 1.5
    signed_in.page.keyboard.press("0")
    assert seen(signed_in) == pytest.approx(whole)
    for name in ("v1", "v2"):
        filler.visit(name)
    expect(signed_in.by("shopper")).to_have_count(2)
    signed_in.page.keyboard.press("Tab")
    focused = "document.activeElement.dataset.visit"
    first = signed_in.page.evaluate(focused)
    signed_in.page.keyboard.press("ArrowRight")
    assert {first, signed_in.page.evaluate(focused)} == {"v1", "v2"}
