"""What the consumers read: pings on Kafka before they start, as our Arrow batches and as one JSON object a record."""

from __future__ import annotations

import os
import time
from pathlib import Path

from kafka import KafkaAdminClient, KafkaProducer

from benchmarks import grid
from models.pings import PingHeaders, encode

TICKS = os.sysconf("SC_CLK_TCK")


def arrow(bootstrap: str, pings: grid.Pings, record: int, topic: str = "pings") -> int:
    """Sends them in records of so many and says how many records that is."""
    producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all", max_request_size=2**24, batch_size=2**18)
    for number, at in enumerate(range(0, len(pings), record)):
        headers = PingHeaders(grid.STORE, "bench", number, int(time.time() * 1000), (0.0, 0.0)).encode()
        value = encode(grid.rows(pings, at, at + record), (0.0, 0.0))
        producer.send(topic, value, key=grid.STORE.encode(), headers=headers, partition=0)
    producer.close()
    return number + 1


def json_pings(bootstrap: str, pings: grid.Pings, topic: str) -> int:
    """Sends one record a ping."""
    create(bootstrap, topic)
    producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all", linger_ms=50, batch_size=2**18)
    columns = (pings.phone.tolist(), pings.ts.tolist(), pings.x_m.tolist(), pings.y_m.tolist())
    for phone, ts, x, y in zip(*columns, strict=True):
        value = f'{{"store_id":"S1","device_id":"{phone:016x}","ts":{ts},"x_m":{x:.3f},"y_m":{y:.3f}}}'
        producer.send(topic, value.encode(), key=b"S1", partition=0)
    producer.close()
    return len(pings)


def create(bootstrap: str, *topics: str) -> None:
    parts = {"num_partitions": 1, "replication_factor": 1}
    with KafkaAdminClient(bootstrap_servers=bootstrap) as admin:
        admin.create_topics(dict.fromkeys(topics, parts), wait_for_metadata=True)


def committed(bootstrap: str, group: str, topic: str) -> int:
    """How far a group has come, by its commits."""
    with KafkaAdminClient(bootstrap_servers=bootstrap) as admin:
        places = admin.list_group_offsets([group]).get(group) or {}
    return max((at.offset for place, at in places.items() if place.topic == topic), default=0)


def cpu_s(pid: int) -> float:
    """User and system seconds of a process, all threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS
