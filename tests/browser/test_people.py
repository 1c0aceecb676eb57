"""One shopper looked at closely, and one's own day."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import Browser, expect

from aislewise.stack import Stack
from models import ids
from models.board import Recommendation, iso
from tests.browser.page import Tablet, tablet
from tests.browser.test_access import violations
from tests.contract.world import records
from tests.parts.kafka import Cluster
from tests.serving.client import token
from tests.serving.store import Filler
from tests.serving.test_customers import PHONE, History, now_ms

pytestmark = pytest.mark.browser

LIFT = {"estimate": 1.2, "ci_low": 0.3, "ci_high": 2.1, "from_date": "2026-11-12", "to_date": "2026-11-18"}


@pytest.fixture
def ana(browser: Browser, serving: Stack, filler: Filler) -> Iterator[Tablet]:
    with tablet(browser, serving.serving_url, token(staff="Ana")) as opened:
        yield opened


@pytest.fixture
def past(serving: Stack) -> Iterator[History]:
    history = History(Path(serving["serve"].environment["AISLEWISE_LAKE"]), "S1")
    yield history
    for path in history.paths:
        path.unlink()


def test_a_point_is_tapped_and_tells_of_the_shopper(ana: Tablet, filler: Filler) -> None:
    filler.visit("v1", display="boots", dwell={"shoes": 230.0, "boots": 185.0, "outdoor": 40.0})
    hint = Recommendation("sku-1", 0.5, "three minutes at boots", "May I show you the Alpine boot?", name="Alpine boot")
    filler.recommend("v1", hint)
    ana.page.locator("[data-visit=v1] .hit").click()
    expect(ana.by("shopper-where")).to_have_text("At Boots, 3 min")
    expect(ana.by("shopper-dwell").locator("li")).to_have_text(["Shoes4 min", "Boots3 min", "Outdoor40 s"])
    expect(ana.by("shopper-hints").locator("li")).to_have_text(
        "Alpine bootMay I show you the Alpine boot?three minutes at boots"
    )
    assert violations(ana) == []
    filler.leave("v1")
    expect(ana.by("shopper-where")).to_have_text("Has left the store")
    ana.by("close-shopper").click()
    expect(ana.by("shopper-view")).to_be_hidden()


def test_a_customer_is_found_by_the_number_of_their_card(ana: Tablet, filler: Filler, past: History) -> None:
    def look_for(number: str) -> None:
        ana.by("customer").fill(number)
        ana.page.keyboard.press("Enter")

    ana.by("find").click()
    look_for("4711")
    expect(ana.by("finder-said")).to_contain_text("Nobody has checked in with this number today")
    assert violations(ana) == []
    past.checkin(now_ms() - 2000, consent=False)
    look_for("4711")
    expect(ana.by("finder-said")).to_contain_text("without consent")
    past.checkin(now_ms() - 1000)
    look_for("4711")
    expect(ana.by("finder-said")).to_contain_text("is not in the store now")
    past.bought(3, "socks")
    since = now_ms()
    filler.visit(
        ids.visit_id("S1", PHONE, since), display="boots", dwell={"shoes": 230.0, "boots": 185.0}, since=iso(since)
    )
    expect(ana.by("shopper")).to_have_count(1)
    look_for("4711")
    expect(ana.by("shopper-where")).to_have_text("At Boots, 3 min")
    expect(ana.by("past-lines").locator("li")).to_have_count(1)
    expect(ana.by("past-lines")).to_contain_text("2 × socks")
    assert violations(ana) == []
    ana.by("close-shopper").click()
    # whoever is tapped is nobody by name
    ana.page.locator("[data-visit] .hit").first.click()
    expect(ana.by("past")).to_be_hidden()
    ana.by("close-shopper").click()
    ana.by("find").click()
    expect(ana.by("customer")).to_have_value("")


def test_recommendations_are_asked_for_now(ana: Tablet, filler: Filler, kafka: Cluster) -> None:
    filler.visit("v1", display="boots", dwell={"boots": 185.0})
    ana.page.locator("[data-visit=v1] .hit").click()
    ana.by("recommend").click()
    expect(ana.by("recommend-said")).to_contain_text("being looked for anew")
    asked = msgspec.json.decode(records(kafka.bootstrap, "requests")[-1].value)
    assert (asked["visit_id"], asked["zone_id"], asked["dwell"]) == ("v1", "boots", {"boots": 185.0})
    filler.leave("v1")
    expect(ana.by("recommend")).to_be_hidden()


def test_keys_open_it_too_and_the_focus_comes_back(ana: Tablet, filler: Filler) -> None:
    filler.visit("v1")
    expect(ana.by("shopper")).to_have_count(1)
    ana.by("shopper").focus()
    ana.page.keyboard.press("Enter")
    expect(ana.by("shopper-no-hints")).to_have_text("Nothing yet.")
    ana.page.keyboard.press("Escape")
    expect(ana.by("shopper")).to_be_focused()


def test_my_day_counts_what_i_did_and_not_what_i_took_back(ana: Tablet, filler: Filler, serving: Stack) -> None:
    first, second, third = (filler.prompt(n)[1].prompt_id for n in (1, 2, 3))
    for prompt_id, answer in ((first, "sold"), (second, "declined")):
        ana.answer(prompt_id, "take")
        ana.answer(prompt_id, answer)
    ana.answer(second, "undo")
    ana.answer(second, "accepted")
    ana.answer(third, "take")
    ana.answer(third, "undo-claim")
    ana.page.reload()
    ana.wait_connection("live")
    ana.by("open-day").click()
    figures = [ana.by(f"day-{name}").text_content() for name in ("taken", "sold", "accepted", "declined")]
    assert figures == ["2", "1", "1", "0"]
    expect(ana.by("day-lift")).to_have_text("Not known yet: too few visits without prompts to compare with.")
    assert violations(ana) == []


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, "a visit with prompts brought 1.20 more margin than one without (95 % interval: 0.30 to 2.10)."),
        ({"ci_low": -0.4}, "it cannot be told: a visit with prompts brought between -0.40 and 2.10 of margin"),
    ],
)
def test_what_prompts_bring_is_said_with_its_interval(
    ana: Tablet, serving: Stack, changed: dict[str, float], words: str
) -> None:
    folder = Path(serving["serve"].environment["AISLEWISE_BUNDLES"]) / f"2026-11-19-{len(changed)}a1b2c3d"
    folder.mkdir(parents=True)
    (folder / "report.json").write_text(json.dumps({"bundle": folder.name, "lift": LIFT | changed}))
    ana.by("open-day").click()
    expect(ana.by("day-lift")).to_contain_text(words)
    expect(ana.by("day-lift")).to_contain_text("From Nov 12, 2026 to Nov 18, 2026")
    (folder / "report.json").unlink()
    folder.rmdir()
