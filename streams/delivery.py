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
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from faust.types import TP

from models.errors import AislewiseError, RecordError
from models.records import COMPACTED
from models.settings import Settings
from streams.checkpoints import Checkpoint, Checkpoints
from streams.records import Output, Record, dead_letter

log = logging.getLogger("aislewise.delivery")
TICK_SECONDS = 0.1
DRAIN_SECONDS = 8.0


State = bytes | Callable[[], bytes]
"""A lane's state as bytes, or as what makes them in a thread of its own while the lane goes on."""


class Lane(Protocol):
    """A worker's logic for one partition."""

    async def take(self, record: Record) -> Sequence[Output | Awaitable[Any]]:
        """What to send, and what else must be durable before the record is done. Raises RecordError."""

    async def tick(self) -> None:
        """Called ten times a second."""

    async def flush(self) -> None:
        """The lane is about to be closed: nothing may wait any more."""

    def save(self) -> State | None:
        """State for a checkpoint; None for a lane that writes its own when something is durable."""


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
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    empty: asyncio.Event = field(default_factory=asyncio.Event)
    runner: asyncio.Task[None] | None = None
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
                if running.runner:
                    running.runner.cancel()

    async def close_all(self) -> None:
        await self.close({TP(topic, partition) for topic, partition in self._lanes})

    async def take(self, stream: Any, event: Any) -> None:
        """One record through its lane."""
        async with self._turn:
            message = event.message
            running = self._lanes.get((self._worker.lane_of(message.topic), message.partition))
            if running is None:
                return
            record = Record(
                message.topic,
                message.partition,
                message.offset,
                message.key,
                message.value,
                dict(message.headers or {}),
                int(message.timestamp * 1000),
            )
            if not self._is_next(running, record):
                await stream.ack(event)
                return
            durable = [await self._start(record.partition, one) for one in await self._through(running, record)]
            running.next[record.topic] = record.offset + 1
            running.dirty = True
            self._add(running, durable, (stream, event), None)

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
        running.runner = asyncio.create_task(self._run(running))
        running.runner.add_done_callback(self._ended)
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

    async def _through(self, running: Running, record: Record) -> Sequence[Output | Awaitable[Any]]:
        try:
            return await running.lane.take(record)
        except RecordError as error:
            log.warning("%s-%d at %d: %s", record.topic, record.partition, record.offset, error)
            return [dead_letter(record, error)]

    async def _start(self, partition: int, work: Output | Awaitable[Any]) -> Awaitable[Any]:
        if not isinstance(work, Output):
            return work
        headers = list(work.headers)
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
        """A send or a checkpoint that failed ends the process: from the checkpoint before all of it is done again."""
        if not runner.cancelled() and (error := runner.exception()) and self._crash is None:
            self._crash = asyncio.ensure_future(self.app.crash(error))


def _write(checkpoints: Checkpoints, offsets: dict[str, int], state: State) -> None:
    checkpoints.write(Checkpoint(offsets, state if isinstance(state, bytes) else state()))


def say_ready(name: str, lanes: int) -> None:
    """What an operator, and who starts workers, waits for."""
    print(f"aislewise worker {name}: ready, {lanes} partitions", file=sys.stderr, flush=True)
