"""Pings of many files in the order in which Kafka had them: partition, offset, row.

Files and their row groups are opened when their turn has come, by the least place that a row in them can have, so that
only those whose places overlap are in memory: at midnight, when a range of offsets lies in a file of either date.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from heapq import heapify, heappop, heappush
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from streams.replay.columns import PLACE, Piece, batches
from streams.replay.parquet import LAST, Key, PingFile

Opener = Callable[[], PingFile]
ANYWHERE: Key = (-1, -1)
"""Of a file whose name does not say where its rows stood: all such are looked into first, and none is kept open."""


class _Unit(NamedTuple):
    """A file, or with a number one of its row groups; `low` is what no row in it stands before."""

    low: Key
    rank: int
    number: int
    open: Opener


def merged(files: Sequence[tuple[Key, Opener]]) -> Iterator[Piece]:
    """All rows in order; of rows in the same place those of earlier files come first."""
    heap = [_Unit(low, rank, -1, opener) for rank, (low, opener) in enumerate(files)]
    heapify(heap)
    held: list[pa.Table] = []
    reached, share = ANYWHERE, 0.0
    while heap or held:
        if heap and (not held or heap[0].low <= reached):
            unit = heappop(heap)
            reached, file = unit.low, unit.open()
            if unit.number < 0:
                for group in _groups(unit, file):
                    heappush(heap, group)
            else:
                held.append(file.group(unit.number))
                share = file.share(1_000) / 1_000
            continue
        ready, held = _split(held, heap[0].low if heap else None)
        for batch in batches(ready):
            yield Piece(batch, round(share * len(batch)))
        reached = heap[0].low if heap else LAST


def _groups(unit: _Unit, file: PingFile) -> list[_Unit]:
    again = unit.open if unit.low == ANYWHERE else partial(_open, file)
    return [_Unit(low, unit.rank, number, again) for low, number in file.groups()]


def _open(file: PingFile) -> PingFile:
    return file


def _split(held: list[pa.Table], limit: Key | None) -> tuple[pa.Table, list[pa.Table]]:
    """The rows that stand before `limit`, in order, and those that have to wait for others."""
    if limit is None:
        return _sorted(pa.concat_tables(held)), []
    before = [_before(table, limit) for table in held]
    ready = pa.concat_tables([table.filter(mask) for table, mask in zip(held, before, strict=True)])
    rest = [table.filter(pc.invert(mask)) for table, mask in zip(held, before, strict=True)]
    return _sorted(ready), [table for table in rest if len(table)]


def _before(table: pa.Table, limit: Key) -> pa.Array:
    partition, offset, _ = _places(table)
    return pa.array((partition < limit[0]) | ((partition == limit[0]) & (offset < limit[1])))


def _sorted(table: pa.Table) -> pa.Table:
    """The table itself where its rows are in order, as those of the history worker are."""
    partition, offset, row = _places(table)
    later = row[1:] >= row[:-1]
    for key in (offset, partition):
        later = (key[1:] > key[:-1]) | ((key[1:] == key[:-1]) & later)
    if later.all():
        return table
    return table.unify_dictionaries().take(pa.array(np.lexsort((row, offset, partition))))


def _places(table: pa.Table) -> list[NDArray[np.int64]]:
    return [pc.fill_null(table.column(name), LAST[0]).to_numpy() for name in PLACE]
