"""Tells the prompt workers what has changed in the catalogue, through the compacted topic `catalog`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
from kafka import KafkaProducer
from kafka.errors import KafkaError

from aislewise.catalog_files import Change
from models import topics
from models.catalog import Product, Row, record_of
from models.errors import AwayError
from models.keys import partition_of
from models.settings import Settings

TOPIC = "catalog"
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


def records(change: Change, partitions: int) -> Iterator[tuple[int, bytes]]:
    """(partition, value): deletions where the row no longer belongs, the row where it does."""
    now = _homes(change.new, partitions)
    for partition in sorted(_homes(change.old, partitions) - now):
        yield partition, msgspec.json.encode(record_of(change.key, None))
    for partition in sorted(now):
        yield partition, msgspec.json.encode(record_of(change.key, change.new))


def _homes(row: Row | None, partitions: int) -> set[int]:
    """A store's rows go where the store's moments are; what holds for the chain goes everywhere."""
    if row is None:
        return set()
    store = None if isinstance(row, Product) else row.store_id
    return set(range(partitions)) if store is None else {partition_of(store, partitions)}
