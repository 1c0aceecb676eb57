"""Heat of the last hour on the salesperson's plan: on, off, and what there is to say where there is none."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from aislewise.stack import Stack
from tests.browser.page import Tablet, tablet
from tests.browser.test_access import small, violations
from tests.serving import history
from tests.serving.client import planned, token
from tests.serving.store import Filler
from tests.serving.test_lately import stays

pytestmark = pytest.mark.browser

STORE = "S8"
"""Nobody has asked for its last hour before, which is kept for a minute."""
_SMALL = """least => [...document.querySelectorAll("button")]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }))
  .map((one) => [one.getBoundingClientRect(), one.outerHTML])
  .filter(([box]) => Math.min(box.width, box.height) < least - 0.5).map(([, text]) => text)"""


@pytest.fixture(scope="module")
def lake(serving: Stack) -> Iterator[Path]:
    """Eight people stood at the boots a quarter of an hour ago."""
    environment = serving["serve"].environment
    planned(serving, STORE)
    root, now = Path(environment["AISLEWISE_LAKE"]), datetime.now(UTC)
    rows = stays(8, 15, now_ms=int(now.timestamp() * 1000), store=STORE)
    history.write(root, "pings", now.date(), rows, 8000, 8001)
    yield root
    shutil.rmtree(root / "pings")


def test_the_last_hour_is_laid_over_the_plan_and_taken_away(browser: Browser, serving: Stack, lake: Path) -> None:
    with tablet(browser, serving.serving_url, token(STORE)) as opened:
        expect(opened.by("zone-display").first).to_be_visible()
        opened.by("heat").click()
        expect(opened.by("cell")).to_have_count(1)
        expect(opened.by("heat")).to_have_attribute("aria-pressed", "true")
        expect(opened.by("heat-said")).to_contain_text("Where people stood in the last hour, as of")
        # names of zones stay on top
        assert opened.page.evaluate("document.querySelector('.still').lastElementChild.matches('.label')")
        opened.by("heat").click()
        expect(opened.by("cell")).to_have_count(0)
        expect(opened.by("heat-said")).to_be_hidden()


def test_where_there_were_too_few_it_says_so(signed_in: Tablet, filler: Filler) -> None:
    signed_in.by("heat").click()
    expect(signed_in.by("heat-said")).to_contain_text("fewer than five people")
    assert signed_in.by("cell").count() == 0


def test_axe_finds_nothing(browser: Browser, serving: Stack, lake: Path) -> None:
    with tablet(browser, serving.serving_url, token(STORE)) as opened:
        opened.by("heat").click()
        expect(opened.by("cell")).to_have_count(1)
        assert violations(opened) == []
        assert small(opened, _SMALL) == []
