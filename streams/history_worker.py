"""The worker `history`: every topic to the lake, each record once; files are named by their offsets (DESIGN §4).

A file that another owner of the partition was about to write may still come: S3 may finish a PUT that nobody waits for
any more, and a stalled process may wake up. So the first file goes at least as far as the topic does when the lane is
opened: whatever comes late lies within it, and is superseded.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from models import folders, lake
from models.folders import AnyPath
from models.keys import LakeFile
from models.records import TABLES
from models.settings import Settings
from streams import delivery
from streams.checkpoints import Checkpoint, Checkpoints
from streams.delivery import Opened
from streams.history_rows import Rows
from streams.positions import end_of
from streams.records import Output, Record

MOST_ROWS = 500_000
LATE_SECONDS = 60.0
"""Nothing comes later than this; and a topic's end may have gone before it was read."""


Part = tuple[int, pa.Table]
"""A record's offset and its rows."""


@dataclass
class Waiting:
    """Records that are not in the lake yet; `done` is settled when they are."""

    parts: list[Part] = field(default_factory=list)
    size: int = 0
    since: float = field(default_factory=time.monotonic)
    done: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def add(self, offset: int, table: pa.Table) -> asyncio.Future[None]:
        """What is settled when these rows, too, are in the lake."""
        if not self.parts:
            self.since = time.monotonic()
        self.parts.append((offset, table))
        self.size += len(table)
        return self.done


class HistoryLane:
    """One topic's partition: rows wait for each other, then become a file a date, then their records are done."""

    def __init__(
        self,
        settings: Settings,
        table: str,
        partition: int,
        rows: Rows,
        checkpoints: Checkpoints,
        written: Mapping[str, int],
        end: int,
    ) -> None:
        self._root, self._seconds = folders.at(settings.lake), settings.history_seconds
        self._table, self._partition, self._rows, self._checkpoints = table, partition, rows, checkpoints
        self._written, self._end, self._opened = written, end, time.monotonic()
        self._waiting, self._newest = Waiting(), -1

    async def take(self, record: Record) -> Sequence[Output | Awaitable[Any]]:
        self._newest = record.offset
        table = self._rows.of(record)
        done = self._waiting.add(record.offset, table)
        # a kill between the renames of one range left some of its files: the others get the same range
        if self._waiting.size >= MOST_ROWS or record.offset in self._written.values():
            await self._write()
        return [done]

    async def tick(self) -> None:
        if time.monotonic() - self._waiting.since >= self._seconds:
            await self.flush()

    async def flush(self) -> None:
        # what does not go far enough yet comes again after the next start
        if self._waiting.parts and self._far_enough():
            await self._write()

    def _far_enough(self) -> bool:
        """Whether a file up to here spans what may still come from a former owner."""
        return self._newest >= self._end - 1 or time.monotonic() - self._opened > LATE_SECONDS

    def save(self) -> None:
        """A history lane's checkpoint is written with its files."""

    async def _write(self) -> None:
        waiting, self._waiting = self._waiting, Waiting()
        await asyncio.to_thread(self._write_files, waiting.parts, self._rows.save())
        waiting.done.set_result(None)

    def _write_files(self, parts: Sequence[Part], state: bytes) -> None:
        first, last = parts[0][0], parts[-1][0]
        for date, table in _by_date(self._table, parts, self._written).items():
            path = self._root / LakeFile(self._table, date, self._partition, first, last).path
            lake.write(path, table, new=True)
        self._checkpoints.write(Checkpoint({self._table: last + 1}, state))


class History:
    """A lane for each topic and partition."""

    name = "history"
    topics: Sequence[str] = tuple(table.name for table in TABLES.values() if table.travels != "file")

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def lane_of(self, topic: str) -> str:
        return topic

    async def open(self, topic: str, partition: int, saved: Checkpoint | None, checkpoints: Checkpoints) -> Opened:
        rows = Rows(topic, saved.state if saved else None)
        written = await asyncio.to_thread(_written, folders.at(self._settings.lake), topic, partition)
        end = await end_of(self._settings.kafka, topic, partition)
        lane = HistoryLane(self._settings, topic, partition, rows, checkpoints, written, end)
        return Opened(lane, saved.offsets if saved else {topic: 0})


def run(settings: Settings) -> None:
    """Runs until SIGTERM. Raises AwayError."""
    delivery.run(settings, History(settings))


def _written(root: AnyPath, table: str, partition: int) -> dict[str, int]:
    """By date, the last offset whose rows the lake has."""
    names = [LakeFile.parse(str(folders.below(root, path))) for path in lake.files(root, table)]
    found: dict[str, int] = {}
    for name in names:
        if name and name.partition == partition:
            found[name.date] = max(found.get(name.date, -1), name.last)
    return found


def _by_date(name: str, parts: Sequence[Part], written: Mapping[str, int]) -> Mapping[str, pa.Table]:
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
