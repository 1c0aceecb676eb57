"""What a manager sets at run time, a row at a time: the compacted topic `config`, which outlives Redis.

A record is `{"store_id", "kind": "staff|tablet|lock", "id", "row": {…}}`; its key `<store>/<kind>/<id>` in the store's
partition, so that of two managers at once neither undoes the other's change. A key without a value is gone: of a name
that was removed nothing stays. Times are ms.
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


Row = Staff | Tablet | Lock
ROWS: Mapping[str, type[Staff] | type[Tablet] | type[Lock]] = {"staff": Staff, "tablet": Tablet, "lock": Lock}


def key_of(store_id: str, kind: str, name: str) -> str:
    """A store id holds no slash, so the parts can be told apart."""
    return f"{store_id}/{kind}/{name}"


def record_of(store_id: str, kind: str, name: str, row: Row) -> dict[str, Any]:
    return {"store_id": store_id, "kind": kind, "id": name, "row": msgspec.to_builtins(row)}


class StoreConfig:
    """One store's."""

    def __init__(self) -> None:
        self.staff: dict[str, Staff] = {}
        self.tablets: dict[str, Tablet] = {}
        self.lock = Lock(0)

    def put(self, name: str, row: Row) -> None:
        if isinstance(row, Staff):
            self.staff[name] = row
        elif isinstance(row, Tablet):
            self.tablets[name] = row
        else:
            self.lock = row

    def drop(self, kind: str, name: str) -> None:
        """One that is not there is none."""
        if kind == "lock":
            self.lock = Lock(0)
        elif kind in ("staff", "tablet"):
            (self.staff if kind == "staff" else self.tablets).pop(name, None)


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
        self._stores[store_id].put(name, row)
