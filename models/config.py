"""What a manager sets at run time, a row at a time: the compacted topic `config`, which outlives Redis.

A record is `{"store_id", "kind": "staff|tablet|lock|sender|optout", "id", "row": {…}}`; its key `<store>/<kind>/<id>`
in the store's partition, so that of two managers at once neither undoes the other's change. A key without a value is
gone: of a name that was removed nothing stays. Times are ms.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import msgspec

from models.errors import RecordError

TOPIC = "config"


class Staff(msgspec.Struct, frozen=True):
    """Somebody who works in the store; the row's id is the name."""

    since: int


class Tablet(msgspec.Struct, frozen=True):
    """A tablet that was paired; the row's id is the `jti` of its token."""

    name: str
    staff: str | None
    paired: int
    expires: int
    revoked: int | None = None


class Lock(msgspec.Struct, frozen=True):
    """After how many minutes without a touch the store's tablets lock; 0 is never. The row's id is `lock`."""

    minutes: int


class Sender(msgspec.Struct, frozen=True):
    """The token of a sender; the row's id is `models.tokens.key_id` of it. One without a row holds too."""

    name: str | None
    revoked: int | None = None


class OptOut(msgspec.Struct, frozen=True):
    """A device that is not to be followed; the row's id is `models.ids.opted_out` of it."""

    since: int


Row = Staff | Tablet | Lock | Sender | OptOut
ROWS: Mapping[str, type[Row]] = {"staff": Staff, "tablet": Tablet, "lock": Lock, "sender": Sender, "optout": OptOut}


def key_of(store_id: str, kind: str, name: str) -> str:
    """A store id holds no slash, so the parts can be told apart."""
    return f"{store_id}/{kind}/{name}"


def record_of(store_id: str, kind: str, name: str, row: Row) -> dict[str, Any]:
    return {"store_id": store_id, "kind": kind, "id": name, "row": msgspec.to_builtins(row)}


class StoreConfig:
    """One store's, by the ids of its rows."""

    def __init__(self) -> None:
        self.staff: dict[str, Staff] = {}
        self.tablets: dict[str, Tablet] = {}
        self.senders: dict[str, Sender] = {}
        self.opted_out: dict[str, OptOut] = {}
        self._locks: dict[str, Lock] = {}
        self._of: Mapping[str, dict[str, Any]] = {
            "staff": self.staff,
            "tablet": self.tablets,
            "lock": self._locks,
            "sender": self.senders,
            "optout": self.opted_out,
        }

    @property
    def lock(self) -> Lock:
        return next(iter(self._locks.values()), Lock(0))

    def put(self, kind: str, name: str, row: Row) -> None:
        self._of[kind][name] = row

    def drop(self, kind: str, name: str) -> None:
        """One that is not there is none."""
        self._of[kind].pop(name, None)


class Config:
    """Every store's, as the topic tells it."""

    def __init__(self) -> None:
        self._stores: dict[str, StoreConfig] = defaultdict(StoreConfig)

    def of(self, store_id: str) -> StoreConfig:
        """An empty one where nothing was set."""
        return self._stores[store_id] if store_id in self._stores else StoreConfig()

    def apply(self, key: str, value: bytes | None) -> None:
        """A record. Raises RecordError, and then nothing has changed; a kind of a later version is passed over."""
        store_id, _, rest = key.partition("/")
        kind, _, name = rest.partition("/")
        if kind not in ROWS:
            return
        if value is None:
            self._stores[store_id].drop(kind, name)
            return
        try:
            row = msgspec.convert(msgspec.json.decode(value)["row"], ROWS[kind])
        except (msgspec.DecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
            raise RecordError(f"a config record {key}: {error}") from None
        self._stores[store_id].put(kind, name, row)
