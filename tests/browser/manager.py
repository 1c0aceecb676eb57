"""The manager's page as a test sees it: one open page, signed in, that goes from view to view."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, expect

from tests.browser.page import PATIENCE_MS, SIZE, Opened
from tests.house.project import ROOT

VIEWS = ("today", "plan", "offers", "model", "devices", "privacy")


@contextmanager
def manager(
    browser: Browser, url: str, token: str, dark: bool = False, locale: str = "en", still: bool = False
) -> Iterator[Manager]:
    """A page of its own, signed in, `still` with less motion. What it reports as an error fails the test at the end."""
    look: dict[str, Any] = {"color_scheme": "dark" if dark else "light", "reduced_motion": "reduce" if still else None}
    context = browser.new_context(viewport=SIZE, locale=locale, **look)
    try:
        opened = Manager(context.new_page(), url)
        opened.sign_in(token)
        yield opened
        assert opened.errors == []
    finally:
        context.close()


class Manager(Opened):
    """The manager's."""

    def sign_in(self, token: str) -> None:
        self.page.goto(f"{self.url}/manager")
        self.by("token").fill(token)
        self.by("sign-in-button").click()

    def picture(self, name: str) -> None:
        """docs/<name>.png, made with AISLEWISE_SCREENSHOTS=1: what the page shows, also below the window's edge."""
        if os.environ.get("AISLEWISE_SCREENSHOTS") == "1":
            self.page.screenshot(path=ROOT / "docs" / f"{name}.png", full_page=True)

    def open(self, view: str) -> None:
        """Goes to one of `VIEWS` and waits until it is there."""
        self.by(f"open-{view}").click()
        expect(self.by("view")).to_have_attribute("data-view", view, timeout=PATIENCE_MS)
