"""After a promotion two bundles are in use, until the night can tell which one earns more: seen from the topics."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from models import lake
from models.keys import LakeFile
from models.records import rows_to_table
from tests.contract.plan import small
from tests.contract.prompting import NOON_MS, decided, fire, moment
from tests.contract.test_evaluating import Log, bought
from tests.contract.world import World
from tests.serving.client import until
from tests.training import toy

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(600)]

KNOWN, NEW, SHARE = "S0", "S9", 0.25
PHONES = 600


@pytest.fixture(scope="module")
def world(build: Callable[..., World]) -> World:
    """Two nights over prompts of one store; the other has never been heard of."""
    plans = {store: small(store) for store in (KNOWN, NEW)}
    world = build(plans, ("worker prompts", "worker history"), canary=SHARE)
    goods = [{**row, "department": "Shoes", "category": "boots"} for row in toy.products()]
    toy.write(Path(world.settings.lake), products=goods)
    log = Log(visits=800)
    for table in ("prompts", "outcomes", "purchases"):
        add(world, table, getattr(log, table))
    world.aislewise("nightly")
    add(world, "outcomes", [toy.outcome(1, "accepted", NOON_MS)])
    assert world.aislewise("nightly").startswith("promote")
    return world


def add(world: World, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """A file as the history worker would have written it, of a partition that no topic has."""
    path = LakeFile(table, "2026-09-21", 99, next(_OFFSETS), next(_OFFSETS)).path
    lake.write(Path(world.settings.lake) / path, rows_to_table(table, rows))


_OFFSETS = itertools.count()


def states(world: World) -> dict[str, dict[str, Any]]:
    """By state, of the bundles that have one of their own."""
    return {one["state"]: one for one in json.loads(world.aislewise("bundles", "--json"))}


def said(world: World, line: str) -> None:
    until(lambda: line in world.stack["worker prompts"].output(), seconds=30)


def lived(world: World, store: str, day: str, begins: int = 2000) -> dict[str, str]:
    """A visit of each phone, one a minute; by phone the bundle that decided."""
    names = [f"{day} of {number}" for number in range(PHONES)]
    moments = [moment(name, begins + n, device_id=f"phone {n}") for n, name in enumerate(names)]
    fire(world, store, *moments)
    rows = {row["visit_id"]: row["bundle"] for row in decided(world, store)}
    return {f"phone {n}": rows[name] for n, name in enumerate(names)}


def test_both_bundles_decide_in_the_set_share_and_a_phone_stays_in_its_arm(world: World) -> None:
    found = states(world)
    new, old = found["champion"]["version"], found["keeps a share"]["version"]
    assert (Path(world.settings.bundles) / "LATEST").read_text() == f"{new}\n"
    said(world, f"bundle {new} is in use")
    said(world, f"bundle {old} keeps a share of the visits")
    first = lived(world, KNOWN, "first")
    assert set(first.values()) == {new, old}
    assert list(first.values()).count(old) / PHONES == pytest.approx(SHARE, abs=0.06)
    world.stack["worker prompts"].kill()
    world.stack.launch("worker prompts")
    world.stack["worker prompts"].wait_ready()
    assert lived(world, KNOWN, "second", begins=3000) == first


def test_a_new_store_starts_from_the_chain_s_bundles(world: World) -> None:
    found = states(world)
    bundles = {found["champion"]["version"], found["keeps a share"]["version"]}
    assert set(lived(world, NEW, "opening").values()) == bundles
    rows = decided(world, NEW)
    assert {row["policy"] for row in rows} == {"uplift"}
    assert {sku for row in rows for sku in row["candidates"]} > {"", toy.sku(0), toy.sku(7)}
    assert any(row["sku"] for row in rows)


def test_a_loss_is_rolled_back_and_everybody_is_with_the_old_bundle_again(world: World) -> None:
    before = states(world)
    new, old = before["champion"]["version"], before["keeps a share"]["version"]
    world.settle()
    assert "not told apart" in world.aislewise("canary")
    decisions = [row for row in world.rows("prompts", store_id=KNOWN) if row["bundle"] == old]
    sold = []
    for number, row in enumerate(decisions):
        receipt = bought(70_000 + number, 0, toy.sku(0), int(row["ts"].timestamp() * 1000) + 1000)
        sold.append({**receipt, "visit_id": row["visit_id"]})
    add(world, "purchases", sold)
    found = json.loads(world.aislewise("canary", "--json"))
    assert found["ci_high"] < 0, found
    assert (Path(world.settings.bundles) / "LATEST").read_text() == f"{new}\n"
    assert world.aislewise("nightly").startswith("keep")
    assert (Path(world.settings.bundles) / "LATEST").read_text() == f"{old}\n"
    after = states(world)
    assert after["champion"]["version"] == old
    assert (after["rolled back"]["version"], "worse than" in after["rolled back"]["why"]) == (new, True)
    report = json.loads((Path(world.settings.bundles) / after["kept out"]["version"] / "report.json").read_text())
    assert (report["canary"]["verdict"], report["canary"]["before"]) == ("roll back", old)
    said(world, f"bundle {old} is in use")
    assert set(lived(world, KNOWN, "after", begins=5000).values()) == {old}
    assert world.aislewise("canary").startswith("no bundle before")
