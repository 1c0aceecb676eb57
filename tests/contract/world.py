"""The system as these tests see it: HTTP in front, and Kafka, Redis and the lake as anybody can read them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pyarrow as pa
import redis
from kafka import KafkaConsumer, TopicPartition

from aislewise.stack import PROCESSES, Stack
from models import folders, lake
from models.keys import Board
from models.lag import measure
from models.records import TABLES
from models.settings import Settings
from tests.aislewise.command import run
from tests.parts import processes
from tests.parts.processes import SECRET
from tests.serving.client import bearer

Rows = list[dict[str, Any]]
Plans = Mapping[str, Mapping[str, Any]]
"""By store, the plan as GeoJSON."""


class World:
    """Our processes at work over `folder`. Everything here looks from outside."""

    def __init__(self, folder: Path, settings: Settings, stack: Stack) -> None:
        self.folder, self.settings, self.stack = folder, settings, stack
        self.gateway = httpx.Client(base_url=stack.gateway_url, timeout=20)
        self.tablet = httpx.Client(base_url=stack.serving_url, timeout=20)
        self.redis: redis.Redis = redis.Redis.from_url(settings.redis, decode_responses=True)

    def close(self) -> None:
        self.gateway.close()
        self.tablet.close()
        self.redis.close()

    def post(self, store: str, pings: Sequence[Mapping[str, Any]]) -> httpx.Response:
        """One POST of pings, whatever the answer."""
        return self.call("pings", store, {"store_id": store, "pings": list(pings)})

    def call(self, what: str, store: str, body: Mapping[str, Any]) -> httpx.Response:
        return self.gateway.post(f"/v1/{what}", json=body, headers=bearer(store, "sender"))

    def send(self, store: str, pings: Sequence[Mapping[str, Any]], size: int = 1000) -> None:
        """All of them, in order; every one has to be accepted."""
        for at in range(0, len(pings), size):
            part = pings[at : at + size]
            answer = self.post(store, part)
            assert answer.status_code == 202, answer.text
            assert answer.json() == {"accepted": len(part), "refused": []}

    def shoppers(self, store: str) -> Rows:
        answer = self.tablet.get(f"/v1/stores/{store}/shoppers", headers=bearer(store))
        assert answer.status_code == 200, answer.text
        return list(answer.json())

    def stream(self, store: str) -> list[tuple[str, str]]:
        """(stream id, prompt_id) of every entry."""
        entries: Any = self.redis.xrange(Board.prompts(store))
        return [(at, entry["prompt_id"]) for at, entry in entries]

    def behind(self, *groups: str) -> dict[str, int]:
        """Records that are not worked through, by group; of all groups where none is named."""
        lag = measure(self.settings.kafka)
        return {group: sum(topics.values()) for group, topics in lag.items() if not groups or group in groups}

    def settle(self, *groups: str, seconds: float = 60) -> None:
        """Waits until the workers have worked through everything, the lake included."""
        deadline = time.monotonic() + seconds
        while any(self.behind(*groups).values()):
            assert time.monotonic() < deadline, self.behind(*groups)
            time.sleep(0.3)

    def table(self, name: str) -> pa.Table:
        return lake.read(folders.at(self.settings.lake), name)

    def rows(self, name: str, **equal: Any) -> Rows:
        """The lake's rows with these values."""
        found = self.table(name).to_pylist()
        return [row for row in found if all(row[key] == value for key, value in equal.items())]

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """DuckDB over the lake's Parquet, a view a table; a lake on S3 is read by us."""
        root = folders.at(self.settings.lake)
        with duckdb.connect() as db:
            for name in TABLES:
                files = [str(path) for path in lake.files(root, name)] if isinstance(root, Path) else []
                if files:
                    listed = json.dumps(files).replace('"', "'")
                    db.execute(f"create view {name} as select * from read_parquet({listed}, hive_partitioning=false)")
                else:
                    db.register(name, self.table(name))
            return db.execute(sql).fetchall()

    def aislewise(self, *words: object) -> str:
        """A command that has to succeed, with our settings; its standard output."""
        given = {"kafka": self.settings.kafka, "redis": self.settings.redis}
        folders = {name: getattr(self.settings, name) for name in ("lake", "bundles", "plans", "salts")}
        code, out, err = run(*words, cwd=self.folder, **{"secret": SECRET, **given, **folders})
        assert code == 0, err
        return out.decode()

    def logs(self) -> str:
        return "".join(path.read_text(errors="replace") for path in sorted((self.folder / "logs").glob("*.log")))


def records(bootstrap: str, topic: str) -> list[Any]:
    """Every record of a topic as of now."""
    consumer = KafkaConsumer(bootstrap_servers=bootstrap.split(","), enable_auto_commit=False)
    try:
        parts = [TopicPartition(topic, number) for number in sorted(consumer.partitions_for_topic(topic) or ())]
        consumer.assign(parts)
        consumer.seek_to_beginning(*parts)
        ends = consumer.end_offsets(parts)
        found: list[Any] = []
        while any(consumer.position(part) < ends[part] for part in parts):
            for batch in consumer.poll(timeout_ms=500).values():
                found += batch
        return found
    finally:
        consumer.close()


@contextmanager
def world(
    folder: Path, kafka: str, redis_url: str, plans: Plans, names: Iterable[str] = PROCESSES, /, **given: Any
) -> Iterator[World]:
    """A stack with these plans; `given` are settings, and `revive` starts what dies again.

    `own` are variables of single processes, by their names.
    """
    revive, own = given.pop("revive", False), given.pop("own", {})
    settings = processes.settings(folder, kafka, redis_url, **given)
    for store, plan in plans.items():
        folders.write(folders.at(settings.plans) / f"{store}.geojson", json.dumps(plan).encode())
    stack = processes.stack(settings, folder, tuple(names), revive=revive)
    for name, variables in own.items():
        stack[name].environment.update(variables)
    with stack:
        one = World(folder, settings, stack)
        try:
            yield one
        finally:
            one.close()
