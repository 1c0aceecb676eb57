"""Pings per CPU second of the dwell worker, Kafka to Redis and topics, beside plain one-ping-a-record Faust.

All run on the same Apache Kafka in the same run, one after the other; CPU is the worker process's own, from ready to
the last record done. The broker's and the producer's CPU are not counted in any.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from kafka import KafkaAdminClient, KafkaProducer

from aislewise.child import Child, says
from aislewise.stack import Stack
from benchmarks import grid
from models.pings import PingHeaders, encode
from tests.parts.kafka import Cluster
from tests.parts.processes import settings
from tests.parts.redis import RedisServer

PHONES, STEPS, RECORD = 2_000, 400, 1_000
PLAIN = 60_000
ROUNDS = 3
TICKS = os.sysconf("SC_CLK_TCK")


def run() -> None:
    """Prints pings per CPU second of each round, and their ratio."""
    ratios = []
    for number in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder, Cluster(1) as kafka, RedisServer() as redis:
            ours = _ours(Path(folder), kafka.bootstrap, redis.url)
            plain, table = (_plain(Path(folder), kafka.bootstrap, kept_in) for kept_in in ("dict", "table"))
        ratios.append((ours / plain, ours / table))
        print(
            f"round {number + 1}, pings a CPU second: {ours:,.0f}; plain Faust {plain:,.0f} ({ours / plain:.0f} ×), "
            f"with its state in a table {table:,.0f} ({ours / table:.0f} ×)",
            flush=True,
        )
    medians = " and ".join(f"{ratio:.0f} ×" for ratio in np.median(ratios, axis=0))
    print(f"median {medians} ({PHONES * STEPS:,} pings in records of {RECORD:,}, {PHONES:,} phones)")


def _ours(folder: Path, bootstrap: str, redis: str) -> float:
    given = settings(folder, bootstrap, redis, partitions=1, checkpoint_seconds=5.0)
    grid.write(Path(given.plans))
    with Stack(given, folder / "logs", ["worker dwell"]) as stack:
        before = _cpu_s(stack["worker dwell"].process.pid)
        _send_batches(bootstrap)
        _until_done(bootstrap, "aislewise-dwell", "pings", PHONES * STEPS // RECORD)
        spent = _cpu_s(stack["worker dwell"].process.pid) - before
    return PHONES * STEPS / spent


def _plain(folder: Path, bootstrap: str, kept_in: str) -> float:
    topic, group = f"plain-{kept_in}", f"plain-faust-{kept_in}"
    parts = {"num_partitions": 1, "replication_factor": 1}
    with KafkaAdminClient(bootstrap_servers=bootstrap) as admin:
        admin.create_topics({topic: parts, f"{group}-dwell-changelog": parts}, wait_for_metadata=True)
    command = [sys.executable, "-m", "benchmarks.plain_faust", bootstrap, str(folder / group), kept_in]
    with Child("plain Faust", command, folder / f"{group}.log", says("Worker ready"), dict(os.environ)) as child:
        before = _cpu_s(child.process.pid)
        _send_singly(bootstrap, topic)
        _until_done(bootstrap, group, topic, PLAIN)
        spent = _cpu_s(child.process.pid) - before
    return PLAIN / spent


def _send_batches(bootstrap: str) -> None:
    start_ms = int(time.time() * 1000) - 2000 * STEPS
    pings = grid.walks(PHONES, STEPS, start_ms)
    producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all", max_request_size=2**24)
    for number, at in enumerate(range(0, len(pings), RECORD)):
        headers = PingHeaders(grid.STORE, "bench", number, int(time.time() * 1000), (0.0, 0.0)).encode()
        value = encode(grid.rows(pings, at, at + RECORD), (0.0, 0.0))
        producer.send("pings", value, key=grid.STORE.encode(), headers=headers)
    producer.close()


def _send_singly(bootstrap: str, topic: str) -> None:
    pings = grid.walks(PHONES, PLAIN // PHONES, int(time.time() * 1000))
    producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all", linger_ms=20)
    columns = (pings.phone.tolist(), pings.ts.tolist(), pings.x_m.tolist(), pings.y_m.tolist())
    for phone, ts, x, y in zip(*columns, strict=True):
        row = {"store_id": grid.STORE, "device_id": f"{phone:016x}", "ts": ts, "x_m": x, "y_m": y}
        producer.send(topic, json.dumps(row).encode(), key=grid.STORE.encode())
    producer.close()


def _until_done(bootstrap: str, group: str, topic: str, records: int) -> None:
    """Waits until the group has committed past every record."""
    deadline = time.monotonic() + 300
    with KafkaAdminClient(bootstrap_servers=bootstrap) as admin:
        while time.monotonic() < deadline:
            committed = admin.list_group_offsets([group])[group]
            if any(place.topic == topic and at.offset >= records for place, at in committed.items()):
                return
            time.sleep(0.2)
    raise TimeoutError(f"{group} has not done {records} records of {topic} in 300 s")


def _cpu_s(pid: int) -> float:
    """User and system seconds of a process, all threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS
