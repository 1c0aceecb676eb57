"""The view of the recommender: who is champion and why, one tap back, and that taken back too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from aislewise.stack import Stack
from models import arms, bundle, champions
from models.arms import Canary
from tests.browser.manager import Manager, manager
from tests.browser.test_access import small, violations
from tests.browser.test_manager_today import _SMALL, _UNTRANSLATED, open_all
from tests.serving import shelves
from tests.serving.client import token
from tests.serving.shelves import CHAMPION, FIRST, REFUSED

pytestmark = pytest.mark.browser


@pytest.fixture
def folder(serving: Stack, trained: Path) -> Iterator[Path]:
    bundles = Path(serving["serve"].environment["AISLEWISE_BUNDLES"])
    shelves.fill(bundles, trained)
    yield bundles
    shelves.empty(bundles)


@pytest.fixture
def opened(browser: Browser, serving: Stack, folder: Path) -> Iterator[Manager]:
    with manager(browser, serving.serving_url, token(role="manager")) as page:
        page.open("model")
        expect(page.by("bundle")).to_have_count(3)
        yield page


def one(page: Manager, version: str) -> Locator:
    return page.page.locator(f"[data-version='{version}']")


def champion(folder: Path) -> str:
    path = bundle.latest(folder)
    assert path is not None
    return path.name


def test_champion_and_challengers_and_why(opened: Manager) -> None:
    expect(opened.by("champion-name")).to_have_text(CHAMPION)
    expect(one(opened, CHAMPION).get_by_test_id("why")).to_have_text("Promoted: better than the champion")
    expect(one(opened, CHAMPION).get_by_test_id("trained")).to_contain_text("Trained on Sep 21, 2026")
    expect(one(opened, CHAMPION).get_by_test_id("bundle-lift")).to_contain_text("it cannot be told")
    refused = one(opened, REFUSED)
    expect(refused.get_by_test_id("state")).to_have_text("Kept out")
    expect(refused.get_by_test_id("why")).to_have_text("Kept out: too likely worse than the champion")
    expect(refused.get_by_test_id("compared")).to_contain_text("Worse than the champion of then")
    refused.get_by_test_id("metrics").locator("summary").click()
    expect(refused.locator("dt").first).to_be_visible()
    expect(opened.by("model-lift")).to_contain_text("it cannot be told")
    opened.picture("manager-model")


def test_a_rollback_is_asked_for_made_and_taken_back(opened: Manager, folder: Path) -> None:
    opened.by("roll-back").click()
    expect(opened.by("sure")).to_contain_text("every store that shares this recommender")
    opened.by("sure-no").click()
    assert champion(folder) == CHAMPION
    opened.by("roll-back").click()
    opened.by("sure-yes").click()
    expect(opened.by("champion-name")).to_have_text(FIRST)
    expect(opened.by("changed")).to_contain_text(f"{FIRST} is the champion again.")
    expect(one(opened, CHAMPION).get_by_test_id("state")).to_have_text("Rolled back")
    expect(opened.by("roll-back")).to_be_hidden()
    assert champion(folder) == FIRST
    opened.by("undo-change").click()
    expect(opened.by("champion-name")).to_have_text(CHAMPION)
    assert champions.reigned(folder) == [FIRST, CHAMPION]


def test_a_challenger_is_promoted_by_hand_and_taken_back(opened: Manager, folder: Path) -> None:
    one(opened, REFUSED).get_by_test_id("promote").click()
    opened.by("sure-yes").click()
    expect(opened.by("champion-name")).to_have_text(REFUSED)
    assert champion(folder) == REFUSED
    opened.by("undo-change").click()
    expect(opened.by("champion-name")).to_have_text(CHAMPION)
    assert champion(folder) == CHAMPION


def test_what_keeps_a_share_is_said_and_goes_on_after_an_undo(opened: Manager, folder: Path) -> None:
    champions.promote(folder, REFUSED, before=CHAMPION)
    opened.page.reload()
    expect(opened.by("canary")).to_contain_text(f"{CHAMPION} still decides for 20% of the visits")
    expect(one(opened, CHAMPION).get_by_test_id("state")).to_have_text("Keeps a share of the visits")
    opened.by("roll-back").click()
    expect(opened.by("sure")).to_contain_text("The comparison that goes on now ends.")
    opened.by("sure-yes").click()
    expect(opened.by("canary")).to_be_hidden()
    opened.by("undo-change").click()
    expect(opened.by("canary")).to_be_visible()
    assert arms.canary(folder) == Canary(CHAMPION, (REFUSED,))


def test_a_champion_that_was_changed_meanwhile_is_said(opened: Manager, folder: Path) -> None:
    champions.rollback(folder)
    opened.by("roll-back").click()
    opened.by("sure-yes").click()
    expect(opened.by("model-error")).to_contain_text(f"{CHAMPION} is not the champion any more")
    expect(opened.by("champion-name")).to_have_text(FIRST)


def test_a_damaged_bundle_says_so_and_cannot_be_promoted(opened: Manager, folder: Path) -> None:
    (folder / REFUSED / "manifest.json").write_text("{")
    opened.page.reload()
    expect(one(opened, REFUSED).get_by_test_id("why")).to_contain_text("Cannot be used: does not verify")
    expect(one(opened, REFUSED).get_by_test_id("promote")).to_be_hidden()


def test_before_the_first_night_it_says_what_to_do(browser: Browser, serving: Stack) -> None:
    with manager(browser, serving.serving_url, token(role="manager")) as page:
        page.open("model")
        expect(page.by("model-state")).to_contain_text("aislewise nightly")
        expect(page.by("champion")).to_be_hidden()
        expect(page.by("model-lift")).to_contain_text("Not known yet")


def test_axe_finds_nothing(opened: Manager) -> None:
    open_all(opened.page)
    assert violations(opened) == []
    opened.by("roll-back").click()
    expect(opened.by("sure")).to_be_visible()
    assert violations(opened) == []
    assert small(opened, _SMALL) == []
    opened.by("sure-yes").click()
    expect(opened.by("undo-change")).to_be_visible()
    assert violations(opened) == []


@pytest.mark.parametrize(("locale", "text"), [("de-DE", "Nicht befördert"), ("es-ES", "No promovido")])
def test_it_speaks_the_language_of_the_browser(
    browser: Browser, serving: Stack, folder: Path, locale: str, text: str
) -> None:
    with manager(browser, serving.serving_url, token(role="manager"), locale=locale) as page:
        page.open("model")
        expect(one(page, REFUSED).get_by_test_id("state")).to_have_text(text)
        open_all(page.page)
        assert page.page.evaluate(_UNTRANSLATED) == []
