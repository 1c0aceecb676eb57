"""Real walks, a real mall and real receipts go the whole way on real parts; a generated twin never skips."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from models import bundle
from models.board import iso
from models.floorplan import Frame
from models.keys import Board
from simulation.day import STAFF_DEVICE, Day, Ping
from simulation.layout import Size
from simulation.store import DEFAULT_TODAY_MS, Store
from tests.contract import groceries, mall, wifine
from tests.contract.replayed import assert_same
from tests.contract.world import Plans, World
from tests.parts.needs import real_data
from tests.serving.client import until

pytestmark = pytest.mark.kafka

START_MS = DEFAULT_TODAY_MS
AHEAD_MS = 306_000
"""More than the silence and the lateness: a fixed phone's ping this much later ends every visit."""
BEACON = "beacon"
TWIN, TILL, TILL_TWIN = "twin", "groceries", "groceries-twin"


@pytest.fixture(scope="module")
def twin() -> Store:
    return Store.build(3, TWIN, size=Size(departments=4, floors=2))


@pytest.fixture(scope="module")
def world(build: Callable[..., World], twin: Store) -> World:
    plans: dict[str, Any] = {
        TWIN: twin.plan_geojson,
        TILL_TWIN: groceries.drawn(TILL_TWIN, groceries.generated()),
    }
    return build({**plans, **real_plans()}, max_age_seconds=1e10, max_ahead_seconds=1e10, holdout=0.0, explore=0.0)


def real_plans() -> Plans:
    plans: dict[str, Any] = {}
    if wifine.FOLDER.is_dir():
        plans[wifine.STORE] = wifine.drawn()
    if mall.FOLDER.is_dir():
        plans[mall.STORE] = mall.converted()
    if groceries.FOLDER.is_dir():
        plans[TILL] = groceries.drawn(TILL, groceries.real())
    return plans


def goes_the_whole_way(world: World, store: str, pings: list[dict[str, Any]]) -> dict[str, Any]:
    """Sends pings, looks at the board while the shoppers are there, ends their visits; the dwells and visits."""
    world.send(store, pings[: len(pings) // 2])
    world.settle("aislewise-dwell")
    board_shows_the_dwell(world, store, max(ping["ts"] for ping in pings))
    world.send(store, pings[len(pings) // 2 :])
    end_ms = max(ping["ts"] for ping in pings) + AHEAD_MS
    world.send(store, [{"device_id": BEACON, "ts": end_ms, "x_m": pings[0]["x_m"], "y_m": pings[0]["y_m"]}])
    world.settle()
    lake_holds_each_once(world, store, pings, end_ms)
    same = assert_same(world, store, end_ms)
    assert {visit["visit_id"] for visit in same["dwells"]} <= {visit["visit_id"] for visit in same["visits"]}
    assert [shopper["since"] for shopper in world.shoppers(store)] == [iso(end_ms)]
    return same


def board_shows_the_dwell(world: World, store: str, newest_ms: int) -> None:
    """Redis' hash and GET shoppers say the same; a visit's department seconds fit into it."""
    until(lambda: world.redis.hlen(Board.visits(store)) == len(world.shoppers(store)) > 0)
    shoppers = {shopper.pop("visit_id"): shopper for shopper in world.shoppers(store)}
    stored = world.redis.hgetall(Board.visits(store))
    assert set(stored) == set(shoppers)
    for visit, text in stored.items():
        live = json.loads(text)
        assert {name: shoppers[visit][name] for name in live if name != "visit_id"} == {
            name: value for name, value in live.items() if name != "visit_id"
        }
    assert any(seconds > 0 for shopper in shoppers.values() for seconds in shopper["dwell"].values()), shoppers
    assert all(shopper["since"] <= iso(newest_ms) for shopper in shoppers.values())


def lake_holds_each_once(world: World, store: str, pings: list[dict[str, Any]], end_ms: int) -> None:
    """The positions to 2⁻¹¹ m, by time and place: phones are pseudonyms that change at midnight."""
    sent = {(ping["device_id"], ping["ts"]): ping for ping in pings}
    wanted = sorted((p["ts"], p.get("floor", 0), p["x_m"], p["y_m"]) for p in sent.values())
    found = world.query(
        f"select epoch_ms(ts), floor, x_m, y_m from pings where store_id = '{store}' and epoch_ms(ts) < {end_ms}"
    )
    assert len(found) == len(wanted)
    # two phones may ping in the same millisecond: rounding must not change their order
    key = lambda row: (row[0], row[1], round(row[2], 2), round(row[3], 2))  # noqa: E731
    ordered, expected = np.array(sorted(found, key=key)), np.array(sorted(wanted, key=key))
    np.testing.assert_allclose(ordered, expected, rtol=0, atol=2**-11 + 1e-9)
    phones = world.query(f"select count(distinct (device_id, ts)), count(*) from pings where store_id = '{store}'")
    assert phones == [(len(wanted) + 1, len(wanted) + 1)]


def test_a_simulated_day_goes_the_whole_way(world: World, twin: Store) -> None:
    day = Day(twin, 1, START_MS, 900, 25)
    pings = [
        {
            "device_id": event.device_id,
            "ts": event.ts_ms,
            "x_m": event.x_m,
            "y_m": event.y_m,
            "floor": event.floor,
            "sigma_m": event.sigma_m,
        }
        for event in day.events()
        if isinstance(event, Ping) and event.device_id != STAFF_DEVICE
    ]
    same = goes_the_whole_way(world, TWIN, pings)
    assert len(same["visits"]) >= 25
    assert {row["kind"] for row in same["dwells"]} == {"department", "display"}


@real_data(wifine.FOLDER)
def test_the_walks_of_wifine_go_the_whole_way(world: World) -> None:
    pings = wifine.walks(START_MS)
    assert len(pings) == 19_448
    same = goes_the_whole_way(world, wifine.STORE, pings)
    assert len(same["visits"]) == 120
    assert sum(visit["pings"] for visit in same["visits"]) == len(pings)
    per_visit = [visit["last_ts"] - visit["first_ts"] for visit in same["visits"]]
    walked_s = sum(one.total_seconds() for one in per_visit)
    in_departments = sum(row["dwell_s"] for row in same["dwells"] if row["kind"] == "department")
    assert 0.8 * walked_s < in_departments <= walked_s
    assert {row["zone_id"][-1] for row in same["dwells"]} == {"0", "1", "2"}


@real_data(mall.FOLDER)
def test_way_points_of_the_mall_go_the_whole_way(world: World) -> None:
    pings = mall.waypoints()
    assert len(pings) == 3_971
    same = goes_the_whole_way(world, mall.STORE, pings)
    assert sum(visit["pings"] for visit in same["visits"]) == len(pings)
    assert {row["zone_id"][:2] for row in same["dwells"]} <= set(mall.FLOORS)
    assert same["dwells"]


@real_data(mall.FOLDER)
@pytest.mark.parametrize("floor", mall.FLOORS)
def test_our_frame_measures_the_mall_as_its_surveyors_did(floor: str) -> None:
    west, south, east, north = mall.box(floor)
    assert Frame(west, south).to_metres(east, north) == pytest.approx(mall.size(floor), rel=0.005)


def learns_from_receipts(world: World, store: str, baskets: list[groceries.Basket]) -> None:
    """Receipts in, a night, and the prompt worker that was there before recommends from the bundle."""
    worker = world.stack["worker prompts"].process.pid
    world.aislewise("catalog", "import", "--products", groceries.catalogue(world.folder / f"{store}.csv", baskets))
    at = groceries.display(0)
    before_ms = START_MS + 1000 * len(baskets)
    world.send(store, groceries.lingering("early", at, before_ms))
    world.settle()
    groceries.pay(world, store, baskets, START_MS)
    world.settle()
    assert world.query(
        f"select count(distinct receipt_id), count(*), sum(amount) from purchases where store_id = '{store}'"
    ) == [(len(baskets), sum(map(len, baskets)), 2.0 * sum(map(len, baskets)))]
    earlier = bundle.latest(world.settings.bundles)
    assert world.aislewise("nightly").startswith("promote")
    champion = bundle.latest(world.settings.bundles)
    assert champion is not None
    assert champion != earlier
    until(lambda: f"bundle {champion.name} is in use" in world.stack["worker prompts"].output())
    for number in range(5):
        world.send(store, groceries.lingering(f"late {number}", at, before_ms + 60_000))
    world.settle()
    assert world.stack["worker prompts"].process.pid == worker
    assert world.stack["worker prompts"].running
    recommends_from(world, store, champion.name, {item.name for basket in baskets for item in basket})


def recommends_from(world: World, store: str, champion: str, known: set[str]) -> None:
    """The last five visits: recommendations on the board, decisions by the champion in the lake, prompts in Redis."""
    # the lake has the decisions, the board comes after it
    until(lambda: sum(bool(one["recommendations"]) for one in world.shoppers(store)) >= 5)
    late = [one for one in world.shoppers(store) if one["recommendations"]]
    assert {option["sku"] for one in late for option in one["recommendations"]} <= known
    rows = world.rows("prompts", store_id=store, bundle=champion)
    assert {row["visit_id"] for row in rows} <= {one["visit_id"] for one in world.shoppers(store)}
    assert len({row["visit_id"] for row in rows}) == 5
    shown = {row["prompt_id"] for row in rows if row["shown"]}
    assert shown
    assert shown <= {prompt_id for _, prompt_id in world.stream(store)}
    assert {row["sku"] for row in rows if row["shown"]} <= known


def test_generated_receipts_become_recommendations(world: World) -> None:
    learns_from_receipts(world, TILL_TWIN, groceries.generated())


@real_data(groceries.FOLDER)
def test_real_receipts_become_recommendations(world: World) -> None:
    baskets = groceries.real()
    assert len(baskets) == 9_835
    learns_from_receipts(world, TILL, baskets)
    with (world.folder / f"{TILL}.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == 169
