"""What `serve` knows of the topic `catalog`: the offers of its stores, and which of them nobody may see now."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from models.board import BoardPrompt
from models.catalog import Catalog, Offer
from models.catalog_records import TOPIC
from models.errors import RecordError
from models.keys import partition_of
from models.web.follower import Record

GONE_MS = 600_000
"""A card lasts two minutes: that an offer is gone has to be known for no longer than this."""


class Withheld(msgspec.Struct, frozen=True):
    """The offers that a store's tablets must not show: paused there, or gone. All of them, each time."""

    offers: list[str]


class Catalogue:
    """A catalogue a partition, as the workers have it: a row that moves from one store to another is in two of them.

    Products are the same in every partition, so those of the first are kept alone.
    """

    def __init__(self) -> None:
        self._parts: dict[int, Catalog] = defaultdict(Catalog)
        self._gone: dict[int, dict[str, int]] = defaultdict(dict)
        self._partitions = 1

    def take(self, record: Record) -> None:
        """Raises RecordError for what is no row, and then nothing has changed."""
        key = record.key.decode(errors="replace")
        self._partitions = record.partitions
        if key.startswith("products/") and record.partition != 0:
            return
        part, told = self._parts[record.partition], _read(record)
        if told is None:
            part.drop(key)
        else:
            part.apply(told)
        if key.startswith("offers/"):
            self._note(record, key.partition("/")[2])

    def products(self) -> Catalog:
        """Where every product is known."""
        return self._parts[0]

    def of(self, store_id: str) -> Catalog:
        """Where the store's offers, stock and pauses are known."""
        return self._parts[partition_of(store_id, self._partitions)]

    def offers(self, store_id: str) -> dict[str, Offer]:
        """Those of the store and of all stores, by their ids."""
        return {name: one for name, one in self.of(store_id).offers.items() if one.store_id in (None, store_id)}

    def offer(self, offer_id: str) -> Offer | None:
        """That of any store."""
        return next((part.offers[offer_id] for part in self._parts.values() if offer_id in part.offers), None)

    def withheld(self, store_id: str) -> Withheld:
        """In the order of their ids, so that the same again is equal."""
        now_ms = time.time() * 1000
        gone = _young(self._gone[partition_of(store_id, self._partitions)], now_ms)
        return Withheld(sorted({*gone, *self.of(store_id).paused_in(store_id)}))

    def shows(self, prompt: BoardPrompt) -> bool:
        """Whether a tablet may have the prompt: what a worker decided before it heard of a pause is for nobody.

        By the prompt's own time. An offer that the topic does not know is that of a bundle.
        """
        offer_id, store_id = prompt.offer_id, prompt.store_id
        if offer_id is None:
            return True
        if offer_id in self.withheld(store_id).offers:
            return False
        offer = self.of(store_id).offers.get(offer_id)
        ts_ms = int(datetime.fromisoformat(prompt.ts).timestamp() * 1000)
        return offer is None or self.of(store_id).live(offer, store_id, ts_ms)

    def _note(self, record: Record, offer_id: str) -> None:
        gone = self._gone[record.partition]
        if offer_id in self._parts[record.partition].offers:
            gone.pop(offer_id, None)
        else:
            self._gone[record.partition] = _young({**gone, offer_id: record.ts_ms}, time.time() * 1000)


def _young(gone: Mapping[str, int], now_ms: float) -> dict[str, int]:
    return {name: ts_ms for name, ts_ms in gone.items() if ts_ms > now_ms - GONE_MS}


def _read(record: Record) -> Mapping[str, Any] | None:
    if record.value is None:
        return None
    try:
        found = msgspec.json.decode(record.value)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RecordError(f"no JSON: {error}") from None
    if not isinstance(found, dict):
        raise RecordError(f"a record of {TOPIC} is no object")
    return found
