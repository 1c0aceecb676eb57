"""One smoke test on the embedded parts: pings in, dwell on the board, a prompt in the stream, all of it in the lake."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aislewise.embedded import Broker, Valkey
from simulation.store import DEFAULT_TODAY_MS
from tests.contract import groceries
from tests.contract.plan import BOOTS, small
from tests.contract.world import World, world

STORE = "S1"


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[World]:
    given: dict[str, Any] = {
        "demo": True,
        "holdout": 0.0,
        "explore": 0.0,
        "max_age_seconds": 1e10,
        "max_ahead_seconds": 1e10,
    }
    with (
        Broker(tmp_path) as broker,
        Valkey(tmp_path) as valkey,
        world(tmp_path, broker.bootstrap, valkey.url, {STORE: small(STORE)}, **given) as one,
    ):
        yield one


def test_the_whole_way_on_the_embedded_parts(embedded: World) -> None:
    item = groceries.Item("boot", "boots", "Shoes")
    embedded.aislewise("catalog", "import", "--products", groceries.catalogue(embedded.folder / "p.csv", [[item]]))
    offer = "offer_id,kind,sku,discount,starts,ends\nO1,clearance,boot,0.3,2020-01-01,2030-01-01\n"
    (embedded.folder / "o.csv").write_text(offer)
    embedded.aislewise("catalog", "import", "--offers", embedded.folder / "o.csv")
    for number in range(10):
        embedded.send(STORE, groceries.lingering(f"phone {number}", BOOTS, DEFAULT_TODAY_MS + number, 60))
    embedded.settle()
    assert embedded.query("select count(*), count(distinct (device_id, ts)) from pings") == [(310, 310)]
    shoppers = embedded.shoppers(STORE)
    assert len(shoppers) == 10
    assert all(one["dwell"]["boots"] > 40 for one in shoppers)
    shown = {row["prompt_id"] for row in embedded.rows("prompts") if row["shown"]}
    assert {row["sku"] for row in embedded.rows("prompts") if row["shown"]} == {"boot"}
    assert {prompt_id for _, prompt_id in embedded.stream(STORE)} == shown
