"""A Kafka record as the workers see it, and the sources that were already passed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import msgspec

from models.dead_letters import ORIGINAL, RETRY_FOR, TOPIC
from models.errors import RecordError
from models.keys import Source

T = TypeVar("T")
_NOT_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class Record(NamedTuple):
    """An input. `timestamp_ms` is Kafka's."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Mapping[str, bytes]
    timestamp_ms: int

    def json(self) -> Any:
        """The value as a JSON object. Raises RecordError."""
        try:
            decoded = msgspec.json.decode(self.value or b"")
        except _NOT_JSON as error:
            raise RecordError(f"not JSON: {error}") from None
        if not isinstance(decoded, dict):
            raise RecordError("not a JSON object")
        return decoded

    def as_(self, kind: type[T]) -> T:
        """The value as JSON of this shape; what else it has is left out. Raises RecordError."""
        try:
            return msgspec.json.decode(self.value or b"", type=kind)
        except _NOT_JSON as error:
            raise RecordError(str(error)) from None

    def source(self) -> Source | None:
        """The input that this record came from. Raises RecordError for a malformed header."""
        header = self.headers.get("source")
        try:
            return Source.decode(header) if header is not None else None
        except ValueError as error:
            raise RecordError(f"header source: {error}") from None

    def is_for(self, worker: str) -> bool:
        """False for a dead letter that was put back for another worker: this one has taken it the first time."""
        return self.headers.get(RETRY_FOR, worker.encode()) == worker.encode()


class Output(NamedTuple):
    """A record to send, to the partition of the input that it came from."""

    topic: str
    key: bytes
    value: bytes
    headers: Sequence[tuple[str, bytes]]


def dead_letter(record: Record, error: RecordError) -> Output:
    """The record whole, with the reason and where it stood."""
    place = f"{record.topic}/{record.partition}/{record.offset}/0".encode()
    headers = [("reason", str(error).encode()), ("source", place)]
    headers += [(f"{ORIGINAL}{name}", value) for name, value in record.headers.items()]
    return Output(TOPIC, record.key or b"", record.value or b"", headers)


class Passed:
    """The furthest source seen, by topic and partition: a restart sends records again, and they are dropped here."""

    def __init__(self, furthest: Mapping[str, tuple[int, int]] | None = None) -> None:
        self._furthest = {name: tuple(place) for name, place in (furthest or {}).items()}

    def again(self, source: Source | None) -> bool:
        """Whether this source was passed before; it is from now on."""
        if source is None:
            return False
        name, place = f"{source.topic}/{source.partition}", (source.offset, source.row)
        if place <= self._furthest.get(name, (-1, -1)):
            return True
        self._furthest[name] = place
        return False

    def leaves(self, record: Record, worker: str) -> bool:
        """Whether a worker has nothing to do with it. Raises RecordError for a malformed header `source`."""
        if RETRY_FOR in record.headers:  # its source was passed when it could not be taken
            return not record.is_for(worker)
        return self.again(record.source())

    def save(self) -> dict[str, Any]:
        return dict(self._furthest)
