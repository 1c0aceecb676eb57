"""When a store's phones were last heard of, from the end of the topic `pings`: the board says where, not when."""

from __future__ import annotations

import asyncio

import pyarrow as pa
import pyarrow.compute as pc
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from models.errors import AwayError, RecordError
from models.keys import partition_of
from models.pings import read_stream
from models.web.follower import places_of

LOOK_BACK = 200
"""Records: some ten seconds of a partition that many stores share, and an idle store has one in ten seconds."""
PATIENCE_SECONDS = 4.0


async def newest_ping(kafka: str, store_id: str) -> int | None:
    """By the phone's clock, ms; None where it is not among the last records. Raises AwayError."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka.split(","), enable_auto_commit=False)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            places = await places_of(kafka, ["pings"])
            await consumer.start()
            records = await _last(consumer, places[partition_of(store_id, len(places))])
            return max((ts for one in records if (ts := _newest(one, store_id))), default=None)
    except (KafkaError, OSError, TimeoutError) as error:
        raise AwayError(f"the pings cannot be read: {type(error).__name__}") from None
    finally:
        await consumer.stop()


async def _last(consumer: AIOKafkaConsumer, at: TopicPartition) -> list[ConsumerRecord]:
    consumer.assign([at])
    begin, end = (await consumer.beginning_offsets([at]))[at], (await consumer.end_offsets([at]))[at]
    consumer.seek(at, max(begin, end - LOOK_BACK))
    found: list[ConsumerRecord] = []
    while await consumer.position(at) < end:
        found += (await consumer.getmany(at, timeout_ms=1000)).get(at, [])
    return found


def _newest(record: ConsumerRecord, store_id: str) -> int | None:
    """None for another store's, for one that only says that time goes on, and for what is no batch."""
    if record.key != store_id.encode() or record.value is None:
        return None
    try:
        found = pc.max(read_stream(record.value).column("ts")).as_py()
    except (RecordError, KeyError, pa.ArrowException):
        return None
    return None if found is None else int(found)
