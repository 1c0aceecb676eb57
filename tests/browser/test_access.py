"""Everybody can use the page: axe-core finds nothing in any view and theme, keys and fingers reach everything."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from aislewise.stack import Stack
from models.board import Reason, Recommendation
from tests.browser.page import PATIENCE_MS, Opened, Tablet, tablet
from tests.serving.client import named, token
from tests.serving.store import Filler
from tests.serving.test_outcomes import post

pytestmark = pytest.mark.browser

THEMES = ("light", "dark", "contrast")
TARGET_PX = 48
_SMALL = """least => [...document.querySelectorAll("button, select, input, [role=button] .hit")]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }))
  .map((one) => [one.getBoundingClientRect(), one.outerHTML])
  .filter(([box]) => Math.min(box.width, box.height) < least - 0.5).map(([, text]) => text)"""
_THEME, _SHOW = "document.documentElement.dataset.theme", "theme => (document.documentElement.dataset.theme = theme)"
_UNTRANSLATED = """() => [...document.querySelectorAll("[data-words]")]
  .filter((one) => one.textContent === one.dataset.words).map((one) => one.outerHTML)"""
_CURRENCIES = "async codes => codes.map((await import('/tablet/words.js')).currency)"
_KEYS = "async language => Object.keys((await import(`/tablet/messages/${language}.js`)).default)"

_COUNT_FRAMES = """() => {
  window.painted = 0;
  const clear = CanvasRenderingContext2D.prototype.clearRect;
  CanvasRenderingContext2D.prototype.clearRect = function (...box) { window.painted++; return clear.apply(this, box); };
}"""


@pytest.fixture
def ana(browser: Browser, serving: Stack, filler: Filler) -> Iterator[Tablet]:
    with tablet(browser, serving.serving_url, token(staff="Ana")) as opened:
        yield opened


def themes(opened: Opened) -> Iterator[str]:
    """Each theme while the page has it, as the settings set it; afterwards it has its own again."""
    before = opened.page.evaluate(_THEME)
    for theme in THEMES:
        opened.page.evaluate(_SHOW, theme)
        yield theme
    opened.page.evaluate(_SHOW, before)


def violations(opened: Opened) -> list[str]:
    """What axe-core finds on the page as it stands, in each theme: theme, rule and element."""
    found = [(theme, one) for theme in themes(opened) for one in Axe().run(opened.page).response["violations"]]
    return [f"{theme}: {one['id']}: {node['html']}" for theme, one in found for node in one["nodes"]]


def small(opened: Opened, script: str = _SMALL) -> list[str]:
    """Targets that are less than TARGET_PX, in each theme."""
    return [f"{theme}: {one}" for theme in themes(opened) for one in opened.page.evaluate(script, TARGET_PX)]


def test_axe_finds_nothing_with_cards_in_every_state(ana: Tablet, serving: Stack, filler: Filler) -> None:
    filler.visit("v1", display="boots", dwell={"boots": 60.0}, sigma_m=1.0)
    prompts = [filler.prompt(n, visit_id=f"v{n}", price=10.0, on_hand=3, value=9.0 - n)[1] for n in range(1, 6)]
    mine, asking, done, taken, _ = (prompt.prompt_id for prompt in prompts)
    ana.wait_card(asking)
    with httpx.Client(base_url=serving.serving_url, timeout=10) as client:
        assert post(client, taken, {"kind": "claimed"}, "t", **named("Ben")).status_code == 202
    expect(ana.card(taken).get_by_test_id("state")).to_have_text("Ben is on it")
    ana.answer(mine, "take")
    ana.answer(done, "not-now")
    ana.answer(done, "not-interested")
    ana.answer(asking, "not-now")
    expect(ana.card(asking).get_by_test_id("busy")).to_be_visible()
    assert violations(ana) == []
    assert small(ana) == []


def test_axe_finds_nothing_in_the_settings(ana: Tablet) -> None:
    ana.by("open-settings").click()
    expect(ana.by("settings")).to_be_visible()
    assert violations(ana) == []
    assert small(ana) == []
    for theme in THEMES:
        ana.by("theme").select_option(theme)
        assert ana.page.evaluate(_THEME) == theme


def test_axe_finds_nothing_in_a_shopper_and_in_my_day(ana: Tablet, filler: Filler) -> None:
    filler.visit("v1", dwell={"shoes": 60.0})
    filler.recommend("v1", Recommendation("sku-1", 0.5, "a minute at shoes", "May I show you boots?", name="Boots"))
    ana.page.locator("[data-visit=v1] .hit").click()
    expect(ana.by("shopper-hints").locator("li")).to_have_count(1)
    assert violations(ana) == []
    assert small(ana) == []
    ana.by("close-shopper").click()
    ana.by("open-day").click()
    expect(ana.by("day")).to_be_visible()
    assert violations(ana) == []


def test_axe_finds_nothing_where_one_signs_in(ana: Tablet) -> None:
    ana.by("sign-out").click()
    expect(ana.by("sign-in")).to_be_visible()
    assert violations(ana) == []
    assert small(ana) == []


def test_a_card_is_answered_with_keys_alone(signed_in: Tablet, filler: Filler) -> None:
    _, prompt = filler.prompt(1)
    card = signed_in.wait_card(prompt.prompt_id)
    press = signed_in.page.keyboard.press
    for _ in range(20):
        press("Tab")
        if signed_in.page.evaluate("document.activeElement.dataset.testid") == "take":
            break
    press("Tab")
    press("Enter")
    # the reasons come where the focus is
    assert signed_in.page.evaluate("document.activeElement.dataset.testid") == "busy"
    press("Tab")
    press("Enter")
    expect(card).to_have_attribute("data-answer", "declined")


@pytest.mark.parametrize(
    ("language", "take", "say", "why"),
    [
        (
            "en",
            "On it",
            "These boots are 30 % off, and we have four left.",
            "three minutes at boots; 30 % off, four left",
        ),
        (
            *("de", "Ich gehe hin", "Hiking boot 1: 30\N{NO-BREAK SPACE}% günstiger. Davon sind noch 4 da."),
            "3 min bei Boots · schon einmal gekauft · 30\N{NO-BREAK SPACE}% günstiger · noch 4 da",
        ),
        (
            *("es", "Voy yo", "Hiking boot 1: 30\N{NO-BREAK SPACE}% de descuento. Quedan 4."),
            "3 min en Boots · ya comprado antes · 30\N{NO-BREAK SPACE}% de descuento · quedan 4",
        ),
    ],
)
def test_languages(signed_in: Tablet, filler: Filler, language: str, take: str, say: str, why: str) -> None:
    reasons = (Reason("dwell", "Boots", 180), Reason("before"), Reason("off", "", 0.3), Reason("left", "", 4))
    _, prompt = filler.prompt(1, offer_id="o1", discount=0.3, offer="clearance", on_hand=4, reasons=reasons)
    signed_in.wait_card(prompt.prompt_id)
    signed_in.by("open-settings").click()
    if language != "en":
        signed_in.by("language").select_option(language)
        expect(signed_in.page.locator("html")).to_have_attribute("lang", language)
    expect(signed_in.card(prompt.prompt_id).get_by_test_id("take")).to_have_text(take, timeout=PATIENCE_MS)
    expect(signed_in.card(prompt.prompt_id).get_by_test_id("say")).to_have_text(say)
    expect(signed_in.card(prompt.prompt_id).get_by_test_id("why")).to_have_text(why)
    keys = [signed_in.page.evaluate(_KEYS, one) for one in ("en", language)]
    assert keys[0] == keys[1]
    assert signed_in.page.evaluate(_UNTRANSLATED) == []


def test_money_is_in_a_currency_that_there_is_or_in_none(signed_in: Tablet) -> None:
    assert signed_in.page.evaluate(_CURRENCIES, ["EUR", "pounds", 7, None]) == ["EUR", None, None, None]


def test_a_browsers_language_is_taken(browser: Browser, serving: Stack) -> None:
    context = browser.new_context(locale="es-MX")
    page = context.new_page()
    page.goto(serving.serving_url)
    expect(page.get_by_test_id("sign-in-button")).to_have_text("Iniciar sesión")
    context.close()


def test_with_less_motion_nobody_glides(browser: Browser, serving: Stack, filler: Filler) -> None:
    with tablet(browser, serving.serving_url, token()) as opened:
        opened.page.emulate_media(reduced_motion="reduce")
        filler.visit("v1", 3.5, 5.0)
        expect(opened.by("shopper")).to_have_count(1)
        opened.page.evaluate(_COUNT_FRAMES)
        filler.visit("v1", 9.0, 5.0)
        expect(opened.page.locator("[data-visit=v1]")).to_have_css("transform", "matrix(1, 0, 0, 1, 9, -5)")
        opened.page.wait_for_timeout(800)
        assert opened.page.evaluate("window.painted") <= 4


def test_a_card_signals_once_and_not_in_quiet_hours(signed_in: Tablet, filler: Filler) -> None:
    page = signed_in.page
    page.add_init_script("window.buzzed = 0; navigator.vibrate = () => ++window.buzzed")
    page.reload()
    signed_in.wait_connection("live")
    _, prompt = filler.prompt(1)
    signed_in.wait_card(prompt.prompt_id)
    assert page.evaluate("window.buzzed") == 1
    page.reload()
    signed_in.wait_card(prompt.prompt_id)
    assert page.evaluate("window.buzzed") == 0
    signed_in.by("open-settings").click()
    signed_in.by("quiet-from").fill("00:00")
    signed_in.by("quiet-to").fill("23:59")
    signed_in.by("close-settings").click()
    _, quiet = filler.prompt(2)
    signed_in.wait_card(quiet.prompt_id)
    assert page.evaluate("window.buzzed") == 0
