"""The tablet's page as a test sees it: reusable wherever a `serve` runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect, sync_playwright

ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
PATIENCE_MS = 15_000
SIZE = ViewportSize(width=1280, height=800)
_LATER = "ms => { const now = Date.now.bind(Date); Date.now = () => now() + ms; }"
_WATCH = """() => {
  window.cardsThatCame = [];
  const note = (card) => card.dataset?.prompt && window.cardsThatCame.push(card.dataset.prompt);
  new MutationObserver((changes) => changes.forEach((change) => change.addedNodes.forEach(note)))
    .observe(document.querySelector("[data-testid=cards]"), { childList: true });
}"""


@contextmanager
def chromium_browser(path: str) -> Iterator[Browser]:
    """A headless Chromium that fetches nothing by itself."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def tablet(browser: Browser, url: str, token: str, dark: bool = False) -> Iterator[Tablet]:
    """A tablet of its own, signed in. What the page reports as an error fails the test at the end."""
    context = browser.new_context(viewport=SIZE, color_scheme="dark" if dark else "light")
    try:
        opened = Tablet(context.new_page(), url)
        opened.sign_in(token)
        yield opened
        assert opened.errors == []
    finally:
        context.close()


class Opened:
    """One open page, whatever it is. `errors` are what it has reported."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self.errors: list[str] = []
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on(
            "console",
            lambda message: self.errors.append(message.text) if "Content Security" in message.text else None,
        )

    def by(self, test_id: str) -> Locator:
        return self.page.get_by_test_id(test_id)


class Tablet(Opened):
    """The salesperson's."""

    def sign_in(self, token: str) -> None:
        self.page.goto(self.url)
        self.by("token").fill(token)
        self.by("sign-in-button").click()
        self.wait_connection("live")

    def wait_connection(self, state: str) -> None:
        """`live`, `connecting` or `lost`, and visible."""
        expect(self.by("connection")).to_have_attribute("data-state", state, timeout=PATIENCE_MS)
        expect(self.by("connection")).to_be_visible()

    def later(self, seconds: float) -> None:
        """It is so much later by the page's clock; its timers, and the world around it, go on as they were."""
        self.page.evaluate(_LATER, seconds * 1000)

    def card(self, prompt_id: str) -> Locator:
        return self.page.locator(f'[data-testid=card][data-prompt="{prompt_id}"]')

    def wait_card(self, prompt_id: str) -> Locator:
        """The prompt's only card."""
        expect(self.card(prompt_id)).to_have_count(1, timeout=PATIENCE_MS)
        return self.card(prompt_id)

    def answer(self, prompt_id: str, button: str) -> None:
        """Taps a button of the card: `take`, `not-now`, `busy`, `sold`, `undo`, …"""
        self.wait_card(prompt_id).get_by_test_id(button).click()

    def watch_cards(self) -> None:
        """From now on `came` has every card that is put on the page, also one that is taken away again."""
        self.page.evaluate(_WATCH)

    def came(self) -> list[str]:
        """Ids of the prompts whose cards came since `watch_cards`, in their order."""
        return [str(prompt_id) for prompt_id in self.page.evaluate("window.cardsThatCame")]

    def cards(self) -> list[str]:
        """Ids of the prompts on the page, the newest first."""
        found = self.by("card").evaluate_all("cards => cards.map(card => card.dataset.prompt)")
        return [str(prompt_id) for prompt_id in found]
