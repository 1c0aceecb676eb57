"""The manager's page on a tablet that is held upright: every view is whole, and everybody can use it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ViewportSize

from aislewise.stack import Stack
from tests.browser.manager import VIEWS, Manager, manager
from tests.browser.test_access import violations
from tests.serving.client import token
from tests.serving.store import Filler

pytestmark = pytest.mark.browser

UPRIGHT = ViewportSize(width=820, height=1180)
MOST_OF_BAR = 0.11
"""Of the height: two rows of targets, and not three. The bar stays while one scrolls."""
_WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_BAR = "document.querySelector('.bar').getBoundingClientRect().height / innerHeight"


@pytest.fixture(scope="module")
def upright(browser: Browser, serving: Stack) -> Iterator[Manager]:
    with manager(browser, serving.serving_url, token(role="manager")) as opened:
        opened.page.set_viewport_size(UPRIGHT)
        yield opened


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_is_whole_and_axe_finds_nothing(upright: Manager, filler: Filler, view: str) -> None:
    upright.open(view)
    upright.page.wait_for_load_state("networkidle")
    assert violations(upright) == []
    assert upright.page.evaluate(_WIDER) == 0
    assert upright.page.evaluate(_BAR) < MOST_OF_BAR
