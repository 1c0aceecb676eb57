"""Lanes: where each partition starts, when a record is acked, when a checkpoint is written.

A *lane* is what one worker does with one partition, or with one topic's partition: a value with state. Records go
through it one by one, in order. What it sends must be durable before its record is acked, and before a checkpoint that
covers the record is written. After a restart a lane is opened from its checkpoint, and its records come again from
there.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from faust.types import TP

from models import dead_letters
from models.errors import AislewiseError, RecordError
from models.records import COMPACTED
from models.settings import Settings
from streams.checkpoints import Checkpoint, Checkpoints
from streams.pieces import Pieces
from streams.records import Output, Record, dead_letter

log = logging.getLogger("aislewise.delivery")
TICK_SECONDS = 0.1
DRAIN_SECONDS = 8.0
MOST_RECORDS, MOST_BYTES = 16, 2**18
"""Records that a lane takes at a time where they have piled up; it holds the event loop for so long."""
PATIENCE = 4
"""Turns of the event loop in which no further record came: then a lane goes on with what it has."""


State = bytes | Callable[[], AbstractContextManager[Pieces]]
"""A lane's state as bytes, or as what has them in pieces, in a thread of its own while the lane goes on."""


Work = Output | Awaitable[Any]
"""What to send, or what else must be durable before a record is done."""


class Lane(Protocol):
    """A worker's logic for one partition."""

    async def take_all(self, records: Sequence[Record]) -> Sequence[Sequence[Work]]:
        """What comes of each of these records, which follow one another."""

    async def tick(self) -> None:
        """Called ten times a second."""

    async def flush(self) -> None:
        """The lane is about to be closed: nothing may wait any more."""

    def save(self) -> State | None:
        """State for a checkpoint; None for a lane that writes its own when something is durable."""


class OneByOne:
    """A lane that has nothing to gain from several records at a time."""

    async def take(self, record: Record) -> Sequence[Work]:
        """What comes of one. Raises RecordError."""
        raise NotImplementedError

    async def take_all(self, records: Sequence[Record]) -> Sequence[Sequence[Work]]:
        return [await taken(record, self.take) for record in records]


async def taken(record: Record, take: Callable[[Record], Awaitable[Sequence[Work]]]) -> Sequence[Work]:
    """What comes of a record; of one that cannot be read, that it goes to the dead letters."""
    try:
        return await take(record)
    except RecordError as error:
        log.warning("%s-%d at %d: %s", record.topic, record.partition, record.offset, error)
        return [dead_letter(record, error)]


class Worker(Protocol):
    """What a worker is: its name, its topics (the first is the one that checkpoints are named by), its lanes."""

    name: str
    topics: Sequence[str]

    def lane_of(self, topic: str) -> str:
        """The main topic of the lane that a topic's records go through."""

    async def open(self, topic: str, partition: int, saved: Checkpoint | None, checkpoints: Checkpoints) -> Opened:
        """A lane as of a checkpoint, and the next offsets to read."""


@dataclass(frozen=True)
class Opened:
    """A lane and where its topics start."""

    lane: Lane
    offsets: Mapping[str, int]


@dataclass
class Running:
    """A lane at work. `steps` are records and checkpoints whose turn has not come, in order."""

    lane: Lane
    main: str
    checkpoints: Checkpoints
    next: dict[str, int]
    saved_at: float
    dirty: bool = False
    steps: deque[tuple[Sequence[Awaitable[Any]], Any, Callable[[], None] | None]] = field(default_factory=deque)
    line: asyncio.Queue[tuple[Any, Any]] = field(default_factory=lambda: asyncio.Queue(MOST_RECORDS))
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    empty: asyncio.Event = field(default_factory=asyncio.Event)
    runner: asyncio.Task[None] | None = None
    taker: asyncio.Task[None] | None = None
    fresh: set[str] = field(default_factory=set)


class Delivery:
    """Lanes by (main topic, partition) of one worker process."""

    def __init__(self, settings: Settings, worker: Worker) -> None:
        self._settings, self._worker = settings, worker
        self._lanes: dict[tuple[str, int], Running] = {}
        self._turn = asyncio.Lock()
        self._crash: asyncio.Future[None] | None = None
        self.app: Any = None

    async def open(self, assigned: Iterable[TP]) -> dict[TP, int]:
        """Opens what is new among the assigned and says where each partition goes on."""
        assigned = set(assigned)
        async with self._turn:
            for topic, partition in sorted({(self._worker.lane_of(tp.topic), tp.partition) for tp in assigned}):
                if (topic, partition) not in self._lanes:
                    self._lanes[topic, partition] = await self._open(topic, partition)
        positions = {tp: self._of(tp).next.get(tp.topic, 0) for tp in assigned}
        for tp in assigned:
            self._of(tp).fresh.add(tp.topic)
        say_ready(self._worker.name, len(self._lanes))
        return positions

    async def close(self, revoked: Iterable[TP]) -> None:
        """Drains and saves what is no longer ours, or what is left when the process ends."""
        keys = {(self._worker.lane_of(tp.topic), tp.partition) for tp in revoked} & set(self._lanes)
        async with self._turn:
            await asyncio.gather(*(self._finish(self._lanes[key]) for key in keys))
            for key in keys:
                running = self._lanes.pop(key)
                for task in filter(None, (running.runner, running.taker)):
                    task.cancel()
                while not running.line.empty():  # they come again; who waits for room goes on
                    running.line.get_nowait()

    async def close_all(self) -> None:
        await self.close({TP(topic, partition) for topic, partition in self._lanes})

    async def take(self, stream: Any, event: Any) -> None:
        """Puts one record in its lane's line; waits while the line is long."""
        message = event.message
        running = self._lanes.get((self._worker.lane_of(message.topic), message.partition))
        if running is not None:
            await running.line.put((stream, event))

    async def _take(self, running: Running) -> None:
        """Takes what is in the line, several records at a time."""
        while True:
            waiting = await _waiting(running.line)
            async with self._turn:
                await self._take_all(running, waiting)

    async def _take_all(self, running: Running, waiting: Sequence[tuple[Any, Any]]) -> None:
        fresh: list[tuple[tuple[Any, Any], Record]] = []
        for stream, event in waiting:
            record = _record(event.message)
            if self._is_next(running, record):
                running.next[record.topic] = record.offset + 1
                fresh.append(((stream, event), record))
            else:
                await stream.ack(event)
        works = await running.lane.take_all([record for _, record in fresh]) if fresh else ()
        for (place, record), work in zip(fresh, works, strict=True):
            durable = [await self._start(record.partition, one) for one in work]
            running.dirty = True
            self._add(running, durable, place, None)

    async def tick(self) -> None:
        """Lets lanes do what time brings, and writes checkpoints that are due."""
        while True:
            await asyncio.sleep(TICK_SECONDS)
            async with self._turn:
                for running in self._lanes.values():
                    await running.lane.tick()
                    if running.dirty and time.monotonic() - running.saved_at >= self._settings.checkpoint_seconds:
                        self._save(running)

    def _of(self, tp: TP) -> Running:
        return self._lanes[self._worker.lane_of(tp.topic), tp.partition]

    async def _open(self, topic: str, partition: int) -> Running:
        checkpoints = Checkpoints(self._settings.checkpoints, self._worker.name, topic, partition)
        saved = await asyncio.to_thread(checkpoints.newest)
        opened = await self._worker.open(topic, partition, saved, checkpoints)
        running = Running(opened.lane, topic, checkpoints, dict(opened.offsets), time.monotonic())
        running.empty.set()
        running.runner, running.taker = (asyncio.create_task(one(running)) for one in (self._run, self._take))
        for task in (running.runner, running.taker):
            task.add_done_callback(self._ended)
        return running

    def _is_next(self, running: Running, record: Record) -> bool:
        """False for a record that was here before. Raises AislewiseError where one is missing in between."""
        expected = running.next.get(record.topic, 0)
        fresh = record.topic in running.fresh
        running.fresh.discard(record.topic)
        if record.offset < expected:
            return False
        # retention may have removed the beginning, and compaction anything of its topics
        if record.offset > expected and not fresh and record.topic not in COMPACTED:
            raise AislewiseError(f"{record.topic}-{record.partition}: {expected} is missing before {record.offset}")
        return True

    async def _start(self, partition: int, work: Work) -> Awaitable[Any]:
        if not isinstance(work, Output):
            return work
        headers = list(work.headers)
        if work.topic == dead_letters.TOPIC:
            headers.append(("worker", self._worker.name.encode()))
        sent = await self.app.producer.send(work.topic, work.key, work.value, partition, None, headers)
        return asyncio.ensure_future(sent)

    def _add(
        self, running: Running, durable: Sequence[Awaitable[Any]], event: Any, write: Callable[[], None] | None
    ) -> None:
        running.steps.append((durable, event, write))
        running.empty.clear()
        running.wake.set()

    def _save(self, running: Running) -> None:
        running.dirty, running.saved_at = False, time.monotonic()
        if (state := running.lane.save()) is not None and running.main in running.next:
            self._add(running, (), None, partial(_write, running.checkpoints, dict(running.next), state))

    async def _run(self, running: Running) -> None:
        """Acks in order, each record once its outputs are durable."""
        while True:
            while not running.steps:
                running.empty.set()
                running.wake.clear()
                await running.wake.wait()
            durable, event, write = running.steps[0]
            for one in durable:
                await one
            if event:
                await event[0].ack(event[1])
            if write:
                await asyncio.to_thread(write)
            running.steps.popleft()

    async def _finish(self, running: Running) -> None:
        try:
            await running.lane.flush()
            self._save(running)
            await self._drained(running)
        except OSError as error:
            # harmless: the checkpoint before holds, and what was sent is sent again under the same source
            log.warning("%s was not drained: %s", running.main, error)

    async def _drained(self, running: Running) -> None:
        """Raises TimeoutError where it takes too long, or where nobody drains any more."""
        drained = asyncio.create_task(running.empty.wait())
        ends: list[asyncio.Task[Any]] = [drained, *([running.runner] if running.runner else [])]
        await asyncio.wait(ends, timeout=DRAIN_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if not drained.done():
            drained.cancel()
            raise TimeoutError("its outputs are not durable")

    def _ended(self, runner: asyncio.Task[None]) -> None:
        """A record, a send or a checkpoint that failed ends the process: from the last checkpoint all is done again."""
        if not runner.cancelled() and (error := runner.exception()) and self._crash is None:
            self._crash = asyncio.ensure_future(self.app.crash(error))


async def _waiting(line: asyncio.Queue[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """The next event and those behind it. Faust hands them over one by one: others get their turns in between."""
    found = [await line.get()]
    size, turns = len(found[0][1].message.value or b""), 0
    while turns < PATIENCE and len(found) < MOST_RECORDS and size < MOST_BYTES:
        if line.empty():
            turns += 1
            await asyncio.sleep(0)
        else:
            found.append(line.get_nowait())
            size, turns = size + len(found[-1][1].message.value or b""), 0
    return found


def _record(message: Any) -> Record:
    return Record(
        message.topic,
        message.partition,
        message.offset,
        message.key,
        message.value,
        dict(message.headers or {}),
        int(message.timestamp * 1000),
    )


def _write(checkpoints: Checkpoints, offsets: dict[str, int], state: State) -> None:
    with nullcontext([state]) if isinstance(state, bytes) else state() as pieces:
        checkpoints.write(offsets, *pieces)


def say_ready(name: str, lanes: int) -> None:
    """What an operator, and who starts workers, waits for."""
    print(f"aislewise worker {name}: ready, {lanes} partitions", file=sys.stderr, flush=True)
