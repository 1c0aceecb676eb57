"""Staff and devices on the manager's page, and the tablets that are paired, locked and revoked."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Browser, Locator, expect

from aislewise.stack import Stack
from tests.browser.manager import Manager, manager
from tests.browser.page import PATIENCE_MS, SIZE, Tablet
from tests.browser.test_access import small, violations
from tests.browser.test_manager_offers import _SMALL, _UNTRANSLATED
from tests.serving import history
from tests.serving.client import planned, token
from tests.serving.shelf import MANAGER
from tests.serving.store import Filler

pytestmark = [pytest.mark.browser, pytest.mark.kafka]

SOON_MS = 2000
PIN = "2468"


@pytest.fixture
def api(serving: Stack, filler: Filler) -> Iterator[httpx.Client]:
    """Of a manager of a store without names and tablets."""
    with httpx.Client(base_url=f"{serving.serving_url}/v1/stores/S1", headers=MANAGER, timeout=10) as client:
        found = client.get("/devices").json()
        for one in found["tablets"]:
            client.delete(f"/tablets/{one['id']}")
        for one in found["staff"]:
            client.delete(f"/staff/{one['name']}")
        client.put("/lock", json={"minutes": 0})
        yield client


@pytest.fixture
def desk(browser: Browser, serving: Stack, api: httpx.Client) -> Iterator[Manager]:
    with manager(browser, serving.serving_url, token(role="manager")) as opened:
        opened.open("devices")
        yield opened


@contextmanager
def unpaired(browser: Browser, url: str) -> Iterator[Tablet]:
    """A tablet that asks for a code."""
    context = browser.new_context(viewport=SIZE)
    try:
        opened = Tablet(context.new_page(), url)
        opened.page.goto(url)
        expect(opened.by("pair")).to_be_visible()
        yield opened
        assert opened.errors == []
    finally:
        context.close()


def pair(tablet: Tablet, code: str, pin: str = "") -> None:
    tablet.by("code").fill(code)
    tablet.by("pin").fill(pin)
    tablet.by("pair-button").click()


def code(api: httpx.Client, staff: str | None = None) -> str:
    return str(api.post("/pairings", json={"tablet": "Till", "staff": staff}).json()["code"])


def row(desk: Manager, name: str) -> Locator:
    return desk.by("tablet").filter(has_text=name)


def test_a_tablet_is_paired_by_the_code_on_the_page_and_revoked_there(
    desk: Manager, browser: Browser, beside: Stack, filler: Filler
) -> None:
    desk.by("staff-name").fill("Ana")
    desk.by("staff-add").click()
    desk.by("pair-staff").select_option("Ana")
    desk.by("pair-tablet").fill("Shoes 1")
    desk.by("pair-make").click()
    expect(desk.by("pair-how")).to_contain_text("It is good once, for 10 more minutes")
    shown = desk.by("pair-code").inner_text()
    with unpaired(browser, beside.serving_url) as tablet:
        pair(tablet, shown.lower())
        tablet.wait_connection("live")
        expect(tablet.by("staff")).to_have_text("Ana")
        _, prompt = filler.prompt(1)
        tablet.wait_card(prompt.prompt_id)
        expect(row(desk, "Shoes 1")).to_contain_text("Ana", timeout=PATIENCE_MS)
        expect(desk.by("pair-shown")).to_be_hidden()
        expect(row(desk, "Shoes 1").get_by_test_id("tablet-seen")).to_have_text(re.compile(r"\d+ s ago"))
        row(desk, "Shoes 1").get_by_test_id("tablet-revoke").click()
        desk.by("revoke-no").click()
        expect(row(desk, "Shoes 1")).to_have_count(1)
        row(desk, "Shoes 1").get_by_test_id("tablet-revoke").click()
        expect(desk.by("revoke-title")).to_have_text("Revoke “Shoes 1”?")
        began = time.monotonic()
        desk.by("revoke-yes").click()
        expect(tablet.by("pair")).to_be_visible(timeout=SOON_MS)
        assert time.monotonic() - began < SOON_MS / 1000
        expect(tablet.by("card")).to_have_count(0)
        expect(row(desk, "Shoes 1")).to_have_count(0)
        tablet.page.reload()
        expect(tablet.by("pair")).to_be_visible()
        pair(tablet, shown)
        expect(tablet.by("pair-error")).to_have_text("This code is wrong, used or older than ten minutes.")


def test_names_are_added_and_removed_with_an_undo(desk: Manager) -> None:
    name = f"Zoë {uuid4().hex[:4]}"
    one = desk.by("staff-one").filter(has_text=name)
    desk.by("staff-name").fill(name)
    desk.page.keyboard.press("Enter")
    expect(one).to_have_count(1)
    expect(desk.by("staff-name")).to_have_value("")
    one.get_by_test_id("staff-remove").click()
    expect(desk.by("devices-said")).to_have_text(f"{name}: removed.")
    expect(one).to_have_count(0)
    desk.by("devices-undo").click()
    expect(one).to_have_count(1)
    desk.page.reload()
    expect(one).to_have_count(1)


def test_a_tablet_locks_and_opens_with_its_pin_alone(
    browser: Browser, serving: Stack, api: httpx.Client, filler: Filler
) -> None:
    with unpaired(browser, serving.serving_url) as tablet:
        pair(tablet, code(api), PIN)
        tablet.wait_connection("live")
        _, prompt = filler.prompt(1)
        card = tablet.wait_card(prompt.prompt_id)
        tablet.by("lock").click()
        expect(card).to_be_hidden()
        expect(tablet.by("plan")).to_be_hidden()
        expect(tablet.by("unlock-pin")).to_be_focused()
        assert violations(tablet) == []
        tablet.page.reload()
        expect(tablet.by("locked")).to_be_visible()
        tablet.by("unlock-pin").fill("1111")
        tablet.by("unlock").click()
        expect(tablet.by("unlock-error")).to_contain_text("4 tries are left")
        expect(tablet.by("card")).to_be_hidden()
        tablet.by("unlock-pin").fill(PIN)
        tablet.page.keyboard.press("Enter")
        expect(tablet.card(prompt.prompt_id)).to_be_visible()
        kept = tablet.page.evaluate("localStorage.getItem('aislewise:lock')")
        assert PIN not in kept


def test_after_five_wrong_pins_it_has_to_be_paired_again(
    browser: Browser, serving: Stack, api: httpx.Client, filler: Filler
) -> None:
    with unpaired(browser, serving.serving_url) as tablet:
        pair(tablet, code(api), PIN)
        tablet.wait_connection("live")
        tablet.by("lock").click()
        for left in ("4 tries", "3 tries", "2 tries", "1 try"):
            tablet.by("unlock-pin").fill("1111")
            tablet.by("unlock").click()
            expect(tablet.by("unlock-error")).to_contain_text(left)
        tablet.by("unlock-pin").fill("1111")
        tablet.by("unlock").click()
        expect(tablet.by("pair")).to_be_visible()
        expect(tablet.by("locked")).to_be_hidden()
        assert tablet.page.context.cookies() == []


def test_it_locks_by_itself_after_the_minutes_that_the_manager_chose(
    desk: Manager, browser: Browser, serving: Stack, api: httpx.Client
) -> None:
    desk.by("lock-minutes").select_option("1")
    expect(desk.by("devices-said")).to_have_text("The lock is set.")
    with unpaired(browser, serving.serving_url) as tablet:
        tablet.page.clock.install()
        tablet.page.reload()
        pair(tablet, code(api), PIN)
        tablet.wait_connection("live")
        tablet.page.clock.run_for(50_000)
        tablet.page.keyboard.press("Tab")
        tablet.page.clock.run_for(50_000)
        expect(tablet.by("locked")).to_be_hidden()
        tablet.page.clock.run_for(15_000)
        expect(tablet.by("locked")).to_be_visible()


def test_without_a_pin_there_is_no_lock(browser: Browser, serving: Stack, api: httpx.Client) -> None:
    with unpaired(browser, serving.serving_url) as tablet:
        pair(tablet, code(api))
        tablet.wait_connection("live")
        expect(tablet.by("lock")).to_be_hidden()


@pytest.fixture
def sender(filler: Filler, api: httpx.Client) -> Iterator[str]:
    """A key that has sent something, as a gateway has counted it."""
    key = uuid4().hex[:16]
    filler.sender(key, int(time.time() * 1000), accepted=1234, refused=5, per_minute=77)
    yield key
    api.put(f"/senders/{key}", json={})


def test_a_sender_is_named_revoked_and_let_in_again(desk: Manager, api: httpx.Client, sender: str) -> None:
    one = desk.by("sender").filter(has_text=sender[:8])
    expect(one).to_contain_text("1,234", timeout=PATIENCE_MS)
    expect(one.locator("td")).to_have_text([re.compile(r"\d+ s ago"), "77", "1,234", "5", "Revoke"])
    one.get_by_test_id("sender-name").fill("Wi-Fi controller")
    one.get_by_test_id("sender-name").blur()
    expect(desk.by("devices-said")).to_have_text("The name is kept.")
    one.get_by_test_id("sender-revoke").click()
    expect(desk.by("devices-said")).to_have_text("Wi-Fi controller: revoked.")
    expect(one.locator("td").first).to_have_text("revoked")
    desk.by("devices-undo").click()
    expect(one.locator("td").first).to_have_text(re.compile(r"\d+ s ago"))
    one.get_by_test_id("sender-revoke").click()
    desk.page.reload()
    expect(one.get_by_test_id("sender-revoke")).to_have_text("Let in again")
    expect(one.get_by_test_id("sender-name")).to_have_value("Wi-Fi controller")
    assert violations(desk) == []
    assert small(desk, _SMALL) == []
    one.get_by_test_id("sender-revoke").click()
    expect(desk.by("devices-said")).to_have_text("Wi-Fi controller: let in again.")
    (shown,) = [row for row in api.get("/senders").json() if row["id"] == sender]
    assert (shown["name"], shown["revoked"]) == ("Wi-Fi controller", None)


def test_it_says_how_the_data_flow(desk: Manager, filler: Filler, sender: str) -> None:
    filler.visit("v1")
    expect(desk.by("health-visits")).to_have_text("1", timeout=PATIENCE_MS)
    expect(desk.by("health-workers")).to_contain_text("By worker, for all stores: dwell: ")
    expect(desk.by("quality-advice")).not_to_be_empty()
    desk.picture("manager-devices")


@pytest.fixture
def strays(serving: Stack) -> Iterator[str]:
    """A store whose positions of the last hour come late and lie far away, every other one."""
    store = "STRAYS"
    planned(serving, store)
    lake, now = Path(serving["serve"].environment["AISLEWISE_LAKE"]), datetime.now(UTC)
    rows = [
        {
            "store_id": store,
            "device_id": "phone",
            "ts": int(now.timestamp() * 1000) - 9000 * (n % 2) - 60_000,
            "x_m": 3.0 + 900 * (n % 2),
            "y_m": 7.0,
            "floor": 0,
            "sigma_m": 6.25,
            "row": n,
        }
        for n in range(10)
    ]
    history.write(lake, "pings", now.date(), rows, 9200, 9201)
    yield store
    next(lake.glob(f"pings/date={now.date()}/pings-0-9200-9201.parquet")).unlink()


def test_it_says_what_is_wrong_with_the_data_and_what_to_do(browser: Browser, serving: Stack, strays: str) -> None:
    with manager(browser, serving.serving_url, token(strays, "manager")) as opened:
        opened.open("devices")
        expect(opened.by("quality-late")).to_have_text("50%", timeout=PATIENCE_MS)
        expect(opened.by("quality-outside")).to_have_text("50%")
        expect(opened.by("quality-sigma")).to_have_text("6.3 m")
        said = opened.by("quality-advice").locator("li")
        expect(said.filter(has_text="Many positions come late")).to_have_count(1)
        expect(said.filter(has_text="Many positions lie outside the plan")).to_have_count(1)
        expect(said.filter(has_text="displays hardly")).to_have_count(1)
        assert violations(opened) == []


def test_axe_finds_nothing(desk: Manager, browser: Browser, serving: Stack, api: httpx.Client) -> None:
    with unpaired(browser, serving.serving_url) as tablet:
        pair(tablet, code(api))
        tablet.wait_connection("live")
    desk.by("staff-name").fill("Ana")
    desk.by("staff-add").click()
    expect(desk.by("staff-one")).to_have_count(1)
    desk.by("pair-tablet").fill("Till")
    desk.by("pair-make").click()
    expect(desk.by("pair-code")).to_be_visible()
    assert violations(desk) == []
    assert small(desk, _SMALL) == []
    desk.by("tablet-revoke").first.click()
    expect(desk.by("revoke-yes")).to_be_visible()
    assert violations(desk) == []
    assert small(desk, _SMALL) == []


@pytest.mark.parametrize(("language", "title"), [("de", "Personal"), ("es", "Personal")])
def test_it_speaks(browser: Browser, serving: Stack, api: httpx.Client, language: str, title: str) -> None:
    with manager(browser, serving.serving_url, token(role="manager"), locale=language) as opened:
        opened.open("devices")
        expect(opened.page.locator("#staff-title")).to_have_text(title)
        assert opened.page.evaluate(_UNTRANSLATED) == []
