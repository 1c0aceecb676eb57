"""Tells the prompt workers what has changed in the catalogue, through the compacted topic `catalog`."""

from __future__ import annotations

from collections.abc import Sequence

from kafka import KafkaProducer
from kafka.errors import KafkaError

from models import topics
from models.catalog_records import TOPIC, Change, records
from models.errors import AwayError
from models.settings import Settings

_TIMEOUT_S = 30


def send(settings: Settings, changes: Sequence[Change]) -> None:
    """All of them, acknowledged by every replica. Raises AwayError; sending them again does no harm."""
    topics.ensure(settings.kafka, settings.partitions, settings.replication)
    try:
        producer = KafkaProducer(bootstrap_servers=settings.kafka.split(","), acks="all", linger_ms=20)
        try:
            partitions = len(producer.partitions_for(TOPIC))
            sent = [
                producer.send(TOPIC, key=change.key.encode(), value=value, partition=partition)
                for change in changes
                for partition, value in records(change, partitions)
            ]
            producer.flush(_TIMEOUT_S)
            for future in sent:
                future.get(_TIMEOUT_S)
        finally:
            producer.close()
    except KafkaError as error:
        raise AwayError(f"the catalogue cannot be sent to {settings.kafka}: {error}", "run it again") from None
