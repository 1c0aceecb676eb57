"""From a POST to the feature in Redis and to the moment in its topic, with each stage's part, at rising rates.

Everything runs on this machine: sender, gateway, Kafka, worker, Redis and the watchers.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np
from kafka import KafkaConsumer
from numpy.typing import NDArray

from aislewise.crowd import CYCLE_SECONDS, GROUPS, Crowd
from aislewise.stack import Stack
from benchmarks import grid
from models import ids
from models.board import LiveVisit
from models.keys import Board
from models.pings import PingHeaders, decode, read_stream
from models.salts import Salts
from models.tokens import Bearer, issue
from tests.parts.kafka import Cluster
from tests.parts.processes import SECRET, settings
from tests.parts.redis import RedisServer

RATES = (1_000, 10_000, 100_000)
SECONDS, SETTLE_SECONDS = 40.0, 15.0
FLUSH_MS = 250
PROBES = 3
"""Phones of each group that are looked for on the board."""
LOOK_SECONDS = 0.005
EDGE_M = 4.0
"""Whoever is nowhere for a ping has stood a ping less in departments, by which delays are told."""


def run() -> None:
    """Prints a block for each rate."""
    for rate in RATES:
        with tempfile.TemporaryDirectory() as name, Cluster(1) as kafka, RedisServer() as redis:
            _measure(rate, Path(name), kafka, redis)


def _measure(rate: int, folder: Path, kafka: Cluster, redis: RedisServer) -> None:
    given = settings(folder, kafka.bootstrap, redis.url, partitions=1, flush_ms=FLUSH_MS, checkpoint_seconds=10.0)
    grid.write(Path(given.plans))
    with Stack(given, folder / "logs", ["worker dwell", "gateway"]) as stack:
        token = issue(SECRET, Bearer(grid.STORE, "sender"), time.time(), 1)
        crowd = Crowd(stack.gateway_url, token, grid.STORE, spots(round(rate * CYCLE_SECONDS)))
        watch = Watch(kafka.bootstrap, redis, crowd, given.salts)
        took_s = crowd.run(SECONDS, watch.ended)
        time.sleep(2)
        watch.stop()
    others = crowd.statuses.total() - crowd.statuses[202]
    print(f"{rate:,} pings a second asked for, {crowd.taken / took_s:,.0f} taken, {others} POSTs refused")
    for name, delays in watch.stages(time.time() - SECONDS - 2 + SETTLE_SECONDS).items():
        if len(delays):
            p50, p99 = np.quantile(delays, [0.5, 0.99])
            print(f"  {name:<36} p50 {p50:>7,.0f} ms, p99 {p99:>7,.0f} ms, n {len(delays):,}", flush=True)


def spots(count: int) -> NDArray[np.float64]:
    """At displays and in aisles, and not so near an edge that somebody may be outside, shape (count, 3)."""
    room = np.array([grid.COLUMNS * grid.CELL_M, grid.ROWS * grid.CELL_M])
    place = np.random.default_rng(0).uniform(EDGE_M, room - EDGE_M, (count, 2))
    return np.column_stack([place, np.zeros(count)])


class Watch:
    """Threads that write down when what was sent at a time (ms) came to be seen where."""

    def __init__(self, bootstrap: str, redis: RedisServer, crowd: Crowd, salts: str) -> None:
        self.ended = threading.Event()
        self.buffered: dict[int, float] = {}
        self.in_kafka: dict[int, float] = {}
        self.moments: list[tuple[int, float]] = []
        self.on_board: list[tuple[int, float]] = []
        self._bootstrap, self._redis, self._crowd, self._salts = bootstrap, redis, crowd, salts
        works = (lambda: self._topic("pings", self._pings), lambda: self._topic("moments", self._moment), self._board)
        self._threads = [threading.Thread(target=work, daemon=True) for work in works]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self.ended.set()
        for thread in self._threads:
            thread.join(10)

    def stages(self, since_s: float) -> Mapping[str, list[float]]:
        """Delays in ms of what was sent after a time."""
        late = {ts for ts in self.in_kafka if ts / 1000 > since_s}
        board = [(ts, at) for ts, at in self.on_board if ts in late]
        return {
            "POST → feature in Redis": [at - ts for ts, at in board],
            "POST → moment in its topic": [at - ts for ts, at in self.moments if ts in late],
            "  gateway: checks, wait for the batch": [self.buffered[ts] - ts for ts in late],
            "  Kafka: batch sent → read": [self.in_kafka[ts] - self.buffered[ts] for ts in late],
            "  worker: batch read → moment read": [at - self.in_kafka[ts] for ts, at in self.moments if ts in late],
            "  worker and Redis: batch read → seen": [at - self.in_kafka[ts] for ts, at in board],
            "POST → 202": [1000 * one for one in self._crowd.answers_s[GROUPS:]],
        }

    def _topic(self, topic: str, see: Callable[[object, float], None]) -> None:
        consumer = KafkaConsumer(topic, bootstrap_servers=self._bootstrap, auto_offset_reset="earliest")
        while not self.ended.is_set():
            for records in consumer.poll(timeout_ms=100).values():
                now = time.time() * 1000
                for record in records:
                    see(record, now)
        consumer.close()

    def _pings(self, record: object, now: float) -> None:
        headers = PingHeaders.decode(dict(record.headers))
        for ts in set(decode(record.value, headers.corner).ts.tolist()):
            self.buffered[ts], self.in_kafka[ts] = headers.clock, now

    def _moment(self, record: object, now: float) -> None:
        for ts in set(read_stream(record.value).column("ts").cast("int64").to_pylist()):
            self.moments.append((ts, now))

    def _board(self) -> None:
        """A visit's departments cover the plan: their seconds say up to which ping it has come."""
        with self._redis.client() as client:
            seen: dict[str, str] = {}
            while not self.ended.wait(LOOK_SECONDS):
                names = self._probes()
                texts = client.hmget(Board.visits(grid.STORE), names) if names else []
                now = time.time() * 1000
                for name, text in zip(names, texts, strict=True):
                    if text and seen.get(name) != text:
                        seen[name] = text
                        self.on_board.append((_newest_ms(msgspec.json.decode(text, type=LiveVisit)), now))

    def _probes(self) -> list[str]:
        """Visits of the groups that have begun."""
        salt = Salts(self._salts).of(grid.STORE, datetime.now(UTC).date())
        devices = [
            (self._crowd.device(i, n), ts) for i, ts in enumerate(self._crowd.first) if ts for n in range(PROBES)
        ]
        return [ids.visit_id(grid.STORE, ids.phone_text(ids.phone(device, salt)), ts) for device, ts in devices]


def _newest_ms(visit: LiveVisit) -> int:
    dwelt_s = sum(seconds for zone, seconds in visit.dwell.items() if zone.startswith("d"))
    return round(datetime.fromisoformat(visit.since).timestamp() * 1000 + 1000 * dwelt_s)
