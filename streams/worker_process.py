"""The process of a worker: a Faust app over one worker's lanes, from the first topic made to the end by SIGTERM."""

from __future__ import annotations

import gc
import logging
import os
import tempfile
import threading
from collections.abc import Mapping
from typing import Any

import faust
from faust.types import TP
from prometheus_client import start_http_server

import streams.consumer  # noqa: F401 - registers the transport `exact`
from models import topics
from models.errors import AwayError
from models.settings import Settings
from streams.delivery import Delivery, Worker, say_ready

log = logging.getLogger("aislewise.worker")
END_SECONDS = 12.0
"""What stops has ended by then, drained or not: without Kafka its clients would wait for it longer than we may."""
GIVE_UP_SECONDS = 30.0
"""A record that is not durable by then ends the process; whoever restarts it has it done again."""


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

    def _crash(self, reason: BaseException) -> None:
        end_soon(1)
        super()._crash(reason)


class WorkerProcess(faust.Worker):
    """What SIGTERM ends."""

    def _on_sigterm(self) -> None:
        end_soon(0)
        super()._on_sigterm()


def run(settings: Settings, worker: Worker) -> None:
    """Runs a worker until SIGTERM. Raises AwayError where Kafka cannot be reached at the start."""
    topics.ensure(settings.kafka, settings.partitions, settings.replication)
    if settings.metrics_port:
        _show_metrics(settings.metrics_port)
    with tempfile.TemporaryDirectory(prefix="aislewise-") as scratch:
        app = build(settings, worker, scratch)
        # what is loaded by now stays: to look through all of it for garbage takes a tenth of a second each time
        gc.collect()
        gc.freeze()
        WorkerProcess(app, loglevel="info", logging_config=_LOGGING, redirect_stdouts=False).execute_from_commandline()


def end_soon(code: int) -> None:
    """Ends the process with `code` unless it has ended by itself: the checkpoints hold, the rest is done again."""

    def end() -> None:
        log.warning("not drained in %s s", END_SECONDS)
        os._exit(code)

    timer = threading.Timer(END_SECONDS, end)
    timer.daemon = True
    timer.start()


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
        # with the default of 16 KiB every record of moments is a request of its own
        producer_max_batch_size=2**20,
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
            say_ready(worker.name, 0)

    return app


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
