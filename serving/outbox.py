"""Outcomes to Kafka: a record is done when Kafka has acknowledged it, and a request hears so within 5 s."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import msgspec
from kafka import KafkaAdminClient, KafkaProducer
from kafka.errors import KafkaError, TopicAlreadyExistsError

from models.errors import AwayError
from models.settings import Settings

log = logging.getLogger("aislewise.serving")
T = TypeVar("T")

TOPIC = "outcomes"
ANSWER_SECONDS = 4.5
CHECK_SECONDS = 1.0


class Outbox:
    """A producer that is made as soon as Kafka is there. `away` says why it can't work now, "" when it can."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._admin: KafkaAdminClient | None = None
        self._producer: KafkaProducer | None = None
        self.away = "not connected yet"
        self._senders = ThreadPoolExecutor(4, "outcomes")
        self._checker = ThreadPoolExecutor(1, "kafka-check")

    async def watch(self) -> None:
        """Connects, and keeps `away` true to the facts; runs until it is cancelled."""
        while True:
            try:
                await self._in_thread(self._checker, self._check)
                self.away = ""
            except (KafkaError, OSError) as error:
                self.away = f"{type(error).__name__}: {error}"
            except Exception:
                log.exception("checking Kafka")
                self.away = "the check failed"
            await asyncio.sleep(CHECK_SECONDS)

    async def send(self, store_id: str, row: Mapping[str, object]) -> None:
        """Returns once Kafka has the record. Raises AwayError within 5 s when it may not have it."""
        producer = self._producer
        if producer is None:
            raise AwayError(f"Kafka is away: {self.away}")
        value, acknowledged = msgspec.json.encode(row), asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._in_thread(self._senders, lambda: _send(producer, store_id, value, acknowledged))
                await acknowledged
        except (KafkaError, TimeoutError) as error:
            raise AwayError(f"Kafka has not acknowledged the outcome: {type(error).__name__}") from None

    async def close(self) -> None:
        """Waits a moment for what is on its way."""
        await self._in_thread(self._senders, self._close)
        for threads in (self._senders, self._checker):
            threads.shutdown(wait=False)

    def _check(self) -> None:
        if self._admin is None:
            self._admin = KafkaAdminClient(**self._options(), bootstrap_timeout_ms=3000)
        if not _partitions(self._admin):
            self._create_topic(self._admin)
        if self._producer is None:
            self._producer = KafkaProducer(
                **self._options(),
                acks="all",
                # a repeat is dropped by the outcome's id, and the embedded broker knows no idempotence
                enable_idempotence=False,
                compression_type="gzip",
                bootstrap_timeout_ms=3000,
                delivery_timeout_ms=4000,
                max_block_ms=1000,
                allow_auto_create_topics=False,
            )
            self._producer.partitions_for(TOPIC)

    def _create_topic(self, admin: KafkaAdminClient) -> None:
        options = {"num_partitions": self._settings.partitions, "replication_factor": self._settings.replication}
        try:
            admin.create_topics({TOPIC: options}, timeout_ms=3000, wait_for_metadata=True)
        except TopicAlreadyExistsError:
            log.info("another process has made the topic %s", TOPIC)

    def _options(self) -> dict[str, Any]:
        return {
            "bootstrap_servers": self._settings.kafka.split(","),
            "client_id": "aislewise-serving",
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


def _partitions(admin: KafkaAdminClient) -> int:
    """How many partitions of the topic have a leader; asks the broker."""
    (topic,) = admin.describe_topics([TOPIC])
    return sum(partition["leader_id"] >= 0 for partition in topic["partitions"])


def _send(producer: KafkaProducer, store_id: str, value: bytes, acknowledged: asyncio.Future[None]) -> None:
    """Hands the record over; `acknowledged` is settled in its own loop, from the producer's thread."""

    def settle(error: BaseException | None) -> None:
        if acknowledged.done():
            return
        if error:
            acknowledged.set_exception(error)
        else:
            acknowledged.set_result(None)

    settle_there = acknowledged.get_loop().call_soon_threadsafe
    sent = producer.send(TOPIC, value, key=store_id.encode())
    sent.add_callback(lambda _: settle_there(settle, None))
    sent.add_errback(lambda error: settle_there(settle, error))
