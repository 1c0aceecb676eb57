"""Offers on the manager's page, and what a pause does to every tablet."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Browser, Locator, expect

from aislewise.stack import Stack
from models.board import iso
from tests.browser.manager import Manager, manager
from tests.browser.page import PATIENCE_MS, Tablet, tablet
from tests.browser.test_access import small, violations
from tests.parts.kafka import Cluster
from tests.parts.proxy import Proxy
from tests.serving.client import token, until
from tests.serving.shelf import DAY_MS, MANAGER, Shelf, known, offer, offers
from tests.serving.store import Filler
from tests.serving.test_reach import fill

pytestmark = [pytest.mark.browser, pytest.mark.kafka]

SOON_MS = 2000
_SMALL = """least => [...document.querySelectorAll("main button, main select, main input, nav a, dialog[open] button")]
  .filter((one) => one.checkVisibility()).map((one) => [one.getBoundingClientRect(), one.outerHTML])
  .filter(([box]) => Math.min(box.width, box.height) < least - 0.5).map(([, text]) => text)"""
_UNTRANSLATED = """() => [...document.querySelectorAll("[data-words]")]
  .filter((one) => one.textContent === one.dataset.words).map((one) => one.outerHTML)"""


@pytest.fixture(scope="module")
def shelf(serving: Stack, kafka: Cluster) -> Iterator[Shelf]:
    with Shelf(kafka.bootstrap) as shelf:
        yield shelf


@pytest.fixture
def api(serving: Stack, shelf: Shelf, filler: Filler) -> Iterator[httpx.Client]:
    """Of a manager, whose process knows the products and no offer that holds in S1."""
    with httpx.Client(base_url=serving.serving_url, headers=MANAGER, timeout=10) as client:
        until(lambda: "ropes" in client.get("/v1/stores/S1/offers").json()["categories"])
        for name, one in offers(client).items():
            if one["store_id"]:
                client.delete(f"/v1/stores/S1/offers/{name}")
        yield client


@pytest.fixture
def desk(browser: Browser, serving: Stack, api: httpx.Client) -> Iterator[Manager]:
    with manager(browser, serving.serving_url, token(role="manager")) as opened:
        opened.open("offers")
        yield opened


@pytest.fixture
def named(api: httpx.Client, shelf: Shelf) -> str:
    """An offer on boots that runs in S1."""
    name = f"o-{uuid4().hex[:8]}"
    shelf.put(offer(name))
    known(api, name)
    return name


@pytest.fixture
def tablets(browser: Browser, serving: Stack, beside: Stack, api: httpx.Client) -> Iterator[list[Tablet]]:
    """Two, each at a process of its own."""
    with ExitStack() as opened:
        yield [
            opened.enter_context(tablet(browser, one.serving_url, token(staff=name)))
            for one, name in ((serving, "Ana"), (beside, "Ben"))
        ]


def row(desk: Manager, name: str) -> Locator:
    return desk.page.locator(f'[data-testid=offer][data-offer="{name}"]')


def tap(desk: Manager, name: str, what: str) -> None:
    row(desk, name).get_by_test_id(f"offer-{what}").click()


def state(desk: Manager, name: str, state: str) -> None:
    expect(row(desk, name).get_by_test_id("offer-state")).to_have_attribute("data-state", state)


def prompt(filler: Filler, offset: int, offer_id: str | None) -> str:
    """One that was decided now; its card lasts for two minutes."""
    now = int(time.time() * 1000)
    return filler.prompt(offset, offer_id=offer_id, ts=iso(now), expires=iso(now + 120_000))[1].prompt_id


def test_from_the_tap_to_the_card_gone_on_every_tablet_is_less_than_two_seconds(
    desk: Manager, tablets: list[Tablet], named: str, filler: Filler
) -> None:
    desk.page.reload()
    paused, other = prompt(filler, 1, named), prompt(filler, 2, None)
    for one in tablets:
        one.wait_card(paused)
        one.wait_card(other)
    began = time.monotonic()
    tap(desk, named, "pause")
    for one in tablets:
        expect(one.card(paused)).to_have_count(0, timeout=SOON_MS)
    assert time.monotonic() - began < SOON_MS / 1000
    state(desk, named, "paused")
    late = prompt(filler, 3, named)
    again = prompt(filler, 4, None)
    for one in tablets:
        one.wait_card(other)
        one.wait_card(again)
        expect(one.card(late)).to_have_count(0)
    # taken back in time, what was there comes again
    desk.by("offers-undo").click()
    state(desk, named, "live")
    for one in tablets:
        one.wait_card(paused)


def test_a_tablet_that_was_away_hears_of_the_pause_when_it_is_back(
    signed_in: Tablet, api: httpx.Client, named: str, filler: Filler, network: Proxy
) -> None:
    paused, other = prompt(filler, 1, named), prompt(filler, 2, None)
    signed_in.wait_card(paused)
    network.cut()
    signed_in.wait_connection("lost")
    assert api.post(f"/v1/stores/S1/offers/{named}/pause").status_code == 200
    expect(signed_in.card(paused)).to_have_count(1)
    network.mend()
    signed_in.wait_connection("live")
    expect(signed_in.card(paused)).to_have_count(0, timeout=SOON_MS)
    signed_in.wait_card(other)
    signed_in.page.reload()
    signed_in.wait_card(other)
    expect(signed_in.card(paused)).to_have_count(0)


def test_who_is_on_it_can_still_say_what_came_of_it(
    tablets: list[Tablet], api: httpx.Client, named: str, filler: Filler
) -> None:
    ana, ben = tablets
    claimed = prompt(filler, 1, named)
    ben.wait_card(claimed)
    ana.answer(claimed, "take")
    expect(ben.card(claimed)).to_have_attribute("data-state", "taken")
    api.post(f"/v1/stores/S1/offers/{named}/pause")
    expect(ana.card(claimed).get_by_test_id("state")).to_have_text("You are on it · the offer was paused")
    expect(ben.card(claimed)).to_have_count(0, timeout=SOON_MS)
    ana.answer(claimed, "sold")
    expect(ana.card(claimed)).to_have_attribute("data-answer", "sold")


def test_one_is_made_changed_and_deleted_each_with_an_undo(desk: Manager, api: httpx.Client) -> None:
    desk.by("offer-new").click()
    desk.by("offer-category").select_option("boots")
    desk.by("offer-discount").fill("35")
    desk.by("offer-budget").fill("250")
    desk.by("offer-priority").fill("2")
    desk.by("offer-save").click()
    expect(desk.by("offers-said")).to_have_text("boots: the offer holds.")
    ((name, made),) = ((key, one) for key, one in offers(api).items() if one["store_id"] and one["state"] == "live")
    assert (made["category"], made["discount"], made["budget"], made["priority"]) == ("boots", 0.35, 250.0, 2)
    expect(row(desk, name)).to_contain_text("Clearance, 35%")
    expect(row(desk, name)).to_contain_text("This store")
    tap(desk, name, "edit")
    desk.by("offer-on").select_option("sku")
    desk.by("offer-sku").fill("tent-1")
    desk.by("offer-kind").select_option("coupon")
    desk.by("offer-save").click()
    expect(desk.by("offers-said")).to_have_text("Dome tent: changed.")
    state(desk, name, "out_of_stock")
    desk.by("offers-undo").click()
    expect(row(desk, name)).to_contain_text("Clearance, 35%")
    state(desk, name, "live")
    tap(desk, name, "edit")
    desk.by("offer-delete").click()
    expect(row(desk, name)).to_have_count(0)
    assert name not in offers(api)
    desk.by("offers-undo").click()
    state(desk, name, "live")
    assert offers(api)[name]["discount"] == 0.35


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("discount", "0", "The discount is more than 0 and at most 100 %."),
        ("discount", "101", "The discount is more than 0 and at most 100 %."),
        ("ends", "2020-01-01T00:00", "The end must be after the beginning."),
        ("starts", "", "Give the date and time of the beginning."),
        ("budget", "-1", "The budget is 0 or more, or empty."),
        ("priority", "1.5", "The priority is a whole number."),
        ("priority", "99999999999", "The priority is a whole number."),
        ("sku", "boot-99", "There is no such product: give the sku of one that is sold."),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_made(
    desk: Manager, api: httpx.Client, field: str, value: str, said: str
) -> None:
    before = offers(api).keys()
    desk.by("offer-new").click()
    if field == "sku":
        desk.by("offer-on").select_option("sku")
    desk.by(f"offer-{field}").fill(value)
    desk.by("offer-save").click()
    expect(desk.by("offer-error")).to_have_text(said)
    expect(desk.by(f"offer-{field}")).to_have_attribute("aria-invalid", "true")
    expect(desk.by(f"offer-{field}")).to_be_focused()
    assert offers(api).keys() == before


def test_one_of_all_stores_is_paused_here_and_not_changed(desk: Manager, api: httpx.Client, shelf: Shelf) -> None:
    name = f"o-{uuid4().hex[:8]}"
    now = int(time.time() * 1000)
    shelf.put(offer(name, None), offer(f"{name}-later", starts=now + DAY_MS, ends=now + 2 * DAY_MS))
    known(api, name, f"{name}-later")
    desk.page.reload()
    expect(row(desk, name)).to_contain_text("All stores")
    expect(row(desk, name).get_by_test_id("offer-edit")).to_have_count(0)
    state(desk, f"{name}-later", "planned")
    desk.page.keyboard.press("Tab")
    row(desk, name).get_by_test_id("offer-pause").focus()
    desk.page.keyboard.press("Enter")
    state(desk, name, "paused")
    # the focus stays in the row, at what is possible now
    expect(row(desk, name).get_by_test_id("offer-resume")).to_be_focused()
    desk.page.keyboard.press("Enter")
    state(desk, name, "live")
    shelf.put(offer(name, None, starts=1, ends=2))


def test_it_says_whom_it_may_reach_and_what_that_is(desk: Manager, serving: Stack, named: str) -> None:
    expect(desk.by("offers-day")).to_contain_text("Nothing is known yet")
    root = Path(serving["serve"].environment["AISLEWISE_LAKE"])
    fill(root)
    try:
        desk.page.reload()
        yesterday = (datetime.now(UTC) - timedelta(days=1)).strftime("%b %-d, %Y")
        expect(desk.by("offers-day")).to_contain_text(
            f"of the 3 shoppers of {yesterday}, those who stood 20 s or longer"
        )
        desk.by("offer-new").click()
        desk.by("offer-category").select_option("boots")
        expect(desk.by("offer-reach")).to_have_text(f"2 of 3 shoppers stood 20 s or longer at Boots on {yesterday}.")
        desk.by("offer-category").select_option("ropes")
        expect(desk.by("offer-reach")).to_contain_text("No display of the floor plan shows this category")
        desk.by("offer-cancel").click()
        expect(row(desk, named).locator("td.number").nth(1)).to_have_text("2")
    finally:
        for path in (*root.rglob("visits-*"), *root.rglob("dwells-*")):
            path.unlink()
    desk.picture("manager-offers")


def test_while_the_server_is_away_it_says_so_and_nothing_is_lost(
    browser: Browser, network: Proxy, api: httpx.Client, named: str
) -> None:
    with manager(browser, f"http://{network.address}", token(role="manager")) as opened:
        opened.open("offers")
        state(opened, named, "live")
        network.cut()
        tap(opened, named, "pause")
        expect(opened.by("offers-said")).to_have_text("The server cannot be reached.", timeout=PATIENCE_MS)
        network.mend()
        assert offers(api)[named]["state"] == "live"
        tap(opened, named, "pause")
        state(opened, named, "paused")


def test_axe_finds_nothing_in_the_table_and_the_form(desk: Manager, named: str) -> None:
    desk.page.reload()
    tap(desk, named, "pause")
    state(desk, named, "paused")
    assert violations(desk) == []
    assert small(desk, _SMALL) == []
    tap(desk, named, "edit")
    desk.by("offer-discount").fill("0")
    desk.by("offer-save").click()
    expect(desk.by("offer-error")).to_contain_text("discount")
    assert violations(desk) == []
    assert small(desk, _SMALL) == []


@pytest.mark.parametrize(("language", "title"), [("de", "Angebote"), ("es", "Ofertas")])
def test_it_speaks(browser: Browser, serving: Stack, named: str, language: str, title: str) -> None:
    with manager(browser, serving.serving_url, token(role="manager"), locale=language) as opened:
        opened.open("offers")
        expect(opened.page.locator("#offers-title")).to_have_text(title)
        expect(row(opened, named)).to_have_count(1)
        assert opened.page.evaluate(_UNTRANSLATED) == []
