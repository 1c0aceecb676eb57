"""How far each worker is behind: records between what its group has committed and the end of its topics."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping

from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import OffsetSpec
from kafka.errors import (
    CoordinatorLoadInProgressError,
    CoordinatorNotAvailableError,
    KafkaError,
    NotCoordinatorError,
)

from models.errors import AwayError
from models.records import TABLES

WORKERS: Mapping[str, tuple[str, ...]] = {
    "aislewise-dwell": ("pings", "checkins"),
    "aislewise-prompts": ("moments",),
    "aislewise-history": tuple(table.name for table in TABLES.values() if table.travels != "file"),
}
"""Consumer group → the topics that it reads for certain; what else it has committed is reported too."""
BOOTSTRAP_MS, REQUEST_MS, PATIENCE_S = 3000, 2000, 3.0

Lag = dict[str, dict[str, int]]


def measure(kafka: str) -> Lag:
    """Records between what each group has committed, or the topic's beginning, and its end. Raises AwayError."""
    try:
        admin = KafkaAdminClient(
            bootstrap_servers=kafka.split(","),
            bootstrap_timeout_ms=BOOTSTRAP_MS,
            request_timeout_ms=REQUEST_MS,
            reconnect_backoff_max_ms=500,
        )
        with admin:
            return _measure(admin, time.monotonic() + PATIENCE_S)
    except (KafkaError, OSError) as error:
        raise AwayError(f"Kafka at {kafka} does not answer: {type(error).__name__}", "check AISLEWISE_KAFKA") from None


def _measure(admin: KafkaAdminClient, deadline: float) -> Lag:
    committed = {group: _committed(admin, group, deadline) for group in WORKERS}
    wanted = {group: {*topics, *(tp.topic for tp in committed[group])} for group, topics in WORKERS.items()}
    partitions = _partitions(admin, set().union(*wanted.values()))
    first = admin.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.EARLIEST)) if partitions else {}
    last = admin.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.LATEST)) if partitions else {}
    found: Lag = {}
    for group, topics in wanted.items():
        behind: dict[str, int] = defaultdict(int)
        for tp in partitions:
            if tp.topic in topics:
                # what retention has deleted is no work any more
                begin = max(committed[group].get(tp, 0), first[tp].offset)
                behind[tp.topic] += max(last[tp].offset - begin, 0)
        found[group] = dict(sorted(behind.items()))
    return found


def _committed(admin: KafkaAdminClient, group: str, deadline: float) -> dict[TopicPartition, int]:
    """A broker that has never had a group needs a moment to find out who looks after it."""
    while True:
        try:
            offsets = admin.list_group_offsets([group])[group]
            break
        except (CoordinatorNotAvailableError, NotCoordinatorError, CoordinatorLoadInProgressError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
    return {tp: committed.offset for tp, committed in offsets.items() if committed.offset >= 0}


def _partitions(admin: KafkaAdminClient, topics: set[str]) -> list[TopicPartition]:
    """Of those topics that exist."""
    return [
        TopicPartition(topic["name"], partition["partition_index"])
        for topic in admin.describe_topics()
        if topic["name"] in topics
        for partition in topic["partitions"]
    ]
