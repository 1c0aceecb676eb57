"""What the workers promise of lateness, copies, silence, check-ins, the held-out share and a second worker."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from aislewise.stack import Stack
from models.keys import Board, partition_of
from simulation.store import DEFAULT_TODAY_MS
from tests.aislewise.command import run
from tests.contract import delivered, groceries
from tests.contract.pace import Sender
from tests.contract.plan import BOOTS, TENTS, small
from tests.contract.replayed import assert_same
from tests.contract.world import World
from tests.parts import processes
from tests.serving.client import bearer, until

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(600)]

START_MS = DEFAULT_TODAY_MS
SILENCE_S, LATE_S, STORE_LATE_S = 8.0, 3.0, 1800.0
STORES = ("S1", "S2", "S3", "S4", "S5", "S6", "S7")


@pytest.fixture(scope="module")
def world(build: Callable[..., World]) -> World:
    world = build(
        {store: small(store) for store in STORES},
        silence_seconds=SILENCE_S,
        holdout=0.5,
        explore=0.0,
        max_age_seconds=1e10,
        max_ahead_seconds=1e10,
    )
    boots = [groceries.Item(f"boot {number}", "boots", "Shoes") for number in range(6)]
    world.aislewise("catalog", "import", "--products", groceries.catalogue(world.folder / "p.csv", [boots]))
    offer = "offer_id,kind,category,discount,starts,ends\nO1,clearance,boots,0.3,2020-01-01,2030-01-01\n"
    (world.folder / "o.csv").write_text(offer)
    world.aislewise("catalog", "import", "--offers", world.folder / "o.csv")
    return world


def ping(device: str, second: float, at: tuple[float, float] = BOOTS) -> dict[str, Any]:
    ts = START_MS + round(second * 1000)
    return {"device_id": device, "ts": ts, "x_m": at[0], "y_m": at[1], "sigma_m": 0.5}


def visits(world: World, store: str, device: str) -> list[dict[str, Any]]:
    """The lake's visits of a phone, as they hold, in the order of time."""
    phones = {row["ts"].timestamp(): row["device_id"] for row in world.rows("pings", store_id=store)}
    newest: dict[str, dict[str, Any]] = {}
    for row in world.rows("visits", store_id=store):
        if row["device_id"] == phones[SEEN[store, device]]:
            newest[row["visit_id"]] = max(newest.get(row["visit_id"], row), row, key=lambda one: int(one["pings"]))
    return sorted(newest.values(), key=lambda row: row["first_ts"])


SEEN: dict[tuple[str, str], float] = {}
"""A time at which only this phone pinged in its store: so that its pseudonym can be found."""


def send(world: World, store: str, pings: list[dict[str, Any]]) -> None:
    for one in pings:
        SEEN.setdefault((store, one["device_id"]), one["ts"] / 1000)
    world.send(store, pings)


def test_late_pings_are_stored_and_change_no_dwell(world: World) -> None:
    """3 s behind the phone's newest counts, more does not; 30 minutes behind the store's newest does not either."""
    store = "S1"
    send(world, store, [ping("walker", second) for second in range(0, 21, 2)])
    send(world, store, [ping("walker", 20 - LATE_S, TENTS), ping("walker", 20 - LATE_S - 0.001, TENTS)])
    send(world, store, [ping("clock", STORE_LATE_S + 19.5)])
    # a phone that was never seen: exactly 30 minutes behind is not late, a millisecond more is
    send(world, store, [ping("on time", 19.5), ping("too late", 19.499)])
    send(world, store, [ping("end", STORE_LATE_S + 60)])
    world.settle()
    assert len(world.rows("pings", store_id=store)) == 17
    (walked,) = visits(world, store, "walker")
    assert walked["pings"] == 12
    assert len(visits(world, store, "on time")) == 1
    assert not visits(world, store, "too late")
    assert_same(world, store, START_MS + int(STORE_LATE_S + 60) * 1000)


def test_copies_are_no_pings_wherever_they_say_they_are(world: World) -> None:
    store = "S2"
    walk = [ping("walker", second) for second in range(0, 31, 2)]
    send(world, store, walk)
    moved = [ping("walker", second, TENTS) for second in range(0, 31, 2)]
    world.send(store, moved)
    world.send(store, [*moved, *walk])
    send(world, store, [ping("clock", 30 + SILENCE_S + LATE_S + 1)])
    world.settle()
    assert len(world.rows("pings", store_id=store)) == len(walk) + 1
    (visit,) = visits(world, store, "walker")
    assert visit["pings"] == len(walk)
    dwells = {row["zone_id"]: row["dwell_s"] for row in world.rows("dwells", visit_id=visit["visit_id"])}
    assert dwells["boots"] > 25
    assert "tents" not in dwells
    assert_same(world, store, START_MS + int(30 + SILENCE_S + LATE_S + 1) * 1000)


def test_a_silence_ends_a_visit_by_the_phones_own_time(world: World) -> None:
    store = "S3"
    almost = SILENCE_S - 0.001
    times = [0.0, 4.0, 4.0 + almost, 4.0 + almost + SILENCE_S, 4.0 + 2 * almost + SILENCE_S]
    send(world, store, [ping("walker", second) for second in times])
    send(world, store, [ping("clock", 60)])
    world.settle()
    assert [visit["pings"] for visit in visits(world, store, "walker")] == [3, 2]
    assert_same(world, store, START_MS + 60_000)


def test_a_store_that_falls_silent_has_its_visits_ended_by_the_clock(world: World) -> None:
    """Nothing more is sent: the gateway's empty batches every 10 s carry event time on."""
    store = "S4"
    send(world, store, [ping("last", second) for second in range(0, 7, 2)])
    world.settle("aislewise-dwell")
    until(lambda: len(world.shoppers(store)) == 1)
    began = time.monotonic()
    until(lambda: not world.shoppers(store), 40)
    assert time.monotonic() - began > SILENCE_S - 1
    # tables reach the lake one after the other
    until(lambda: world.rows("visits", store_id=store) and world.rows("dwells", store_id=store), 10)
    (visit,) = visits(world, store, "last")
    assert visit["pings"] == 4
    same = assert_same(world, store, START_MS + 10**9)
    assert same["dwells"]


def test_a_visit_that_a_late_ping_joins_to_the_one_before_is_void_and_one_that_is_over_is_listed_in_time(
    world: World,
) -> None:
    store = "S7"
    send(world, store, [ping("joined", 0), ping("apart", 1), ping("apart", 4), ping("joined", SILENCE_S + 1)])
    # time enough for "apart", whose next visit has only begun, and for the second visit of "joined"
    send(world, store, [ping("apart", 4 + SILENCE_S + LATE_S), ping("clock", 2 * SILENCE_S + LATE_S + 1)])
    world.settle()
    assert [visit["pings"] for visit in visits(world, store, "joined")] == [1, 1]
    assert [visit["pings"] for visit in visits(world, store, "apart")] == [2]
    send(world, store, [ping("joined", SILENCE_S - 0.5)])
    send(world, store, [ping("end", 60)])
    world.settle()
    same = assert_same(world, store, START_MS + 60_000)
    assert sorted(row["pings"] for row in same["visits"]) == [1, 1, 2, 3]


def test_moments_know_who_checked_in_and_the_share_that_is_held_out(world: World) -> None:
    """Half of the visits see no prompt; what would have been decided is logged, and in no stream."""
    store = "S5"
    devices = [f"shopper {number}" for number in range(12)]
    for device in devices[:6]:
        body = {
            "store_id": store,
            "device_id": device,
            "customer_id": f"card {device}",
            "ts": START_MS,
            "consent": True,
        }
        assert world.call("checkins", store, body).status_code == 202
    body = {"store_id": store, "device_id": devices[0], "customer_id": "card", "ts": START_MS, "consent": False}
    assert world.call("checkins", store, body).status_code == 202
    world.settle("aislewise-dwell")
    send(world, store, [ping(device, s + n / 100) for s in range(0, 45, 2) for n, device in enumerate(devices)])
    world.settle()
    fired = {row["visit_id"]: row["holdout"] for row in world.rows("moments", store_id=store)}
    until(lambda: recommended(world, store) == {visit for visit, alone in fired.items() if not alone})
    send(world, store, [ping("clock", 45 + SILENCE_S + LATE_S)])
    world.settle()
    known = {row["device_id"] for row in world.rows("moments", store_id=store) if row["customer_id"]}
    assert known == {row["device_id"] for row in world.rows("checkins", store_id=store)} - {
        row["device_id"] for row in world.rows("checkins", store_id=store) if not row["consent"]
    }
    assert len(known) == 5
    held = {row["visit_id"]: row["holdout"] for row in world.rows("visits", store_id=store)}
    assert len(held) == 12
    assert set(held.values()) == {True, False}
    for table in ("moments", "prompts"):
        assert all(row["holdout"] == held[row["visit_id"]] for row in world.rows(table, store_id=store)), table
    prompts = world.rows("prompts", store_id=store)
    assert {row["visit_id"] for row in prompts} == set(held)
    assert any(row["sku"] for row in prompts if row["holdout"])
    assert all(row["shown"] == (not row["holdout"] and row["sku"] is not None) for row in prompts)
    delivered.assert_stream_is_the_topic(world, store)
    assert fired == held


def recommended(world: World, store: str) -> set[str]:
    """The visits that the board has recommendations for: they come a moment after the moments."""
    return {one["visit_id"] for one in world.shoppers(store) if one["recommendations"]}


def test_an_outcome_sent_again_is_stored_once(world: World) -> None:
    """Through `serve`, on a prompt of the test before; another key is another outcome."""
    store = "S5"
    _, prompt_id = world.stream(store)[0]
    for key in ("first-key-0001", "first-key-0001", "other-key-0002", "first-key-0001"):
        headers = bearer(store) | {"Idempotency-Key": key}
        answer = world.tablet.post(f"/v1/prompts/{prompt_id}/outcome", json={"kind": "declined"}, headers=headers)
        assert answer.status_code == 202, answer.text
    world.settle()
    rows = world.rows("outcomes", prompt_id=prompt_id)
    assert sorted(row["outcome_id"] for row in rows) == ["first-key-0001", "other-key-0002"]
    delivered.assert_rows_once(world)


def test_lag_says_what_is_behind_as_json(world: World) -> None:
    world.settle()
    code, out, err = run("lag", "--json", cwd=world.folder, kafka=world.settings.kafka)
    assert code == 0, err
    lag = json.loads(out)
    assert set(lag) == {"aislewise-dwell", "aislewise-prompts", "aislewise-history"}
    assert set(lag["aislewise-dwell"]) == {"pings", "checkins"}
    assert all(isinstance(records, int) for topics in lag.values() for records in topics.values())
    # the gateway's empty batches may come in between
    assert sum(lag["aislewise-prompts"].values()) == 0
    world.stack["worker history"].pause()
    try:
        world.send("S5", [ping("behind", 100)])
        world.settle("aislewise-dwell")
        assert world.behind("aislewise-history")["aislewise-history"] > 0
    finally:
        world.stack["worker history"].resume()
    world.settle()


def test_a_second_worker_comes_and_goes_with_nothing_lost_or_twice(world: World) -> None:
    """Of each kind, while pings come in: partitions move there and back."""
    stores = ("S1", "S2", "S6")
    assert len({partition_of(store, world.settings.partitions) for store in stores}) > 1
    begin = 10_000
    senders = [
        Sender(
            world,
            store,
            [ping(f"p{number}", begin + s + number / 50) for s in range(0, 240, 2) for number in range(20)],
            120,
        )
        for store in stores
    ]
    before = {store: world.query(f"select count(*) from pings where store_id = '{store}'")[0][0] for store in stores}
    for sender in senders:
        sender.start()
    second = processes.stack(world.settings, world.folder / "second", WORKERS)
    with second:
        assert partitions_of(second)
        time.sleep(3)
        assert {name: second.end(name) for name in WORKERS} == dict.fromkeys(WORKERS, 0)
    for sender in senders:
        sender.join()
        assert (sender.wrong, sender.accepted) == ("", len(sender.pings))
    end_ms = START_MS + (begin + 300) * 1000
    for store in stores:
        world.send(store, [ping("clock", begin + 300)])
    world.settle()
    for store, sender in zip(stores, senders, strict=True):
        found = world.query(f"select count(*), count(distinct (device_id, ts)) from pings where store_id = '{store}'")
        assert found == [(before[store] + len(sender.pings) + 1,) * 2]
        assert_same(world, store, end_ms)
    delivered.assert_rows_once(world)
    until(lambda: all(world.redis.exists(Board.complete(store)) for store in stores))
    delivered.assert_stream_is_the_topic(world, "S6")


def test_workers_that_stall_and_wake_up_add_nothing(world: World) -> None:
    """Stopped past their session, with records in hand; others take over; then they go on as if nothing had been."""
    begin = 20_000
    # of so many partitions, those that stall have some
    assert len({partition_of(store, world.settings.partitions) for store in STORES}) > 2
    walks = [ping(f"z{number}", begin + s + number / 50) for s in range(0, 240, 2) for number in range(5)]
    senders = {store: Sender(world, store, walks, 30) for store in STORES}
    before = {store: stored(world, store)[0] for store in STORES}
    with processes.stack(world.settings, world.folder / "third", WORKERS) as third:
        assert partitions_of(third)
        for sender in senders.values():
            sender.start()
        time.sleep(2)
        for name in WORKERS:
            world.stack[name].pause()
        time.sleep(world.settings.session_timeout_seconds + 4)
        for name in WORKERS:
            world.stack[name].resume()
        for store, sender in senders.items():
            sender.join()
            assert (sender.wrong, sender.accepted) == ("", len(walks))
            world.send(store, [ping("clock", begin + 300)])
        world.settle()
    world.settle()
    for store in STORES:
        assert stored(world, store) == (before[store] + len(walks) + 1,) * 2
        assert_same(world, store, START_MS + (begin + 300) * 1000)
    delivered.assert_rows_once(world)
    delivered.assert_no_range_overlaps(world)
    until(lambda: all(world.redis.exists(Board.complete(store)) for store in STORES))
    delivered.assert_stream_is_the_topic(world, "S6")


def stored(world: World, store: str) -> tuple[int, int]:
    """Pings of a store in the lake, and how many of them are different."""
    ((rows, different),) = world.query(
        f"select count(*), count(distinct (device_id, ts)) from pings where store_id = '{store}'"
    )
    return rows, different


WORKERS = ("worker dwell", "worker prompts", "worker history")


def partitions_of(stack: Stack) -> bool:
    """Whether each of these workers has got some partitions."""
    until(lambda: all("ready, 0 partitions" not in stack[name].tail(1) for name in WORKERS), 30)
    return True
