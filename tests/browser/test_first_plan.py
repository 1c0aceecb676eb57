"""docs/first-plan.md as a newcomer goes it: its command, a plan drawn over their own picture, the first prompt."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FilePayload, expect

from tests.browser.desk import Desk, png
from tests.browser.manager import Manager
from tests.browser.page import SIZE, tablet
from tests.house.project import ROOT
from tests.parts.processes import demo

pytestmark = pytest.mark.browser

PAGE = (ROOT / "docs/first-plan.md").read_text()
FIRST_MS = 60_000
"""Three people come and stand at a display."""
CERTAIN = {"HOLDOUT": "0", "EXPLORE": "0", "PROMPT_AFTER_SECONDS": "5"}
"""Nobody is held out and nothing is tried, so that the first who comes has a prompt; and soon."""


@pytest.fixture
def printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What the page's command prints until people may come, with the page's own example of a catalogue."""
    for name, rows in re.findall(r"`(\w+\.csv)`:\n\n```csv\n(.+?)```", PAGE, re.DOTALL):
        (tmp_path / name).write_text(rows)
    (words,) = re.findall(r"^\.venv/bin/aislewise (demo .+)$", PAGE, re.MULTILINE)
    for name, value in CERTAIN.items():
        monkeypatch.setenv(f"AISLEWISE_{name}", value)
    command = [sys.executable, "-m", "aislewise", *words.split()]
    with demo(command, tmp_path) as lines:
        yield lines


def after(lines: list[str], words: str) -> list[str]:
    return [line.split(words)[1].strip() for line in lines if words in line]


def test_from_a_picture_and_a_catalogue_to_the_first_prompt(browser: Browser, printed: list[str]) -> None:
    (page,), (tablet_page,) = after(printed, "draw your plan at:"), after(printed, "tablet:")
    manager, associate = after(printed, "sign in with:")
    context = browser.new_context(viewport=SIZE)
    opened = Manager(context.new_page(), page.removesuffix("/manager#plan"))
    opened.sign_in(manager)
    opened.open("plan")
    draw(Desk(opened))
    with tablet(browser, tablet_page.removesuffix("/"), associate) as shown:
        card = shown.by("card").first
        expect(card).to_be_visible(timeout=FIRST_MS)
        expect(card.get_by_test_id("name")).to_have_text("Alpine boot")
    assert opened.errors == []
    context.close()


def draw(desk: Desk) -> None:
    """As the page says."""
    desk.by("plan-image").set_input_files(FilePayload(name="floor.png", mimeType="image/png", buffer=png(600, 400)))
    desk.said("Now set its scale")
    desk.by("plan-scale").click()
    desk.fill("image-width", "24")
    desk.by("plan-all").click()
    desk.rectangle("department", (0, 0), (12, 16), name="Shoes")
    desk.rectangle("display", (4, 6), (7, 9), name="Boots", categories="boots")
    desk.by("plan-save").click()
    desk.said("holds now")
