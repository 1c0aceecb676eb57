"""The topic of dead letters in Kafka: reading it, and putting a record back where it came from, once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaError

from models.dead_letters import BEGUN, DONE, RETRY_FOR, RETRY_OF, TOPIC, Headers, Letter, letters
from models.errors import AwayError

BOOTSTRAP_MS, POLL_MS, ACK_S = 3000, 500, 30


class Letterbox:
    """Every method raises AwayError where Kafka does not answer."""

    def __init__(self, kafka: str) -> None:
        self._kafka = kafka

    def read(self) -> list[Letter]:
        """All letters there are now, oldest first; none where the topic was never made."""
        try:
            with self._consumer() as consumer:
                places = [TopicPartition(TOPIC, one) for one in sorted(consumer.partitions_for_topic(TOPIC) or ())]
                first = consumer.beginning_offsets(places) if places else {}
                return letters(record for at in places for record in _until_now(consumer, at, first[at]))
        except (KafkaError, OSError) as error:
            raise self._away(error) from None

    def retry(self, letter: Letter) -> int:
        """Puts the record back on its topic and partition, and says at which offset it stands there.

        Killed half-way, it is called again: it then looks whether the record is there already.
        """
        try:
            with self._consumer() as consumer:
                return self._retry(consumer, letter)
        except (KafkaError, OSError) as error:
            raise self._away(error) from None

    def _retry(self, consumer: KafkaConsumer, letter: Letter) -> int:
        at = TopicPartition(letter.source.topic, letter.source.partition)
        stands = None if letter.begun is None else _standing(consumer, at, letter)
        producer = KafkaProducer(
            bootstrap_servers=self._kafka.split(","), acks="all", bootstrap_timeout_ms=BOOTSTRAP_MS
        )
        try:
            if letter.begun is None:
                self._mark(producer, letter, BEGUN, consumer.end_offsets([at])[at])
            if stands is None:
                stands = _send(producer, at, letter.key, letter.value, letter.again())
            self._mark(producer, letter, DONE, stands)
        finally:
            producer.close()
        return stands

    def _mark(self, producer: KafkaProducer, letter: Letter, what: bytes, offset: int) -> None:
        _send(producer, TopicPartition(TOPIC, letter.partition), letter.key, b"", letter.mark(what, offset))

    def _consumer(self) -> KafkaConsumer:
        return KafkaConsumer(
            bootstrap_servers=self._kafka.split(","), enable_auto_commit=False, bootstrap_timeout_ms=BOOTSTRAP_MS
        )

    def _away(self, error: Exception) -> AwayError:
        return AwayError(f"Kafka at {self._kafka} does not answer: {type(error).__name__}", "check AISLEWISE_KAFKA")


def _send(producer: KafkaProducer, at: TopicPartition, key: bytes, value: bytes, headers: Headers) -> int:
    """The offset at which it stands."""
    sent = producer.send(at.topic, value, key=key, headers=list(headers), partition=at.partition)
    return int(sent.get(ACK_S).offset)


def _standing(consumer: KafkaConsumer, at: TopicPartition, letter: Letter) -> int | None:
    """Where a retry that was begun has put the record; None where it was killed before."""
    wanted = {name: value for name, value in letter.again() if name in (RETRY_OF, RETRY_FOR)}
    for record in _until_now(consumer, at, letter.begun or 0):
        headers = dict(record.headers)
        if all(headers.get(name) == value for name, value in wanted.items()):
            return int(record.offset)
    return None


def _until_now(consumer: KafkaConsumer, at: TopicPartition, first: int) -> Iterator[Any]:
    """A partition's records from an offset to where it ends now."""
    consumer.assign([at])
    end = consumer.end_offsets([at])[at]
    consumer.seek(at, max(first, consumer.beginning_offsets([at])[at]))
    while consumer.position(at) < end:
        for batch in consumer.poll(timeout_ms=POLL_MS).values():
            yield from batch
