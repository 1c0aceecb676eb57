"""A run: the system, who uses it, what goes wrong by the seed, and what must hold when all has come back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis

from aislewise.stack import Stack
from models import folders
from models.keys import Board, partition_of
from simulation.day import Day
from simulation.layout import Size
from simulation.store import DEFAULT_TODAY_MS, Store
from tests.chaos.faults import Done, Parts
from tests.chaos.schedule import Fault
from tests.chaos.traffic import Line, Salesperson, Till
from tests.contract import delivered
from tests.contract.pace import pings_of, sell
from tests.contract.replayed import assert_same
from tests.contract.world import World
from tests.parts import processes
from tests.parts.kafka import Cluster
from tests.parts.proxy import Proxy
from tests.parts.redis import RedisServer
from tests.serving.client import until

STORES = ("north", "south")
PARTITIONS = 4
RATE = 60.0
"""Pings a second of a store: three brokers and eight processes share two cores with it."""
WORKERS = ("worker dwell", "worker prompts", "worker history")
SETTLE_S = 240.0
GIVEN = {"replication": 3, "max_age_seconds": 1e10, "max_ahead_seconds": 1e10, "holdout": 0.1}


@dataclass
class Run:
    """What happened, to be looked at."""

    world: World
    faults: Sequence[Fault]
    done: Sequence[Done]
    lines: Sequence[Line]
    tills: Sequence[Till]
    people: Sequence[Salesperson]
    failed: Sequence[str]

    def check(self) -> None:
        """Raises AssertionError: something was lost, is there twice, or is not what an undisturbed run has."""
        assert not self.failed, self.failed
        assert [one.wrong for one in (*self.lines, *self.tills, *self.people) if one.wrong] == []
        for line in self.lines:
            assert line.accepted == len(line.pings)
            # what was refused was said with a device of its own: the lake has no more pings than were taken
            delivered.assert_pings_once(self.world, line.store, line.pings)
            same = assert_same(self.world, line.store, line.pings[-1]["ts"])
            assert same["visits"]
        receipts = [name for till in self.tills for name in till.receipts]
        assert sorted(self.world.query("select receipt_id from purchases")) == sorted((name,) for name in receipts)
        delivered.assert_rows_once(self.world)
        delivered.assert_no_range_overlaps(self.world)
        delivered.assert_moments_fired(self.world)
        delivered.assert_prompts_belong(self.world)
        for line in self.lines:
            until(lambda store=line.store: self.world.redis.exists(Board.complete(store)), 30)
            delivered.assert_stream_is_the_topic(self.world, line.store)
        answered = {(prompt,) for person in self.people for prompt in person.answered}
        assert answered
        assert set(self.world.query("select prompt_id from outcomes where kind = 'accepted'")) >= answered


@contextmanager
def run(folder: Path, faults: Sequence[Fault], seconds: float) -> Iterator[Run]:
    """Everything at work for so long with these faults, then at rest; `check` says whether it held."""
    store = Store.build(5, STORES[0], size=Size(departments=4))
    assert len({partition_of(name, PARTITIONS) for name in STORES}) == len(STORES)
    with ExitStack() as parts:
        kafka, board = parts.enter_context(Cluster(3, heap_mb=256)), parts.enter_context(RedisServer())
        line = parts.enter_context(Proxy(board.address))
        values = processes.settings(folder, kafka.bootstrap, f"redis://{line.address}/0", **GIVEN)
        for name in STORES:
            plan = json.dumps(store.layout.geojson(name, "UTC")).encode()
            folders.write(folders.at(values.plans) / f"{name}.geojson", plan)
        first = parts.enter_context(processes.stack(values, folder, revive=True))
        twins = parts.enter_context(Stack(values, folder / "twins", WORKERS, revive=True))
        world = World(folder, values, first)
        parts.callback(world.close)
        sell(world, store)
        senders = parts.enter_context(Proxy(first.gateway_url.removeprefix("http://")))
        yield _lived(world, store, faults, seconds, Cast(kafka, board, line, senders, twins))


@dataclass(frozen=True)
class Cast:
    """The parts that a run needs besides its world."""

    kafka: Cluster
    redis: RedisServer
    redis_line: Proxy
    senders_line: Proxy
    twins: Stack


def _lived(world: World, store: Store, faults: Sequence[Fault], seconds: float, cast: Cast) -> Run:
    url, serve = f"http://{cast.senders_line.address}", world.stack.serving_url
    count = int(RATE * seconds)
    days = {name: pings_of(Day(store, seed, DEFAULT_TODAY_MS, 3600, 40))[:count] for seed, name in enumerate(STORES)}
    lines = [Line(url, name, pings, RATE) for name, pings in days.items()]
    skus = [row["sku"] for row in store.products[:20]]
    tills = [Till(url, name, skus, DEFAULT_TODAY_MS) for name in STORES]
    people = [Salesperson(serve, name, lambda: _client(world.settings.redis)) for name in STORES]
    traffic = (*lines, *tills, *people)
    for one in traffic:
        one.start()
    stacks = (world.stack, cast.twins)
    parts = Parts(stacks, cast.kafka, cast.redis, cast.redis_line, cast.senders_line, lines[0])
    parts.play(faults)
    for one in lines:
        one.join()
    # what was cut off of the day is its end: a fixed phone's last ping ends the visits
    for one in lines:
        beacon = {"device_id": "beacon", "ts": max(ping["ts"] for ping in one.pings) + 310_000, "x_m": 1.0, "y_m": 1.0}
        until(lambda one=one, beacon=beacon: world.post(one.store, [beacon]).status_code == 202, 30)
        one.pings, one.accepted = [*one.pings, beacon], one.accepted + 1
    for one in traffic:
        one.over.set()
        one.join()
    world.settle(seconds=SETTLE_S)
    return Run(world, faults, parts.done, lines, tills, people, parts.failed)


def _client(url: str) -> redis.Redis:
    client: redis.Redis = redis.Redis.from_url(url, decode_responses=True, socket_timeout=5)
    return client
