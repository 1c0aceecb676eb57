"""`aislewise doctor` and `aislewise load` beside a system at work, and where there is none."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.aislewise.command import refused, run
from tests.contract.plan import small
from tests.contract.world import World

pytestmark = pytest.mark.kafka
STORE, RATE, SECONDS = "S1", 200, 3
CLOSED = "127.0.0.1:1"


@pytest.fixture(scope="module")
def working(build: Callable[..., World]) -> World:
    return build({STORE: small(STORE)})


def diagnosis(code: int, world: World) -> dict[str, dict[str, Any]]:
    found, out, err = run("doctor", "--json", cwd=world.folder, **settings(world))
    assert (found, err) == (code, "")
    return {one["what"]: one for one in json.loads(out)}


def settings(world: World) -> dict[str, Any]:
    names = ("kafka", "redis", "lake", "bundles", "plans", "salts", "checkpoints", "secret")
    return {name: getattr(world.settings, name) for name in names}


def test_doctor_names_what_is_missing_until_it_is_there(working: World) -> None:
    before = diagnosis(1, working)
    assert [name for name, one in before.items() if not one["ok"]] == ["products", "bundle"]
    assert "catalog import" in before["products"]["advice"]
    assert STORE in before["floor plans"]["found"]
    products = working.folder / "products.csv"
    products.write_text("sku,name,department,category,price\nA,Boots,Shoes,boots,20\n")
    working.aislewise("catalog", "import", "--products", products)
    after = diagnosis(0, working)
    assert [name for name, one in after.items() if not one["ok"]] == ["bundle"]
    assert not after["bundle"]["needed"]
    assert after["products"]["found"] == "1, no offers and no stock"


def test_what_load_sends_becomes_visits(working: World) -> None:
    path = Path(working.settings.plans) / f"{STORE}.geojson"
    words = ("--plan", path, "--gateway", working.stack.gateway_url, "--rate", RATE, "--seconds", SECONDS)
    code, out, err = run("load", *words, cwd=working.folder, secret=working.settings.secret)
    assert (code, err) == (0, "")
    taken = int(out.split()[0].replace(b",", b""))
    assert RATE * SECONDS * 0.9 <= taken <= RATE * SECONDS * 1.1
    working.settle("aislewise-dwell", "aislewise-history")
    assert len(working.rows("pings")) == taken
    # every phone pings every 2 s
    assert len(working.shoppers(STORE)) == 2 * RATE


def test_load_says_when_nobody_answers(tmp_path: Path) -> None:
    (tmp_path / "S1.geojson").write_text(json.dumps(small(STORE)))
    words = ("--plan", "S1.geojson", "--gateway", f"http://{CLOSED}", "--rate", 20, "--seconds", 0.5)
    code, out, err = run("load", *words, cwd=tmp_path)
    assert code == 1
    assert out.startswith(b"0 pings taken")
    assert "not answered" in err
    assert "S2.geojson" in refused("load", "--plan", "S2.geojson", cwd=tmp_path)


def test_doctor_without_anything_says_what_to_do(tmp_path: Path) -> None:
    code, out, err = run("doctor", cwd=tmp_path, secret="", kafka=CLOSED, redis=f"redis://{CLOSED}/0")
    assert (code, err) == (1, "")
    said = out.decode()
    for advice in (
        "openssl rand -hex 32",
        "set AISLEWISE_KAFKA",
        "set AISLEWISE_REDIS",
        "mkdir plans",
        "<store>.geojson",
    ):
        assert advice in said, advice
