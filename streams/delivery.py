"""The Faust app factory: where each partition starts, when a record is acked, when a checkpoint is written.

A *lane* is what one worker does with one partition, or with one topic's partition: a value with state. Records go
through it one by one, in order. What it sends must be durable before its record is acked, and before a checkpoint that
covers the record is written. After a restart a lane is opened from its checkpoint, and its records come again from
there.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import tempfile
import time
from collections import deque
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import faust
from faust.types import TP
from prometheus_client import start_http_server

import streams.consumer  # noqa: F401 - registers the transport `exact`
from models import topics
from models.errors import AislewiseError, AwayError, RecordError
from models.records import COMPACTED
from models.settings import Settings
from streams.checkpoints import Checkpoint, Checkpoints
from streams.records import Output, Record, dead_letter

log = logging.getLogger("aislewise.delivery")
TICK_SECONDS = 0.1
DRAIN_SECONDS = 8.0
GIVE_UP_SECONDS = 30.0
"""A record that is not durable by then ends the process; whoever restarts it has it done again."""


class Lane(Protocol):
    """A worker's logic for one partition."""

    async def take(self, record: Record) -> Sequence[Output | Awaitable[Any]]:
        """What to send, and what else must be durable before the record is done. Raises RecordError."""

    async def tick(self) -> None:
        """Called ten times a second."""

    async def flush(self) -> None:
        """The lane is about to be closed: nothing may wait any more."""

    def save(self) -> bytes | None:
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
    steps: deque[tuple[Sequence[Awaitable[Any]], Any, Checkpoint | None]] = field(default_factory=deque)
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
        _say_ready(self._worker.name, len(self._lanes))
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
        self, running: Running, durable: Sequence[Awaitable[Any]], event: Any, checkpoint: Checkpoint | None
    ) -> None:
        running.steps.append((durable, event, checkpoint))
        running.empty.clear()
        running.wake.set()

    def _save(self, running: Running) -> None:
        running.dirty, running.saved_at = False, time.monotonic()
        if (state := running.lane.save()) is not None and running.main in running.next:
            self._add(running, (), None, Checkpoint(dict(running.next), state))

    async def _run(self, running: Running) -> None:
        """Acks in order, each record once its outputs are durable."""
        while True:
            while not running.steps:
                running.empty.set()
                running.wake.clear()
                await running.wake.wait()
            durable, event, checkpoint = running.steps[0]
            for one in durable:
                await one
            if event:
                await event[0].ack(event[1])
            if checkpoint:
                await asyncio.to_thread(running.checkpoints.write, checkpoint)
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


class WorkerApp(faust.App):
    """A Faust app whose partitions start, drain and end by `delivery`."""

    def __init__(self, settings: Settings, delivery: Delivery, **options: Any) -> None:
        self.settings, self.delivery = settings, delivery
        super().__init__(**options)
        delivery.app = self

    async def on_stop(self) -> None:
        if self._consumer is not None:
            self._consumer.stop_flow()
            self.flow_control.suspend()
            self.flow_control.clear()
        await self.delivery.close_all()
        await super().on_stop()


def run(settings: Settings, worker: Worker) -> None:
    """Runs a worker until SIGTERM. Raises AwayError where Kafka cannot be reached at the start."""
    topics.ensure(settings.kafka, settings.partitions, settings.replication)
    if settings.metrics_port:
        _show_metrics(settings.metrics_port)
    with tempfile.TemporaryDirectory(prefix="aislewise-") as scratch:
        app = build(settings, worker, scratch)
        faust.Worker(app, loglevel="info", logging_config=_LOGGING, redirect_stdouts=False).execute_from_commandline()


def _show_metrics(port: int) -> None:
    """Raises AwayError where somebody else has the port."""
    try:
        start_http_server(port, "127.0.0.1")
    except OSError as error:
        raise AwayError(f"port {port} cannot be used: {error.strerror}", "set AISLEWISE_METRICS_PORT") from None


def build(settings: Settings, worker: Worker, scratch: str) -> WorkerApp:
    """The app of a worker: one agent over all its topics."""
    app = WorkerApp(
        settings,
        Delivery(settings, worker),
        id=f"aislewise-{worker.name}",
        broker=[f"exact://{host}" for host in settings.kafka.split(",")],
        datadir=scratch,
        web_enabled=False,
        topic_disable_leader=True,
        topic_replication_factor=settings.replication,
        topic_partitions=settings.partitions,
        topic_allow_declare=False,
        stream_wait_empty=False,
        agent_supervisor="mode.CrashingSupervisor",
        broker_commit_interval=0.5,
        broker_session_timeout=settings.session_timeout_seconds,
        broker_heartbeat_interval=settings.session_timeout_seconds / 4,
        broker_request_timeout=max(GIVE_UP_SECONDS, 2 * settings.session_timeout_seconds),
        consumer_auto_offset_reset="earliest",
        producer_linger=0,
        producer_max_request_size=16 * 2**20,
        consumer_max_fetch_size=16 * 2**20,
    )
    source = app.topic(
        *worker.topics, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw", internal=True
    )

    @app.agent(source, name=worker.name)
    async def work(stream: Any) -> None:
        stream = stream.noack()
        async for event in stream.events():
            await app.delivery.take(stream, event)

    @app.task
    async def keep_time() -> None:
        await app.delivery.tick()

    @app.on_partitions_assigned.connect
    async def say(sender: Any, assigned: set[TP], **_: Any) -> None:
        if not assigned:
            _say_ready(worker.name, 0)

    return app


def _say_ready(name: str, lanes: int) -> None:
    print(f"aislewise worker {name}: ready, {lanes} partitions", file=sys.stderr, flush=True)


_LOGGING: Mapping[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain", "stream": "ext://sys.stderr"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        # the drivers say twenty times a second that a broker is away
        "aiokafka": {"level": "CRITICAL"},
        "kafka": {"level": "CRITICAL"},
        "faust": {"level": "WARNING"},
        "mode": {"level": "WARNING"},
        # mode logs every start and stop under the module of the subclass; what we say ourselves is under `aislewise`
        "streams": {"level": "WARNING"},
    },
}
