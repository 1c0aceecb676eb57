"""The view of privacy: who is erased, who has opted out, how long things are kept, and what was removed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from aislewise.stack import Stack
from models import audit, ids
from models.erasure import listed
from models.salts import Salts
from tests.browser.manager import Manager, manager
from tests.browser.page import PATIENCE_MS
from tests.browser.test_access import small, violations
from tests.browser.test_manager_offers import _SMALL, _UNTRANSLATED
from tests.models import people
from tests.models.people import DAY, Visitor
from tests.parts.processes import SECRET
from tests.serving.client import token

pytestmark = [pytest.mark.browser, pytest.mark.kafka]

STORE = "PRIVACY"
PARTITION = 77
GOES, STAYS = Visitor("a phone that goes", "1" * 16, STORE), Visitor("a phone that stays", "2" * 16, STORE)


@pytest.fixture
def places(serving: Stack) -> Iterator[tuple[Path, Path]]:
    """The lake and the salts, in which this store has had two shoppers."""
    environment = serving["serve"].environment
    lake, salts = (Path(environment[f"AISLEWISE_{name}"]) for name in ("LAKE", "SALTS"))
    people.build(lake, salts, (GOES, STAYS), PARTITION)
    yield lake, salts
    for path in lake.glob(f"*/date={DAY}/*-{PARTITION}-*.parquet"):
        path.unlink()
    for folder in (lake / audit.FOLDER, lake / listed.FOLDER, salts / STORE):
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def desk(browser: Browser, serving: Stack, places: tuple[Path, Path]) -> Iterator[Manager]:
    with manager(browser, serving.serving_url, token(STORE, "manager")) as opened:
        opened.open("privacy")
        expect(opened.by("kept-salts")).to_have_text("30 days")
        expect(opened.by("kept-pings")).to_have_text("for ever")
        yield opened


def phones(lake: Path) -> set[str]:
    """Of the store, in all tables."""
    rows = [row for table in people.stored(lake).values() for row in table if STORE in row]
    return {visit for visit in (GOES.visit, STAYS.visit) if any(visit in row for row in rows)}


def test_somebody_is_looked_for_and_erased_when_the_id_is_typed_again(desk: Manager, places: tuple[Path, Path]) -> None:
    desk.by("erase-kind").select_option("device")
    desk.by("erase-id").fill(GOES.device)
    desk.by("erase-look").click()
    expect(desk.by("confirm-found")).to_contain_text("Positions: 40", timeout=PATIENCE_MS)
    expect(desk.by("confirm-found")).to_contain_text("The device can be linked to 1 day.")
    desk.by("confirm-id").fill("another")
    desk.by("confirm-yes").click()
    expect(desk.by("confirm-error")).to_have_text("This is not the id that was looked for.")
    assert phones(places[0]) == {GOES.visit, STAYS.visit}
    desk.by("confirm-id").fill(GOES.device)
    desk.by("confirm-yes").click()
    expect(desk.by("privacy-said")).to_contain_text("Erased: Positions: 40, Visits: 1", timeout=PATIENCE_MS)
    assert phones(places[0]) == {STAYS.visit}
    expect(desk.by("act").first).to_contain_text("Somebody was erased (Device)")
    expect(desk.by("act").first).to_contain_text("Manager")
    assert GOES.device not in desk.by("view").inner_text()
    expect(desk.by("erase-id")).to_have_value("")
    desk.picture("manager-privacy")


def test_to_look_changes_nothing(desk: Manager, places: tuple[Path, Path]) -> None:
    desk.by("erase-kind").select_option("visit")
    desk.by("erase-id").fill(GOES.visit)
    desk.page.keyboard.press("Enter")
    expect(desk.by("confirm-found")).to_contain_text("Visits: 1", timeout=PATIENCE_MS)
    desk.by("confirm-no").click()
    expect(desk.by("confirm-dialog")).to_be_hidden()
    assert phones(places[0]) == {GOES.visit, STAYS.visit}
    expect(desk.by("acts-none")).to_be_visible()


def test_a_device_opts_out_and_is_taken_off_the_list(desk: Manager) -> None:
    name = ids.opted_out(STORE, "her phone", SECRET)
    desk.by("optout-device").fill("her phone")
    desk.by("optout-add").click()
    expect(desk.by("optout")).to_contain_text(name)
    desk.by("privacy-undo").click()
    expect(desk.by("optout")).to_have_count(0)
    desk.by("optout-device").fill("her phone")
    desk.page.keyboard.press("Enter")
    expect(desk.by("optout")).to_have_count(1)
    desk.by("optout-remove").click()
    expect(desk.by("privacy-said")).to_have_text("The device is off the list.")
    expect(desk.by("optout")).to_have_count(0)


def test_it_says_how_far_back_a_device_can_be_linked(desk: Manager, places: tuple[Path, Path]) -> None:
    assert Salts(places[1]).of(STORE, DAY)
    expect(desk.by("kept-salt")).to_contain_text("back to Nov 24, 2026")
    expect(desk.by("kept-purchases")).to_have_text("for ever")
    shutil.rmtree(places[1] / STORE)
    desk.page.reload()
    expect(desk.by("kept-salt")).to_have_text("No salts are left: no device can be linked to its history.")


def test_axe_finds_nothing(desk: Manager) -> None:
    desk.by("optout-device").fill("her phone")
    desk.by("optout-add").click()
    expect(desk.by("optout")).to_have_count(1)
    desk.by("erase-id").fill("nobody")
    desk.by("erase-look").click()
    expect(desk.by("confirm-found")).to_have_text("Found: nothing.", timeout=PATIENCE_MS)
    assert violations(desk) == []
    desk.by("confirm-id").fill("nobody")
    desk.by("confirm-yes").click()
    expect(desk.by("act")).to_have_count(1, timeout=PATIENCE_MS)
    assert violations(desk) == []
    assert small(desk, _SMALL) == []
    desk.by("optout-remove").click()
    expect(desk.by("optout")).to_have_count(0)


@pytest.mark.parametrize(("language", "title"), [("de", "Jemanden löschen"), ("es", "Borrar a una persona")])
def test_it_speaks(browser: Browser, serving: Stack, places: tuple[Path, Path], language: str, title: str) -> None:
    with manager(browser, serving.serving_url, token(STORE, "manager"), locale=language) as opened:
        opened.open("privacy")
        expect(opened.page.locator("#erase-title")).to_have_text(title)
        expect(opened.by("kept-salt")).not_to_be_empty()
        assert opened.page.evaluate(_UNTRANSLATED) == []
        assert "privacy." not in opened.by("view").inner_text()
