"""Compacted topics, read from their beginning and followed: what they say outlives Redis, and all processes know."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any, NamedTuple, TypeVar

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from models.errors import AwayError, RecordError
from models.web.outbox import Place

T = TypeVar("T")
log = logging.getLogger("aislewise.topics")

AGAIN_SECONDS = 0.5
POLL_MS = 1000
RECORDS = 1000
"""At once: what is read meanwhile waits for no more than these."""
REACH_SECONDS = 4.0


class Record(NamedTuple):
    """The newest of a key holds; one without a value deletes. `ts_ms` is Kafka's."""

    partition: int
    partitions: int
    """How many the topic has."""
    key: bytes
    value: bytes | None
    ts_ms: int


class Follower:
    """`takes` are the topics with what takes their records, in order; `moved` is called when some were taken.

    A taker raises RecordError for what it can't read: that hides no other record.
    """

    def __init__(self, kafka: str, takes: Mapping[str, Callable[[Record], None]], moved: Callable[[], None]) -> None:
        self._kafka, self._takes, self._moved = kafka, takes, moved
        self._next: dict[Any, int] = {}
        self._changed = asyncio.Condition()
        self._why = ""
        self.complete = False
        """Whether everything has been read that was there at the start."""

    async def why_away(self) -> str:
        """ "" once the topics were read to their ends; later Kafka's absence changes nothing that is known."""
        return "" if self.complete else "not read to the end yet"

    def partitions(self, topic: str) -> int:
        """How many the topic has. Raises AwayError before it was read."""
        found = Counter(at.topic for at in self._next)[topic]
        if not found or not self.complete:
            raise AwayError(f"the topic {topic} was not read yet")
        return found

    async def reach(self, place: Place) -> None:
        """Waits until a record was read back: who asks next sees what it said. Raises AwayError."""
        at = TopicPartition(place.topic, place.partition)
        try:
            async with asyncio.timeout(REACH_SECONDS), self._changed:
                await self._changed.wait_for(lambda: self._next.get(at, 0) > place.offset)
        except TimeoutError:
            raise AwayError("Kafka has the change, but it was not read back yet: repeat the same request") from None

    async def follow(self) -> None:
        """Runs until it is cancelled; after a failure it goes on from where it was."""
        while True:
            try:
                await self._follow()
            except (KafkaError, OSError, AwayError) as error:
                self._say(str(error))
            except Exception:
                log.exception("following %s", ", ".join(self._takes))
            await asyncio.sleep(AGAIN_SECONDS)

    def _say(self, why: str) -> None:
        """Once for each reason: Kafka may be away for long."""
        if why != self._why:
            log.warning("%s: not followed now: %s", ", ".join(self._takes), why)
        self._why = why

    async def _follow(self) -> None:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._kafka.split(","), enable_auto_commit=False, auto_offset_reset="earliest"
        )
        places = await _within(places_of(self._kafka, self._takes))
        await _within(consumer.start())
        try:
            consumer.assign(places)
            for at in places:
                consumer.seek(at, self._next.setdefault(at, 0))
            ends = await _within(consumer.end_offsets(places))
            while True:
                await self._read(consumer)
                self.complete = self.complete or all(self._next[at] >= end for at, end in ends.items())
        finally:
            await consumer.stop()

    async def _read(self, consumer: AIOKafkaConsumer) -> None:
        batches = await consumer.getmany(timeout_ms=POLL_MS, max_records=RECORDS)
        numbers = Counter(at.topic for at in self._next)
        for at, records in batches.items():
            for one in records:
                self._take(at, Record(at.partition, numbers[at.topic], one.key or b"", one.value, one.timestamp))
        for at in self._next:
            self._next[at] = await consumer.position(at)
        if batches:
            self._moved()
        async with self._changed:
            self._changed.notify_all()

    def _take(self, at: TopicPartition, record: Record) -> None:
        try:
            self._takes[at.topic](record)
        except RecordError as error:
            log.error("a record of %s is passed over: %s", at.topic, error)


async def places_of(kafka: str, topics: Collection[str]) -> list[TopicPartition]:
    """Every partition of these topics. Raises AwayError where one is not there, and KafkaError."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.split(","))
    try:
        await admin.start()
        # of all topics: to ask for one may make it
        described = {one["topic"]: one["partitions"] for one in await admin.describe_topics()}
    finally:
        await admin.close()
    if missing := [topic for topic in topics if not described.get(topic)]:
        raise AwayError(f"there is no topic {missing[0]} yet")
    return sorted(TopicPartition(topic, one["partition"]) for topic in topics for one in described[topic])


async def _within(answer: Awaitable[T]) -> T:
    """What Kafka answers within a few seconds. Raises AwayError."""
    try:
        async with asyncio.timeout(REACH_SECONDS):
            return await answer
    except TimeoutError:
        raise AwayError("Kafka does not answer") from None
