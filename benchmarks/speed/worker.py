"""Pings per CPU second of the dwell worker, Kafka to Redis and topics, with records of 250, 1,000 and 4,000 pings.

CPU is the worker process's own, all threads. The topic is full before it starts, so that nobody waits for a sender.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from aislewise.stack import Stack
from benchmarks import grid
from benchmarks.speed import load
from benchmarks.speed.steady import Steady, measure
from models import topics
from tests.parts.kafka import Cluster
from tests.parts.processes import settings
from tests.parts.redis import RedisServer

PHONES, STEPS, WARM_UP = 2_000, 1_000, 0.2
RECORDS = (250, 1_000, 4_000)


def run() -> None:
    """Prints a line for each size of record."""
    for record in RECORDS:
        with tempfile.TemporaryDirectory() as folder, Cluster(1) as kafka:
            found = ours(Path(folder), kafka.bootstrap, record)
        print(
            f"records of {record:>5,}: {found.pings_per_cpu_s:>9,.0f} pings a CPU second, "
            f"{1e6 * record / found.pings_per_cpu_s:,.0f} µs a record (start and warm-up {found.start_up_s:.1f} CPU s)",
            flush=True,
        )


def ours(folder: Path, bootstrap: str, record: int, steps: int = STEPS) -> Steady:
    """Fills the topic and has the worker work it off."""
    with RedisServer() as redis:
        given = settings(folder, bootstrap, redis.url, partitions=1, checkpoint_seconds=5.0)
        grid.write(Path(given.plans))
        topics.ensure(bootstrap, 1, 1)
        count = load.arrow(bootstrap, grid.walks(PHONES, steps, int(time.time() * 1000) - 2000 * steps), record)
        with Stack(given, folder / "logs", ["worker dwell"]) as stack:
            return measure(
                stack["worker dwell"],
                lambda: load.committed(bootstrap, "aislewise-dwell", "pings"),
                count,
                round(WARM_UP * count),
                record,
            )
