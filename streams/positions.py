"""Reading a range of a partition outside Faust: what must be known before the first record is taken."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.records import Record

_QUIET_MS = 5_000


async def end_of(bootstrap: str, topic: str, partition: int) -> int:
    """The offset that the partition's next record will have."""
    async with _reading(bootstrap, topic, partition) as (_, _, end):
        return end


async def read_to_end(bootstrap: str, topic: str, partition: int, start: int) -> list[Record]:
    """The partition's records from offset `start` to its end as of now."""
    async with _reading(bootstrap, topic, partition) as (consumer, at, end):
        consumer.seek(at, start)
        found: list[Record] = []
        while await consumer.position(at) < end:
            batch = (await consumer.getmany(at, timeout_ms=_QUIET_MS)).get(at, [])
            if not batch:
                break
            found += [
                Record(topic, partition, one.offset, one.key, one.value, dict(one.headers), one.timestamp)
                for one in batch
            ]
        return found


@asynccontextmanager
async def _reading(
    bootstrap: str, topic: str, partition: int
) -> AsyncIterator[tuple[AIOKafkaConsumer, TopicPartition, int]]:
    """A consumer of its own, what it reads, and the end of that as of now."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="earliest")
    await consumer.start()
    try:
        at = TopicPartition(topic, partition)
        consumer.assign([at])
        yield consumer, at, (await consumer.end_offsets([at]))[at]
    finally:
        await consumer.stop()
