"""Where reports are made: one at a time, in a thread, within bounds of time and memory; the same is not made twice."""

from __future__ import annotations

import asyncio
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import duckdb
import pyarrow as pa

from models import folders
from models.errors import InputError
from models.plans import StorePlans
from models.settings import Settings
from models.web.problems import Problem
from serving.reports.answer import Answer
from serving.reports.period import Period, naive
from serving.reports.report import LEAST, Report
from serving.reports.sources import Sources

T = TypeVar("T")

MOST_SECONDS = 30.0
MOST_WAITING = 60
KEEP_SECONDS = 20.0
"""A report and its picture are asked for at the same time, by several people perhaps."""
MEMORY = "384MB"
"""More than that goes to a temporary folder."""


@dataclass(frozen=True)
class Question:
    """A report on a store's days."""

    report: Report
    store: str
    period: Period


class Desk:
    """One a process. Every method raises Problem 503 where it takes too long, or too many wait."""

    def __init__(self, settings: Settings, most_seconds: float = MOST_SECONDS) -> None:
        self._root, self._bundles = folders.at(settings.lake), folders.at(settings.bundles)
        self._most_seconds = most_seconds
        self._thread = ThreadPoolExecutor(1, "reports")
        self._waiting, self._clock = 0, Clock(most_seconds)
        self._closed = False
        self._kept: dict[Question, tuple[float, asyncio.Task[Answer]]] = {}

    async def answer(self, question: Question, plans: StorePlans) -> Answer:
        """What was found within the last KEEP_SECONDS is given again."""
        now = time.monotonic()
        self._kept = {one: kept for one, kept in self._kept.items() if kept[0] > now}
        kept = self._kept.get(question)
        if kept is None or (kept[1].done() and (kept[1].cancelled() or kept[1].exception())):
            task = asyncio.ensure_future(self.work(lambda: self._made(question, plans)))
            kept = self._kept[question] = (now + KEEP_SECONDS, task)
        # who goes away does not take it from others who wait for it
        return await asyncio.shield(kept[1])

    async def work(self, made: Callable[[], T]) -> T:
        """Something in the thread of the reports, after what waits there."""
        if self._closed:
            raise Problem(503, "this process ends: ask again")
        if self._waiting >= MOST_WAITING:
            raise Problem(503, f"{self._waiting} reports wait to be made already: ask again in a minute")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, made)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """Stops what is being made: a process must end when it is told to."""
        self._closed = True
        self._clock.stop()
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _made(self, question: Question, plans: StorePlans) -> Answer:
        try:
            return self._asked(question, plans)
        except InputError:
            # the night may have merged the files while they were read
            pass
        try:
            return self._asked(question, plans)
        except InputError as error:
            raise Problem(503, f"the history cannot be read: {error}") from None

    def _asked(self, question: Question, plans: StorePlans) -> Answer:
        period, report = question.period, question.report
        clock = self._clock = Clock(self._most_seconds)
        if self._closed:
            clock.stop()
        sources = Sources(self._root, self._bundles, question.store, plans, period, clock.check)
        tables = sources.tables(report.tables)
        as_of = sources.as_of_ms
        values = {
            "start": naive(period.start_ms),
            "end": naive(period.end_ms),
            "as_of": naive(period.start_ms if as_of is None else as_of),
            "least": LEAST,
            "last": str(period.last),
        }
        try:
            found = ask(report.query, tables, values, clock)
        except duckdb.Error:
            if sources.failed is not None:
                raise sources.failed from None
            raise
        return Answer(report, question.store, period, plans.at(period.end_ms - 1), found, sources.as_of_ms)


class Clock:
    """How long a report may take."""

    def __init__(self, seconds: float) -> None:
        self._seconds, self._ends = seconds, time.monotonic() + seconds
        self._db: duckdb.DuckDBPyConnection | None = None

    def check(self) -> None:
        """Raises Problem 503 when the time is over."""
        if time.monotonic() >= self._ends:
            raise self.over()

    def over(self) -> Problem:
        return Problem(503, f"the report takes longer than {self._seconds:g} s: ask for fewer days")

    def stop(self) -> None:
        """From another thread: the time is over now."""
        self._ends = 0.0
        if (db := self._db) is not None:
            db.interrupt()

    @contextmanager
    def interrupts(self, db: duckdb.DuckDBPyConnection) -> Iterator[None]:
        """A query that goes on for too long is stopped."""
        timer = threading.Timer(max(self._ends - time.monotonic(), 0), db.interrupt)
        timer.start()
        self._db = db
        try:
            self.check()
            yield
        except duckdb.InterruptException:
            raise self.over() from None
        except duckdb.Error:
            self.check()  # the reading of the input may have said so
            raise
        finally:
            self._db = None
            timer.cancel()


def ask(query: str, tables: dict[str, Any], values: dict[str, Any], clock: Clock) -> pa.Table:
    """The answer of DuckDB over these tables; of `values` those that the query names."""
    with tempfile.TemporaryDirectory(prefix="aislewise-report-") as spilled:
        limits = {"threads": "1", "memory_limit": MEMORY, "temp_directory": spilled}
        alone = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
        with duckdb.connect(config={**limits, **alone}) as db, clock.interrupts(db):
            for name, table in tables.items():
                db.register(name, table)
            named = {name: value for name, value in values.items() if f"${name}" in query}
            return db.sql(query, params=named).to_arrow_table()
