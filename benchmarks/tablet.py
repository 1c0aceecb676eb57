"""The tablet's page on a slow processor: frames while 200 shoppers walk, and the first card after opening.

A real `serve` on real Redis, in Chromium without a graphics card, with its processor throttled by its own protocol. No
Kafka is needed: nothing is answered.
"""

from __future__ import annotations

import json
import math
import random
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np
from playwright.sync_api import Browser, CDPSession, Page

from aislewise.stack import Stack
from simulation.layout import Zone
from simulation.store import Store
from tests.browser.page import SIZE, Tablet, chromium_browser
from tests.parts.processes import settings
from tests.parts.redis import RedisServer
from tests.serving.client import token, until
from tests.serving.store import Filler

STORE, SHOPPERS, SECONDS, THROTTLE, OPENINGS = "S1", 200, 15, 4, 5
BUDGET_MS = 1000 / 60
_FRAMES = """seconds => new Promise((done) => {
  const frames = [];
  const end = performance.now() + 1000 * seconds;
  const next = (now) => (frames.push(now), now < end ? requestAnimationFrame(next) : done(frames));
  requestAnimationFrame(next);
})"""
_FIRST_CARD = """() => new Promise((done) => {
  const look = () => document.querySelector("[data-testid=card]")
    ? requestAnimationFrame(() => setTimeout(() => done(performance.now()))) : setTimeout(look, 5);
  look();
})"""


def run() -> None:
    """Prints the frames a second, idle and with everybody walking, and the time to the first card with its weight."""
    with _served() as (url, walkers), chromium_browser(str(shutil.which("chromium"))) as browser:
        _frames(browser, url, "nobody there", THROTTLE)
        walkers.start()
        for throttle in (1, THROTTLE):
            _frames(browser, url, f"{SHOPPERS} shoppers", throttle)
        walkers.prompt()
        _openings(browser, url)


def _frames(browser: Browser, url: str, what: str, throttle: int) -> None:
    """Frames as they came, and the main thread's own work on each: a busy machine delays the first, not the second."""
    page = _page(browser, url)
    tools = page.context.new_cdp_session(page)
    tools.send("Performance.enable", {"timeDomain": "threadTicks"})
    tools.send("Emulation.setCPUThrottlingRate", {"rate": throttle})
    time.sleep(3)
    before = _worked(tools)
    frames = np.diff(page.evaluate(_FRAMES, SECONDS))
    worked = 1000 * (_worked(tools) - before) / len(frames)
    page.context.close()
    late = float(np.mean(frames > 1.5 * BUDGET_MS))
    p50, p99 = np.quantile(frames, [0.5, 0.99])
    rate = f"{1000 / frames.mean():.1f} frames a second, p50 {p50:.1f} ms, p99 {p99:.1f} ms, {late:.1%} late"
    print(f"{what}, {throttle}x slower: {rate}; main thread {worked:.2f} ms of CPU a frame")


def _worked(tools: CDPSession) -> float:
    """CPU seconds of the page's main thread."""
    metrics = tools.send("Performance.getMetrics")["metrics"]
    return float(next(one["value"] for one in metrics if one["name"] == "TaskDuration"))


def _openings(browser: Browser, url: str) -> None:
    times, weights = [], []
    for _ in range(OPENINGS):
        page = _page(browser, url)
        tools = page.context.new_cdp_session(page)
        tools.send("Network.enable")
        weight: list[float] = []
        tools.on("Network.loadingFinished", lambda event, into=weight: into.append(event["encodedDataLength"]))
        tools.send("Network.setCacheDisabled", {"cacheDisabled": True})
        tools.send("Emulation.setCPUThrottlingRate", {"rate": THROTTLE})
        page.evaluate("sessionStorage.clear(), localStorage.clear()")
        page.evaluate(
            "name => sessionStorage.setItem(name, JSON.stringify({place: '0-0', heard: Date.now()}))",
            f"aislewise:{STORE}:memory",
        )
        page.goto(url, wait_until="commit")
        times.append(page.evaluate(_FIRST_CARD))
        weights.append(sum(weight))
        page.context.close()
    print(f"opening to the first card, {THROTTLE}x slower: median {np.median(times):.0f} ms, worst {max(times):.0f} ms")
    print(f"page weight until then: {max(weights) / 1000:.0f} kB")


def _page(browser: Browser, url: str) -> Page:
    tablet = Tablet(browser.new_context(viewport=SIZE).new_page(), url)
    tablet.sign_in(token(STORE))
    return tablet.page


class Walkers:
    """Shoppers who stroll between displays, written to the board once a second as the dwell worker does."""

    def __init__(self, filler: Filler, displays: list[Zone]) -> None:
        self._filler, self._displays, self._random = filler, displays, random.Random(7)
        self._from = [self._random.choice(displays) for _ in range(SHOPPERS)]
        self._to = [self._random.choice(displays) for _ in range(SHOPPERS)]
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        if not self._thread.is_alive():
            self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join(10)

    def prompt(self) -> None:
        """One prompt that a tablet finds when it opens."""
        zone = self._displays[0]
        self._filler.prompt(
            1, visit_id="v0", zone_id=None, department=None, category=zone.category, price=20.0, value=2.0
        )

    def _run(self) -> None:
        began = time.monotonic()
        while not self._ended.wait(1.0):
            seconds = time.monotonic() - began
            for number, (start, end) in enumerate(zip(self._from, self._to, strict=True)):
                share = (1 - math.cos(seconds / (20 + number % 7))) / 2
                (ax, ay), (bx, by) = start.area.centre, end.area.centre
                place = (ax + share * (bx - ax), ay + share * (by - ay))
                more = {
                    "department": end.department,
                    "display": end.id,
                    "dwell": {end.id: seconds},
                    "sigma_m": 1.0 + share,
                }
                self._filler.visit(f"v{number}", *place, **more)


@contextmanager
def _served() -> Iterator[tuple[str, Walkers]]:
    """The address of a running `serve` with a store's plan."""
    store = Store.build(3, STORE, "Europe/London", today_ms=time.time_ns() // 1_000_000)
    with tempfile.TemporaryDirectory() as name, RedisServer() as redis, redis.client() as board:
        folder = Path(name)
        (folder / "plans").mkdir()
        (folder / "plans" / f"{STORE}.geojson").write_text(json.dumps(store.plan_geojson))
        stack = Stack(settings(folder, "127.0.0.1:1", redis.url), folder / "logs", ("serve",), revive=False)
        stack.launch("serve")
        filler = Filler(board)
        filler.complete()
        walkers = Walkers(filler, list(store.layout.displays))
        try:
            until(lambda: _alive(stack.serving_url), 60)
            yield stack.serving_url, walkers
        finally:
            walkers.stop()
            stack.end("serve")
            stack.stop()


def _alive(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz").is_success
    except httpx.TransportError:
        return False
