"""Event streams at a `serve`: how long a prompt on the board takes to every tablet, and what a thousand of them cost.

python -m benchmarks streams [--connections 1000] [--stores 10] [--seconds 30] [--rate 10] [--pages 0]

A real `serve` on real Redis and Kafka; prompts are put on the board as the prompt worker does. With `--pages`, so many
of the tablets are pages in Chromium, and it is also said when a card was painted.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from playwright.async_api import Browser, Page, async_playwright

from aislewise.stack import Stack
from benchmarks.speed.load import cpu_s
from tests.browser.page import ARGUMENTS, SIZE
from tests.parts.kafka import Cluster
from tests.parts.processes import settings
from tests.parts.redis import RedisServer
from tests.serving.client import token
from tests.serving.store import Filler, write_plan

JOINING = 20
"""Connections that are opened at once."""
PATIENCE_S = 30.0
MIB = 2**20
_PAINTED = """() => {
  window.painted = {};
  const note = (name) => (window.painted[name] ??= Date.now());
  const look = (card) => card.dataset?.prompt && requestAnimationFrame(() => setTimeout(note, 0, card.dataset.prompt));
  new MutationObserver((changes) => changes.forEach((one) => one.addedNodes.forEach(look)))
    .observe(document.querySelector("[data-testid=cards]"), { childList: true });
}"""


@dataclass
class Heard:
    """When each prompt was put on the board, and seconds from there to the events and to the painted cards."""

    sent: dict[str, float] = field(default_factory=dict)
    delays: list[float] = field(default_factory=list)
    painted: list[float] = field(default_factory=list)


def run(options: Sequence[str]) -> None:
    """Prints delays, memory and CPU of `serve`."""
    asked = _parser().parse_args(options)
    stores = [f"S{number}" for number in range(1, asked.stores + 1)]
    with _served(stores) as (stack, redis):
        asyncio.run(_measure(asked, stores, stack, redis))


async def _measure(asked: argparse.Namespace, stores: Sequence[str], stack: Stack, redis: RedisServer) -> None:
    heard, pid = Heard(), stack["serve"].process.pid
    before = _resident(pid)
    plain = max(asked.connections - asked.pages, 0)
    streams = list[asyncio.Task[None]]()
    host, _, port = stack.serving_url.removeprefix("http://").partition(":")
    for first in range(0, plain, JOINING):
        ready = [asyncio.Event() for _ in range(first, min(first + JOINING, plain))]
        for number, one in enumerate(ready, first):
            streams.append(asyncio.create_task(_listen(host, int(port), stores[number % len(stores)], heard, one)))
        await asyncio.wait_for(asyncio.gather(*(one.wait() for one in ready)), PATIENCE_S)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        pages = [await _page(browser, stack.serving_url, stores[n % len(stores)]) for n in range(asked.pages)]
        begun, cpu = time.time(), cpu_s(pid)
        with redis.client() as client:
            count = await _prompts({store: Filler(client, store) for store in stores}, asked, heard)
        await asyncio.sleep(2)
        cpu = (cpu_s(pid) - cpu) / (time.time() - begun)
        for page in pages:
            found = await page.evaluate("window.painted")
            heard.painted += [at / 1000 - heard.sent[name] for name, at in found.items() if name in heard.sent]
        await browser.close()
    due = count / len(stores) * plain
    print(f"{asked.connections:,} tablets of {len(stores)} stores, {count / asked.seconds:.0f} prompts a second in all")
    print(f"events: {len(heard.delays):,} of {due:,.0f}, {_quantiles(heard.delays)}")
    if heard.painted:
        print(f"cards painted on {asked.pages} pages: {len(heard.painted):,}, {_quantiles(heard.painted)}")
    after = _resident(pid)
    each = (after - before) / asked.connections / 1024
    print(
        f"serve: {before / MIB:.0f} MiB alone, {after / MIB:.0f} MiB then, {each:.0f} KiB a tablet, {cpu:.2f} of a core"
    )
    for one in streams:
        one.cancel()
    await asyncio.gather(*streams, return_exceptions=True)


async def _prompts(fillers: dict[str, Filler], asked: argparse.Namespace, heard: Heard) -> int:
    """At a steady rate, one store after the other; how many."""
    begun, count, stores = time.time(), 0, list(fillers)
    while time.time() - begun < asked.seconds:
        filler = fillers[stores[count % len(stores)]]
        prompt = filler.make(count)
        heard.sent[prompt.prompt_id] = time.time()
        await asyncio.to_thread(filler.prompt, count)
        count += 1
        await asyncio.sleep(max(0.0, begun + count / asked.rate - time.time()))
    return count


async def _listen(host: str, port: int, store: str, heard: Heard, ready: asyncio.Event) -> None:
    """One tablet without a browser: a socket whose lines are read."""
    reader, writer = await asyncio.open_connection(host, port)
    call, bearer = f"GET /v1/stores/{store}/prompts?claims=1 HTTP/1.1", f"Authorization: Bearer {token(store)}"
    writer.write("\r\n".join((call, f"Host: {host}", bearer, "", "")).encode())
    try:
        async for line in reader:
            now = time.time()
            if line.startswith(b":"):
                ready.set()
            elif line.startswith(b"data:") and b"prompt_id" in line:
                sent = heard.sent.get(json.loads(line[5:]).get("prompt_id"))
                heard.delays += [now - sent] if sent else []
    finally:
        writer.close()


async def _page(browser: Browser, url: str, store: str) -> Page:
    page = await (await browser.new_context(viewport=SIZE)).new_page()
    await page.goto(url)
    await page.get_by_test_id("token").fill(token(store))
    await page.get_by_test_id("sign-in-button").click()
    await page.locator("[data-testid=connection][data-state=live]").wait_for()
    await page.evaluate(_PAINTED)
    return page


@contextmanager
def _served(stores: Sequence[str]) -> Iterator[tuple[Stack, RedisServer]]:
    with ExitStack() as parts:
        folder = Path(parts.enter_context(tempfile.TemporaryDirectory()))
        kafka, redis = parts.enter_context(Cluster(1)), parts.enter_context(RedisServer())
        for store in stores:
            write_plan(folder / "plans", store)
            with redis.client() as client:
                Filler(client, store).complete()
        given = settings(folder, kafka.bootstrap, redis.url)
        yield parts.enter_context(Stack(given, folder / "logs", ["serve"])), redis


def _quantiles(seconds: Sequence[float]) -> str:
    p50, p99 = np.quantile(seconds, [0.5, 0.99]) * 1000
    return f"p50 {p50:.0f} ms, p99 {p99:.0f} ms, worst {1000 * max(seconds):.0f} ms"


def _resident(pid: int) -> int:
    """Bytes of memory that a process has."""
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS"))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks streams")
    options = (("--connections", 1000), ("--stores", 10), ("--seconds", 30), ("--rate", 10), ("--pages", 0))
    for option, default in options:
        parser.add_argument(option, type=int, default=default)
    return parser
