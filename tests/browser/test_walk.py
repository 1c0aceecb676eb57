"""A salesperson's hour on a tablet, upright and across, with a processor that is four times slower: every view.

`AISLEWISE_SCREENSHOTS=1` makes docs/tablet-*.png of what each view shows.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from aislewise.stack import Stack
from models import ids
from models.board import Recommendation, iso
from tests.browser.page import PATIENCE_MS, Tablet, tablet
from tests.browser.test_access import _SMALL, TARGET_PX
from tests.house.project import ROOT
from tests.parts.proxy import Proxy
from tests.serving.client import token
from tests.serving.store import Filler
from tests.serving.test_customers import PHONE, History, now_ms

pytestmark = pytest.mark.browser

SLOWER = 4
SIZES = {"portrait": ViewportSize(width=820, height=1180), "landscape": ViewportSize(width=1180, height=820)}
OFFER = {"category": "boots", "price": 89.0, "discount": 0.3, "offer": "clearance", "on_hand": 4}
SAY = "May I show you our warm socks? They go well with these boots."
_CUT_OFF = """() => [...document.querySelectorAll("button, input, select, .card")]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }))
  .filter((one) => one.getBoundingClientRect().left < -1 || one.getBoundingClientRect().right > innerWidth + 1)
  .map((one) => one.outerHTML)"""


class Walk:
    """A tablet on its way through the views."""

    def __init__(self, tablet: Tablet, size: str) -> None:
        self.tablet, self.size = tablet, size

    def shows(self, view: str) -> None:
        """Nothing is cut off and all can be touched; upright it is taken a picture of."""
        page = self.tablet.page
        assert page.evaluate(_CUT_OFF) == []
        assert page.evaluate(_SMALL, TARGET_PX) == []
        if os.environ.get("AISLEWISE_SCREENSHOTS") == "1" and (self.size == "portrait" or view == "cards"):
            name = view if self.size == "portrait" else f"{view}-{self.size}"
            page.screenshot(path=ROOT / "docs" / f"tablet-{name}.png", animations="disabled")


@pytest.fixture(params=SIZES)
def walk(request: pytest.FixtureRequest, browser: Browser, network: Proxy, filler: Filler) -> Iterator[Walk]:
    with tablet(browser, f"http://{network.address}", token(staff="Ana")) as opened:
        opened.page.set_viewport_size(SIZES[request.param])
        tools = opened.page.context.new_cdp_session(opened.page)
        tools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        yield Walk(opened, request.param)


@pytest.fixture
def history(serving: Stack) -> Iterator[History]:
    history = History(Path(serving["serve"].environment["AISLEWISE_LAKE"]), "S1")
    yield history
    for path in history.paths:
        path.unlink()


def test_every_view_from_signing_in_to_being_offline(
    walk: Walk, filler: Filler, network: Proxy, history: History
) -> None:
    ana, page = walk.tablet, walk.tablet.page
    ana.by("sign-out").click()
    expect(ana.by("sign-in")).to_be_visible()
    walk.shows("sign-in")
    ana.sign_in(token(staff="Ana"))

    since = now_ms()
    here = ids.visit_id("S1", PHONE, since)
    filler.visit(here, 3.5, 5.0, display="boots", dwell={"shoes": 230.0, "boots": 185.0}, since=iso(since), sigma_m=1.0)
    filler.visit("v2", 18.0, 5.0, department="outdoor", dwell={"outdoor": 75.0}, sigma_m=1.5)
    filler.recommend(here, Recommendation("socks", 0.5, "three minutes at boots", SAY, name="Wool socks"))
    sold = filler.prompt(1, visit_id=here, value=8.0, **OFFER)[1].prompt_id
    elsewhere = {"visit_id": "v2", "department": "outdoor", "zone_id": "tents", "category": "tents"}
    later = filler.prompt(2, value=7.0, name="Trekking tent", **OFFER | elsewhere)[1].prompt_id
    expect(ana.wait_card(sold).get_by_test_id("place")).to_have_text("At Boots, 3 min · alone")
    walk.shows("cards")
    ana.answer(later, "not-now")
    expect(ana.card(later).get_by_test_id("busy")).to_be_visible()
    walk.shows("not-now")
    ana.answer(later, "not-interested")
    ana.answer(later, "undo")
    expect(ana.card(later).get_by_test_id("take")).to_be_visible()
    ana.answer(sold, "take")
    expect(ana.card(sold).get_by_test_id("state")).to_have_text("You are on it")
    ana.answer(sold, "sold")
    expect(ana.card(sold)).to_have_attribute("data-answer", "sold")

    ana.by("closer").click()
    ana.by("all").click()
    ana.by("heat").click()
    expect(ana.by("heat-said")).to_be_visible()
    ana.by("heat").click()
    page.locator(f"[data-visit='{here}'] .hit").click()
    expect(ana.by("shopper-hints")).to_contain_text(SAY)
    ana.by("close-shopper").click()

    history.checkin(now_ms() - 1000)
    history.bought(3, "socks")
    ana.by("find").click()
    walk.shows("find")
    ana.by("customer").fill("4711")
    ana.by("find-now").click()
    expect(ana.by("past-lines")).to_contain_text("2 × socks")
    walk.shows("shopper")
    ana.by("close-shopper").click()

    ana.by("open-day").click()
    expect(ana.by("day-sold")).to_have_text("1")
    walk.shows("day")
    ana.by("close-day").click()
    ana.by("open-settings").click()
    walk.shows("settings")
    ana.by("close-settings").click()

    network.cut()
    ana.wait_connection("lost")
    ana.answer(later, "take")
    expect(ana.by("unsent")).to_have_text("1 answer waits to be sent")
    walk.shows("offline")
    network.mend()
    ana.wait_connection("live")
    expect(ana.by("unsent")).to_have_text("", timeout=PATIENCE_MS)
