"""Makes the topics that are not there yet; every process may call it at its start."""

from __future__ import annotations

import os

from kafka import KafkaAdminClient
from kafka.errors import KafkaError, TopicAlreadyExistsError

from models.errors import AwayError
from models.records import COMPACTED, TOPICS

_TIMEOUT_MS = 5_000


def ensure(bootstrap: str, partitions: int, replication: int) -> None:
    """Idempotent, also when several processes do it at once. Raises AwayError where Kafka cannot be reached."""
    try:
        admin = KafkaAdminClient(
            bootstrap_servers=bootstrap.split(","),
            client_id=f"aislewise-topics-{os.getpid()}",
            request_timeout_ms=_TIMEOUT_MS,
            bootstrap_timeout_ms=_TIMEOUT_MS,
        )
    except KafkaError as error:
        raise AwayError(f"Kafka at {bootstrap} cannot be reached: {error}") from None
    try:
        there = set(admin.list_topics())
        for name in (name for name in TOPICS if name not in there):
            _create(admin, name, partitions, replication)
    except KafkaError as error:
        raise AwayError(f"the topics cannot be made at {bootstrap}: {error}") from None
    finally:
        admin.close()


def _create(admin: KafkaAdminClient, name: str, partitions: int, replication: int) -> None:
    config = {"cleanup.policy": "compact"} if name in COMPACTED else {}
    topic = {"num_partitions": partitions, "replication_factor": replication, "configs": config}
    try:
        admin.create_topics({name: topic}, timeout_ms=_TIMEOUT_MS, wait_for_metadata=True)
    except TopicAlreadyExistsError:
        return
