"""The worker `history`: every topic to the lake, each record once; files are named by their offsets (DESIGN §4)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from models import folders, lake
from models.erasure.listed import Listed
from models.folders import AnyPath
from models.keys import LakeFile
from models.records import TABLES
from models.settings import Settings
from streams import worker_process
from streams.checkpoints import Checkpoint, Checkpoints
from streams.delivery import OneByOne, Opened
from streams.history_rows import Rows
from streams.ranges import Ranges
from streams.records import Output, Record

MOST_ROWS = 500_000


Part = tuple[int, pa.Table]
"""A record's offset and its rows."""


@dataclass
class Waiting:
    """Records that are not in the lake yet; `done` is settled when they are."""

    parts: list[Part] = field(default_factory=list)
    size: int = 0
    since: float = field(default_factory=time.monotonic)
    until: int | None = None
    """The last offset of a range that another worker has begun with these."""
    done: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def add(self, offset: int, table: pa.Table) -> asyncio.Future[None]:
        """What is settled when these rows, too, are in the lake."""
        if not self.parts:
            self.since = time.monotonic()
        self.parts.append((offset, table))
        self.size += len(table)
        return self.done


class HistoryLane(OneByOne):
    """One topic's partition: rows wait for each other, then become a file a date, then their records are done."""

    def __init__(
        self,
        settings: Settings,
        table: str,
        partition: int,
        rows: Rows,
        checkpoints: Checkpoints,
        written: Mapping[str, int],
    ) -> None:
        self._root, self._seconds = folders.at(settings.lake), settings.history_seconds
        self._table, self._partition, self._rows, self._checkpoints = table, partition, rows, checkpoints
        self._written, self._ranges = written, Ranges(self._root, table, partition, checkpoints)
        self._erased = Listed(self._root)
        self._waiting = Waiting()

    async def take(self, record: Record) -> Sequence[Output | Awaitable[Any]]:
        table = self._rows.of(record)
        if not self._waiting.parts:
            self._waiting.until = await asyncio.to_thread(self._ranges.begun, record.offset)
        done = self._waiting.add(record.offset, table)
        if self._is_whole(record.offset):
            await self._write()
        return [done]

    async def tick(self) -> None:
        waited = time.monotonic() - self._waiting.since
        if self._waiting.parts and self._waiting.until is None and waited >= self._seconds:
            await self._write()

    async def flush(self) -> None:
        if self._waiting.parts and self._waiting.until is None:
            await self._write()

    def save(self) -> None:
        """A history lane's checkpoint is written with its files."""

    def _is_whole(self, offset: int) -> bool:
        """Whether a file ends with this record, whatever the clock says."""
        if self._waiting.until is not None:
            return offset >= self._waiting.until
        # without checkpoints, a range must not reach over the end of what the lake has already
        return self._waiting.size >= MOST_ROWS or offset in self._written.values()

    async def _write(self) -> None:
        waiting = self._waiting
        waiting.until = await asyncio.to_thread(self._write_ranges, waiting.parts, self._rows.save())
        waiting.size = sum(len(table) for _, table in waiting.parts)
        if not waiting.parts:
            self._waiting = Waiting()
            waiting.done.set_result(None)

    def _write_ranges(self, parts: list[Part], state: bytes) -> int | None:
        """Takes out of `parts` what the lake has then: all, but for a range that others have begun with more in it.

        `state` is that after the last of the parts. The last offset of such a range.
        """
        while parts:
            first, last = parts[0][0], parts[-1][0]
            agreed, there = self._ranges.agree(first, last)
            if agreed > last and not there:
                return agreed
            count = sum(offset <= agreed for offset, _ in parts)
            if not there:
                self._write_files(parts[:count], LakeFile(self._table, "", self._partition, first, agreed))
                if agreed == last:
                    self._checkpoints.write({self._table: last + 1}, state)
                    self._ranges.forget()
            del parts[:count]
        return None

    def _write_files(self, parts: Sequence[Part], name: LakeFile) -> None:
        for date, rows in _by_date(self._table, parts, self._written).items():
            self._write_file(self._root / name._replace(date=date).path, rows)

    def _write_file(self, path: AnyPath, rows: pa.Table) -> None:
        """Without rows of who is erased, also of who was while we wrote: who erases looks through the files once."""
        known = self._erased.read()
        lake.write(path, self._erased.without(self._table, rows), new=True)
        while (now := self._erased.read()) != known:
            known = now
            lake.write(path, self._erased.without(self._table, rows))


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
        lane = HistoryLane(self._settings, topic, partition, rows, checkpoints, written)
        return Opened(lane, saved.offsets if saved else {topic: 0})


def run(settings: Settings) -> None:
    """Runs until SIGTERM. Raises AwayError, SettingError."""
    settings.require_secret()  # one key a chain: who forgets it here has forgotten it elsewhere
    worker_process.run(settings, History(settings))


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
