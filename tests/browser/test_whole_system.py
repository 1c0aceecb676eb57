"""From a phone to the tablet and back, by our commands on Apache Kafka and Redis, seen in Chromium.

`AISLEWISE_SCREENSHOTS=1` makes docs/tablet.png, README's picture, from what the page shows at the end.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from playwright.sync_api import Browser, expect

from aislewise.stack import Stack, environment
from models import lake
from models.keys import Board
from models.records import rows_to_table
from simulation.catalogue import holds
from simulation.layout import Spot, Zone
from simulation.store import Store
from tests.browser.crowd import Crowd
from tests.browser.page import PATIENCE_MS, Tablet, tablet
from tests.parts import processes
from tests.parts.kafka import Cluster
from tests.parts.proxy import Proxy
from tests.parts.redis import RedisServer
from tests.serving.client import token, until

pytestmark = [pytest.mark.browser, pytest.mark.kafka]

STORE_ID = "S1"
SETTINGS = {"prompt_after_seconds": 10.0, "holdout": 0.0, "explore": 0.0, "prompts_per_visit": 1}
TOKEN = "eyJ"
"""How every token begins."""
LINGERS_S = 30.0
"""A prompt comes some ten seconds after somebody has stopped at a display."""
PICTURE = Path(__file__).parents[2] / "docs/tablet.png"


@pytest.fixture(scope="module")
def store() -> Store:
    """One whose offers run now."""
    return Store.build(3, STORE_ID, "Europe/London", today_ms=time.time_ns() // 1_000_000)


@pytest.fixture
def running(
    store: Store,
    system: Callable[..., Stack],
    tmp_path: Path,
    fresh_kafka: Cluster,
    redis_server: RedisServer,
) -> Stack:
    """All processes, with the store's plan and catalogue."""
    (tmp_path / "plans").mkdir()
    (tmp_path / "plans" / f"{STORE_ID}.geojson").write_text(json.dumps(store.plan_geojson))
    stack = system(**SETTINGS)
    words = []
    for name in ("products", "offers", "stock"):
        lake.write(tmp_path / f"{name}.parquet", rows_to_table(name, getattr(store, name)))
        words += [f"--{name}", str(tmp_path / f"{name}.parquet")]
    values = processes.settings(tmp_path, fresh_kafka.bootstrap, redis_server.url)
    command = [sys.executable, "-m", "aislewise", "catalog", "import", *words]
    subprocess.run(command, env=environment(values), cwd=tmp_path, check=True, capture_output=True)
    return stack


@pytest.fixture
def crowd(running: Stack, store: Store) -> Iterator[Crowd]:
    """Some people who walk through the store and stop nowhere."""
    with Crowd(running.gateway_url, STORE_ID) as crowd:
        corners = [(4.0, 9.0), (27.0, 16.0), (51.0, 26.0), (8.0, 26.0), (44.0, 9.5), (35.0, 16.5), (12.0, 16.0)]
        for number, (start, end) in enumerate(zip(corners, corners[1:] + corners[:1], strict=True)):
            way = [Spot(*start), *store.layout.route(Spot(*start), Spot(*end), 0.2 * number)]
            crowd.stroll(f"phone-walker-{number}", way, ahead_s=7.0 * number)
        yield crowd


@pytest.fixture
def page(running: Stack, browser: Browser) -> Iterator[tuple[Tablet, Proxy]]:
    """A tablet, and the network between it and `serve`."""
    network = Proxy(running.serving_url.removeprefix("http://"))
    with network, tablet(browser, f"http://{network.address}", token(STORE_ID)) as opened:
        opened.watch_cards()
        yield opened, network


def on_offer(store: Store) -> list[Zone]:
    """Displays with an offer that runs now, one a department."""
    now_ms = time.time_ns() // 1_000_000
    sold = {offer["sku"] or offer["category"] for offer in store.offers if _runs(store, offer, now_ms)}
    skus = {row["sku"]: row["category"] for row in store.products}
    categories = {skus.get(name, name) for name in sold}
    found = {zone.department: zone for zone in store.layout.displays if zone.category in categories}
    return list(found.values())


def _runs(store: Store, offer: dict[str, Any], now_ms: int) -> bool:
    return any(holds(offer, product, now_ms) and product["sku"] not in store.sold_out for product in store.products)


def prompts_on(board: redis.Redis) -> dict[str, str]:
    """Prompt id by the id of its entry in the store's stream."""
    entries: Any = board.xrange(Board.prompts(STORE_ID))
    return {str(place): str(fields["prompt_id"]) for place, fields in entries}


def heard(network: Proxy) -> list[str]:
    """Ids of the events that have come to the browser, in their order."""
    return [found.decode() for answer in network.answers for found in re.findall(rb"(?m)^id: (\S+)$", bytes(answer))]


def test_a_prompt_reaches_the_tablet_its_answer_the_lake_and_a_cut_loses_nothing(
    store: Store, page: tuple[Tablet, Proxy], crowd: Crowd, redis_server: RedisServer, tmp_path: Path
) -> None:
    (tablet, network), (first, *others) = page, on_offer(store)
    with redis_server.client() as board:
        crowd.stand("phone-first", *first.area.centre)
        expect(tablet.by("card")).to_have_count(1, timeout=LINGERS_S * 1000)
        (prompt_id,) = tablet.cards()
        tablet.answer(prompt_id, "take")
        tablet.answer(prompt_id, "sold")
        until(lambda: outcomes(tmp_path)[prompt_id, "sold"] == 1)
        assert outcomes(tmp_path) == {(prompt_id, kind): 1 for kind in ("shown", "claimed", "sold")}
        until(lambda: prompt_id in skus(tmp_path))
        assert category_of(store, skus(tmp_path)[prompt_id]) == first.category

        network.cut()
        tablet.wait_connection("lost")
        expect(tablet.by("connection")).to_contain_text("Connection lost")
        for number, display in enumerate(others[1:3]):
            crowd.stand(f"phone-other-{number}", *display.area.centre)
        until(lambda: len(prompts_on(board)) == 3, LINGERS_S)
        assert tablet.came() == [prompt_id]

        network.mend()
        tablet.wait_connection("live")
        on_board = prompts_on(board)
        missed = [one for one in on_board.values() if one != prompt_id]
        for one in missed:
            tablet.wait_card(one)
        expect(tablet.card(prompt_id)).to_have_count(0, timeout=PATIENCE_MS)
        until(lambda: all(outcomes(tmp_path)[one, "shown"] for one in missed))
        until(lambda: set(on_board.values()) <= set(skus(tmp_path)))
        assert tablet.came() == list(on_board.values())
        assert heard(network) == list(on_board)
        logged = lake.read(tmp_path / "lake", "prompts")
        assert sorted(logged.filter(logged["shown"])["prompt_id"].to_pylist()) == sorted(on_board.values())
        assert set(outcomes(tmp_path).values()) == {1}
        said = "".join(log.read_text() for log in (tmp_path / "logs").glob("*.log"))
        assert re.findall(rf"phone-\w+|{TOKEN}|Starting", said) == []
        if os.environ.get("AISLEWISE_SCREENSHOTS") == "1":
            tablet.page.set_viewport_size({"width": 1280, "height": 720})
            tablet.page.screenshot(path=PICTURE)


def outcomes(folder: Path) -> Counter[tuple[str, str]]:
    """How often the lake has an outcome of a kind for a prompt."""
    rows = lake.read(folder / "lake", "outcomes").select(["prompt_id", "kind"]).to_pylist()
    return Counter((row["prompt_id"], row["kind"]) for row in rows)


def skus(folder: Path) -> dict[str, str]:
    """What was prompted, by prompt, as far as it has come to the lake: tables come one after the other."""
    rows = lake.read(folder / "lake", "prompts").select(["prompt_id", "sku"]).to_pylist()
    return {row["prompt_id"]: row["sku"] for row in rows}


def category_of(store: Store, sku: str) -> str:
    return str(store.products[store.product_index[sku]]["category"])
