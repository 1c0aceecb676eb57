"""Dead letters: records that a worker could not take, whole, and what became of them.

A letter is a record of the topic `dead-letters`. A retry is written down behind its letter, in the same partition, by
records with the header `retry`: `begun` before the record goes back to its topic, `done` once it stands there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from models.keys import Source
from models.records import COMPACTED

TOPIC = "dead-letters"
ORIGINAL = "original-"
BEGUN, DONE = b"begun", b"done"
RETRY, AT = "retry", "at"
RETRY_OF, RETRY_FOR = "retry-of", "retry-for"
"""Headers of a record that was put back: where it stood first, and the worker that could not take it there."""

Headers = tuple[tuple[str, bytes], ...]


@dataclass(frozen=True)
class Letter:
    """One record, and one worker that could not take it."""

    partition: int
    offset: int
    """Where the letter stands among the dead letters."""
    ts_ms: int
    source: Source
    """Where the record stood."""
    worker: str | None
    """None in letters of older versions."""
    reason: str
    key: bytes
    value: bytes
    headers: Headers
    """The record's own."""
    begun: int | None = None
    """The offset of its topic from which on the record may stand again."""
    retried: int | None = None
    """The offset at which it stands again."""

    @property
    def place(self) -> str:
        return f"{self.partition}/{self.offset}"

    @property
    def origin(self) -> str:
        return f"{self.source.topic} {self.source.partition}/{self.source.offset}"

    def why_not(self) -> str:
        """Why it cannot be put back; "" where it can."""
        if self.retried is not None:
            return f"was retried: it is {self.source.topic} {self.source.partition}/{self.retried}"
        if self.source.topic in COMPACTED:
            return f"is of {self.source.topic}, where the newest row of a key holds: make the change again"
        if self.worker is None:
            return "does not say which worker could not take it: it is of an older version"
        return ""

    def again(self) -> Headers:
        """The headers of the record that is put back."""
        kept = tuple(one for one in self.headers if one[0] not in (RETRY_OF, RETRY_FOR))
        return (*kept, (RETRY_OF, self.source.encode()), (RETRY_FOR, (self.worker or "").encode()))

    def mark(self, what: bytes, at: int) -> Headers:
        """The headers of the record that says how far its retry is."""
        return ((RETRY, what), *_identity(self.source.encode(), self.worker), (AT, str(at).encode()))


def letters(records: Iterable[Any]) -> list[Letter]:
    """What the topic's records say, oldest first. A worker that was killed may have sent a letter twice: it is one."""
    found: dict[tuple[bytes, bytes | None], Letter] = {}
    for record in records:
        headers = dict(record.headers)
        identity = (headers["source"], headers.get("worker"))
        if RETRY not in headers:
            found.setdefault(identity, _letter(record, headers))
        elif identity in found:  # retention removes a letter before its marks
            at = int(headers[AT])
            letter = found[identity]
            done = headers[RETRY] == DONE
            found[identity] = replace(letter, retried=at) if done else replace(letter, begun=at)
    return sorted(found.values(), key=lambda one: (one.ts_ms, one.partition, one.offset))


def _letter(record: Any, headers: dict[str, bytes]) -> Letter:
    worker = headers.get("worker")
    own = tuple((name.removeprefix(ORIGINAL), value) for name, value in record.headers if name.startswith(ORIGINAL))
    return Letter(
        record.partition,
        record.offset,
        record.timestamp,
        Source.decode(headers["source"]),
        worker.decode() if worker is not None else None,
        headers["reason"].decode(errors="replace"),
        record.key or b"",
        record.value or b"",
        own,
    )


def _identity(source: bytes, worker: str | None) -> Headers:
    return (("source", source), *((("worker", worker.encode()),) if worker is not None else ()))
