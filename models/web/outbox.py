"""Records to Kafka: one is done when Kafka has acknowledged it, and a request hears so within 5 s."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, TypeVar

from kafka import KafkaAdminClient, KafkaProducer
from kafka.errors import KafkaError

from models import topics
from models.errors import AwayError
from models.settings import Settings

log = logging.getLogger("aislewise.outbox")
T = TypeVar("T")

ANSWER_SECONDS = 4.5
CHECK_SECONDS = 1.0


class Place(NamedTuple):
    """Where a record stands in Kafka."""

    topic: str
    partition: int
    offset: int


class Outbox:
    """A producer that is made as soon as Kafka is there. `away` says why it can't work now, "" when it can.

    `writes` are the topics of this process; it is ready when each has a leader in every partition.
    """

    def __init__(self, settings: Settings, client: str, writes: Sequence[str]) -> None:
        self._settings, self._client, self._writes = settings, client, writes
        self._admin: KafkaAdminClient | None = None
        self._producer: KafkaProducer | None = None
        self.away = "not connected yet"
        # one thread: records of a store stay in order
        self._sender = ThreadPoolExecutor(1, f"{client}-send")
        self._checker = ThreadPoolExecutor(1, f"{client}-check")

    async def why_away(self) -> str:
        return self.away

    async def watch(self) -> None:
        """Connects, and keeps `away` true to the facts; runs until it is cancelled."""
        while True:
            try:
                await self._in_thread(self._checker, self._check)
                self.away = ""
            except (KafkaError, AwayError, OSError) as error:
                self.away = f"{type(error).__name__}: {error}"
            except Exception:
                log.exception("checking Kafka")
                self.away = "the check failed"
            await asyncio.sleep(CHECK_SECONDS)

    async def send(
        self,
        topic: str,
        key: str,
        value: bytes | None,
        headers: Sequence[tuple[str, bytes]] = (),
        partition: int | None = None,
    ) -> Place:
        """Returns once Kafka has the record, in the key's partition where none is named; no value deletes.

        Raises AwayError within 5 s when Kafka may not have it.
        """
        producer = self._producer
        if producer is None or self.away:
            raise AwayError(f"Kafka is away: {self.away}")
        acknowledged: asyncio.Future[Place] = asyncio.get_running_loop().create_future()

        def hand_over() -> None:
            _settle(
                producer.send(topic, value, key=key.encode(), headers=list(headers), partition=partition), acknowledged
            )

        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._in_thread(self._sender, hand_over)
                return await acknowledged
        except (KafkaError, TimeoutError) as error:
            raise AwayError(f"Kafka has not acknowledged the record: {type(error).__name__}") from None

    async def close(self) -> None:
        """Waits a moment for what is on its way."""
        await self._in_thread(self._sender, self._close)
        for threads in (self._sender, self._checker):
            threads.shutdown(wait=False)

    def _check(self) -> None:
        if self._admin is None:
            self._admin = KafkaAdminClient(**self._options(), bootstrap_timeout_ms=3000)
        if self._leaderless(self._admin):
            topics.ensure(self._settings.kafka, self._settings.partitions, self._settings.replication)
            if leaderless := self._leaderless(self._admin):
                raise AwayError(f"{', '.join(leaderless)} without a leader")
        if self._producer is None:
            self._producer = KafkaProducer(
                **self._options(),
                acks="all",
                # repeats are dropped by their ids, and the embedded broker knows no idempotence
                enable_idempotence=False,
                max_in_flight_requests_per_connection=1,
                compression_type="gzip",
                bootstrap_timeout_ms=3000,
                delivery_timeout_ms=4000,
                max_block_ms=1000,
                max_request_size=8 * 2**20,
                allow_auto_create_topics=False,
            )
            for name in self._writes:
                self._producer.partitions_for(name)

    def _leaderless(self, admin: KafkaAdminClient) -> list[str]:
        """Topics that cannot be written now, in whole or in part."""
        described = admin.describe_topics(list(self._writes))
        return [topic["name"] for topic in described if not _has_leaders(topic)]

    def _options(self) -> dict[str, Any]:
        return {
            "bootstrap_servers": self._settings.kafka.split(","),
            "client_id": self._client,
            "request_timeout_ms": 3000,
            "reconnect_backoff_max_ms": 1000,
        }

    def _close(self) -> None:
        if self._producer:
            self._producer.close(timeout=3)
        if self._admin:
            self._admin.close()

    @staticmethod
    async def _in_thread(threads: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(threads, work)


def _has_leaders(topic: dict[str, Any]) -> bool:
    partitions = topic["partitions"]
    return bool(partitions) and all(partition["leader_id"] >= 0 for partition in partitions)


def _settle(sent: Any, acknowledged: asyncio.Future[Place]) -> None:
    """`acknowledged` is settled in its own loop, from the producer's thread."""

    def settle(place: Place | None, error: BaseException | None) -> None:
        if acknowledged.done():
            return
        if place is None:
            acknowledged.set_exception(error or KafkaError())
        else:
            acknowledged.set_result(place)

    settle_there = acknowledged.get_loop().call_soon_threadsafe
    sent.add_callback(lambda found: settle_there(settle, Place(found.topic, found.partition, found.offset), None))
    sent.add_errback(lambda error: settle_there(settle, None, error))
