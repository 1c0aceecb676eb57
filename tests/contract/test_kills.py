"""Every worker is killed and stopped once while 1,000 pings a second come in, and Redis forgets everything."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from models.keys import Board, partition_of
from simulation.day import Day
from simulation.layout import Size
from simulation.store import DEFAULT_TODAY_MS, Store
from tests.contract import delivered
from tests.contract.pace import Sender, pings_of, sell
from tests.contract.replayed import assert_same
from tests.contract.world import World
from tests.serving.client import until

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(600)]

STORES = ("north", "south")
WORKERS = ("worker dwell", "worker prompts", "worker history")
RATE, SECONDS = 1000, 30
SIGTERM_S = 15.0


@dataclass
class Run:
    """What was done to the world, and what was seen meanwhile."""

    world: World
    senders: dict[str, Sender]
    ended: dict[str, tuple[int, float]] = field(default_factory=dict)
    """By worker, the exit code and the seconds that a SIGTERM took."""
    streams: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    """By store, the entries just before Redis forgot them."""
    sent_s: float = 0.0

    def at(self, second: float) -> None:
        """Waits for that second of the run."""
        time.sleep(max(0.0, self._began + second - time.monotonic()))

    def start(self) -> None:
        self._began = time.monotonic()
        for sender in self.senders.values():
            sender.start()

    def finish(self) -> None:
        for sender in self.senders.values():
            sender.join()
        self.sent_s = time.monotonic() - self._began

    def kill(self, name: str) -> None:
        """SIGKILL; the supervisor starts it again a second later."""
        self.world.stack[name].kill()

    def end(self, name: str) -> None:
        """SIGTERM, and start it again."""
        self.world.stack[name].wait_ready(30)
        began = time.monotonic()
        code = self.world.stack.end(name)
        self.ended[name] = code, time.monotonic() - began
        self.world.stack.launch(name)

    def forget(self) -> None:
        """FLUSHALL."""
        self.streams = {store: self.world.stream(store) for store in STORES}
        self.world.redis.flushall()


@pytest.fixture(scope="module")
def store() -> Store:
    return Store.build(5, STORES[0], size=Size(departments=8))


@pytest.fixture(scope="module")
def run(build: Callable[..., World], store: Store) -> Run:
    """The run of 30 seconds, and the end of its work."""
    assert len({partition_of(name, 4) for name in STORES}) == 2
    plans = {name: store.layout.geojson(name, "UTC") for name in STORES}
    world = build(plans, revive=True, max_age_seconds=1e10, max_ahead_seconds=1e10)
    sell(world, store)
    pings = {name: pings_of(Day(store, seed, DEFAULT_TODAY_MS, 1800, 72)) for seed, name in enumerate(STORES)}
    rate = RATE / len(STORES)
    run = Run(world, {name: Sender(world, name, sent[: SECONDS * int(rate)], rate) for name, sent in pings.items()})
    run.start()
    for second, name in zip((3, 8, 13), WORKERS, strict=True):
        run.at(second)
        run.kill(name)
    run.at(20)
    run.forget()
    for second, name in zip((22, 24, 26), WORKERS, strict=True):
        run.at(second)
        run.end(name)
    run.finish()
    # what was cut off of the day is its end: a fixed phone's last ping ends the visits
    for name, sender in run.senders.items():
        newest = max(ping["ts"] for ping in sender.pings)
        beacon = {"device_id": "beacon", "ts": newest + 310_000, "x_m": 1.0, "y_m": 1.0}
        world.send(name, [beacon])
        sender.pings = [*sender.pings, beacon]
    world.settle(seconds=90)
    return run


def test_the_rate_was_kept_and_everything_was_accepted(run: Run) -> None:
    assert run.sent_s < SECONDS + 10
    for sender in run.senders.values():
        assert not sender.wrong
        assert sender.accepted == len(sender.pings) - 1
    assert sum(sender.accepted for sender in run.senders.values()) == RATE * SECONDS


def test_each_worker_was_killed_and_came_back(run: Run) -> None:
    assert {name: run.world.stack.restarts[name] for name in WORKERS} == dict.fromkeys(WORKERS, 1)
    assert all(run.world.stack[name].running for name in WORKERS)


def test_each_worker_ends_by_sigterm_in_time(run: Run) -> None:
    assert set(run.ended) == set(WORKERS)
    for name, (code, seconds) in run.ended.items():
        assert (code, seconds < SIGTERM_S) == (0, True), (name, code, seconds)


@pytest.mark.parametrize("store_id", STORES)
def test_no_ping_is_lost_and_none_is_twice(run: Run, store_id: str) -> None:
    delivered.assert_pings_once(run.world, store_id, run.senders[store_id].pings)


@pytest.mark.parametrize("store_id", STORES)
def test_dwells_and_visits_are_those_of_an_undisturbed_run(run: Run, store_id: str) -> None:
    sent = run.senders[store_id].pings
    same = assert_same(run.world, store_id, sent[-1]["ts"])
    assert len(same["visits"]) > 20
    assert len(same["dwells"]) > len(same["visits"])


def test_moments_and_prompts_are_there_once(run: Run) -> None:
    delivered.assert_rows_once(run.world)
    delivered.assert_moments_fired(run.world)
    delivered.assert_prompts_belong(run.world)


@pytest.mark.parametrize("store_id", STORES)
def test_every_shown_prompt_is_once_in_the_stream(run: Run, store_id: str) -> None:
    until(lambda: run.world.redis.exists(Board.complete(store_id)))
    entries = delivered.assert_stream_is_the_topic(run.world, store_id)
    assert run.streams[store_id]
    assert run.streams[store_id] == entries[: len(run.streams[store_id])]


def test_a_board_that_was_emptied_is_whole_again(run: Run) -> None:
    """At rest: Redis forgets once more, and has the same within seconds."""
    world = run.world
    until(lambda: all(world.redis.exists(Board.complete(name)) for name in STORES))
    before = {name: board(world, name) for name in STORES}
    assert all(stream and hints and shoppers for stream, hints, shoppers in before.values())
    world.redis.flushall()
    # a visit is whole again with its next ping at the latest
    for name, sender in run.senders.items():
        world.send(name, [{**sender.pings[-1], "ts": sender.pings[-1]["ts"] + 1000}])
    until(lambda: {name: board(world, name) for name in STORES} == before)


def board(world: World, store_id: str) -> tuple[object, ...]:
    """The stream, the recommendations, and who is there since when."""
    there = [(shopper["visit_id"], shopper["since"]) for shopper in world.shoppers(store_id)]
    return world.stream(store_id), world.redis.hgetall(Board.recommendations(store_id)), there
