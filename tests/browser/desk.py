"""The view "plan" as a test sees it: a drawing in the plan's metres, its forms, and files to hand in."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, FilePayload, Locator, expect

from tests.browser.manager import Manager, manager
from tests.serving.client import token

_TO_PAGE = """(svg, [x, y]) => {
  const at = new DOMPoint(x, -y).matrixTransform(svg.getScreenCTM());
  return [at.x, at.y];
}"""


@contextmanager
def desk(browser: Browser, url: str, store: str, **options: Any) -> Iterator[Desk]:
    """The view of a store's manager."""
    with manager(browser, url, token(store, "manager"), **options) as opened:
        opened.open("plan")
        expect(opened.by("plan-versions").locator("tr")).not_to_have_count(0)
        yield Desk(opened)


class Desk:
    """One open view."""

    def __init__(self, opened: Manager) -> None:
        self.opened, self.page, self.by = opened, opened.page, opened.by
        self.mouse, self.press = opened.page.mouse, opened.page.keyboard.press

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where a point of the plan, in metres, is on the page."""
        svg = self.by("drawing").locator("svg")
        svg.scroll_into_view_if_needed()
        left, top = svg.evaluate(_TO_PAGE, [x, y])
        return left, top

    def click(self, x: float, y: float) -> None:
        self.mouse.click(*self.at(x, y))

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        self.mouse.move(*self.at(*start))
        self.mouse.down()
        self.mouse.move(*self.at(*end), steps=4)
        self.mouse.up()

    def rectangle(self, kind: str, start: tuple[float, float], end: tuple[float, float], **fields: str) -> None:
        """Draws one, and says what it is: `name`, `id`, `categories`, …"""
        self.by("new-kind").select_option(kind)
        self.by("tool-rectangle").click()
        self.drag(start, end)
        self.by("tool-move").click()
        for field, value in fields.items():
            self.fill(f"zone-{field}", value)

    def fill(self, field: str, value: str) -> None:
        """As a person does: what is typed counts when the field is left."""
        self.by(field).fill(value)
        self.by(field).blur()

    def zones(self, kind: str) -> Locator:
        return self.page.locator(f".zone.{kind}")

    def shape(self, zone_id: str) -> Locator:
        return self.page.locator(f'.zone[data-id="{zone_id}"]')

    def corners(self) -> list[tuple[float, ...]]:
        """Of the chosen zone, as its form has them."""
        rows = self.by("corner").evaluate_all(
            "rows => rows.map(row => [...row.querySelectorAll('input')].map(one => one.valueAsNumber))"
        )
        return [tuple(row) for row in rows]

    def draft(self) -> dict[str, Any]:
        """What the browser keeps."""
        text = self.page.evaluate("Object.entries(localStorage).find(([key]) => key.endsWith(':draft'))?.[1]")
        found: dict[str, Any] = json.loads(text)
        return found

    def import_(self, content: object, name: str = "their.geojson") -> None:
        file = FilePayload(name=name, mimeType="application/geo+json", buffer=json.dumps(content).encode())
        self.by("plan-import").set_input_files(file)

    def said(self, text: str) -> None:
        """Waits until the view has said so."""
        expect(self.by("plan-said").filter(has_text=text)).to_be_visible()

    def refused(self, text: str) -> None:
        """Waits until the view has said why something was not done."""
        expect(self.by("plan-refused").filter(has_text=text)).to_be_visible()


def png(width: int, height: int) -> bytes:
    """A grey picture."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = b"".join(b"\0" + b"\xc0" * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
