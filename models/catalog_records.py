"""A change of the catalogue as records of the topic `catalog`: what is sent, and to which partitions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from models.catalog import Product, Row, record_of
from models.keys import partition_of

TOPIC = "catalog"


@dataclass(frozen=True)
class Change:
    """A row that is new or different now; `old` is what it replaces, and `new` is None where it is gone."""

    key: str
    old: Row | None
    new: Row | None


def records(change: Change, partitions: int) -> Iterator[tuple[int, bytes]]:
    """(partition, value): deletions where the row no longer belongs, the row where it does."""
    now = _homes(change.new, partitions)
    for partition in sorted(_homes(change.old, partitions) - now):
        yield partition, msgspec.json.encode(record_of(change.key, None))
    for partition in sorted(now):
        yield partition, msgspec.json.encode(record_of(change.key, change.new))


def _homes(row: Row | None, partitions: int) -> set[int]:
    """A store's rows go where the store's moments are; what holds for the chain goes everywhere."""
    if row is None:
        return set()
    store = None if isinstance(row, Product) else row.store_id
    return set(range(partitions)) if store is None else {partition_of(store, partitions)}
