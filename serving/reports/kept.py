"""What was made for a store a moment ago is given again: several people look at the same page."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from serving.reports.desk import Desk

T = TypeVar("T")


class Kept(Generic[T]):
    """By store, for some seconds; a failure is not kept."""

    def __init__(self, desk: Desk, seconds: float) -> None:
        self._desk, self._seconds = desk, seconds
        self._tasks: dict[str, tuple[float, asyncio.Task[T]]] = {}

    async def of(self, store_id: str, made: Callable[[], T]) -> T:
        """Raises what making it does."""
        now = time.monotonic()
        until, task = self._tasks.get(store_id, (0.0, None))
        if task is None or until <= now or (task.done() and (task.cancelled() or task.exception())):
            task = asyncio.ensure_future(self._desk.work(made))
            self._tasks[store_id] = now + self._seconds, task
        # who goes away does not take it from others who wait for it
        return await asyncio.shield(task)
