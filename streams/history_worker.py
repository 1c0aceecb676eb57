"""The worker `history`: every topic to the lake, each record once; files are named by their offsets (DESIGN §4)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from models import lake
from models.keys import LakeFile
from models.records import TABLES
from models.settings import Settings
from streams import delivery
from streams.checkpoints import Checkpoint, Checkpoints
from streams.delivery import Opened
from streams.history_rows import Rows
from streams.records import Output, Record

MOST_ROWS = 500_000


class HistoryLane:
    """One topic's partition: rows wait for each other, then become a file a date, then their records are done."""

    def __init__(self, settings: Settings, table: str, partition: int, rows: Rows, checkpoints: Checkpoints) -> None:
        self._root, self._seconds = Path(settings.lake), settings.history_seconds
        self._table, self._partition, self._rows, self._checkpoints = table, partition, rows, checkpoints
        self._written = _written(self._root, table, partition)
        self._begin()

    async def take(self, record: Record) -> Sequence[Output | Awaitable[Any]]:
        table = self._rows.of(record)
        if self._first is None:
            self._first, self._since = record.offset, time.monotonic()
        self._last = record.offset
        self._parts.append((record.offset, table))
        self._size += len(table)
        done = self._done
        # a kill between the renames of one range left some of its files: the others get the same range
        if self._size >= MOST_ROWS or record.offset in self._written.values():
            await self._write()
        return [done]

    async def tick(self) -> None:
        if self._first is not None and time.monotonic() - self._since >= self._seconds:
            await self._write()

    async def flush(self) -> None:
        if self._first is not None:
            await self._write()

    def save(self) -> None:
        """A history lane's checkpoint is written with its files."""

    async def _write(self) -> None:
        first, last, done = self._first or 0, self._last, self._done
        await asyncio.to_thread(self._write_files, first, last, self._rows.save())
        self._begin()
        done.set_result(None)

    def _write_files(self, first: int, last: int, state: bytes) -> None:
        for date, table in _by_date(self._table, self._parts, self._written).items():
            lake.write(self._root / LakeFile(self._table, date, self._partition, first, last).path, table)
        self._checkpoints.write(Checkpoint({self._table: last + 1}, state))

    def _begin(self) -> None:
        self._first: int | None = None
        self._last, self._since, self._size = 0, 0.0, 0
        self._parts: list[tuple[int, pa.Table]] = []
        self._done: asyncio.Future[None] = asyncio.get_running_loop().create_future()


class History:
    """A lane for each topic and partition."""

    name = "history"
    topics = tuple(table.name for table in TABLES.values() if table.travels != "file")

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def lane_of(self, topic: str) -> str:
        return topic

    async def open(self, topic: str, partition: int, saved: Checkpoint | None, checkpoints: Checkpoints) -> Opened:
        rows = Rows(topic, saved.state if saved else None)
        lane = HistoryLane(self._settings, topic, partition, rows, checkpoints)
        return Opened(lane, saved.offsets if saved else {topic: 0})


def run(settings: Settings) -> None:
    """Runs until SIGTERM. Raises AwayError."""
    delivery.run(settings, History(settings))


def _written(root: Path, table: str, partition: int) -> dict[str, int]:
    """By date, the last offset whose rows the lake has."""
    names = [LakeFile.parse(path.relative_to(root).as_posix()) for path in lake.files(root, table)]
    found: dict[str, int] = {}
    for name in names:
        if name and name.partition == partition:
            found[name.date] = max(found.get(name.date, -1), name.last)
    return found


def _by_date(name: str, parts: Sequence[tuple[int, pa.Table]], written: Mapping[str, int]) -> Mapping[str, pa.Table]:
    """The rows by UTC date, in the order of offset and row, without those that the lake has already."""
    if not any(len(table) for _, table in parts):
        return {}
    offsets = pa.concat_arrays([pa.repeat(pa.scalar(offset, pa.int64()), len(table)) for offset, table in parts])
    rows = pa.concat_tables([table for _, table in parts]).unify_dictionaries()
    dates = pc.strftime(rows.column(TABLES[name].date_column), format="%Y-%m-%d")
    split = {}
    for date in pc.unique(dates).to_pylist():
        wanted = pc.and_(pc.equal(dates, date), pc.greater(offsets, written.get(date, -1)))
        if len(chosen := rows.filter(wanted)):
            split[date] = chosen.combine_chunks()
    return split
