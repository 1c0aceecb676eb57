"""Batches per store: pings wait for each other for a moment, then go to Kafka as one record."""

from __future__ import annotations

import asyncio
import os
import secrets
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from models.pings import PingHeaders, Pings, encode

LARGEST = 4096
IDLE_SECONDS = 10.0

Send = Callable[[str, str, bytes, Sequence[tuple[str, bytes]]], Awaitable[object]]
Place = tuple[str, tuple[float, float]]
"""A store and the corner of the plan that its pings are relative to."""


@dataclass
class Waiting:
    """A store's pings that have not been sent yet; `done` is settled by Kafka's answer."""

    parts: list[Pings] = field(default_factory=list)
    size: int = 0
    done: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Batches:
    """Collects for `flush_ms` or until LARGEST pings are there; a sender waits until Kafka has its pings."""

    def __init__(self, send: Send, flush_ms: int) -> None:
        self._send, self._flush_s = send, flush_ms / 1000
        self._waiting: dict[Place, Waiting] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._sent_at: dict[str, float] = {}
        self._gateway = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._seq = 0

    async def add(self, place: Place, pings: Pings) -> None:
        """Returns once Kafka has the pings. Raises AwayError when it may not have them."""
        if not len(pings):
            return
        waiting = self._waiting.get(place)
        if waiting and waiting.size + len(pings) > LARGEST:
            self._flush(place)
            waiting = None
        if waiting is None:
            waiting = self._waiting[place] = Waiting()
            self._start(self._flush_later(place, waiting))
        waiting.parts.append(pings)
        waiting.size += len(pings)
        if waiting.size >= LARGEST:
            self._flush(place)
        await asyncio.shield(waiting.done)

    async def keep_time(self, places: Callable[[], Iterable[Place]]) -> None:
        """Sends an empty batch for each store that has been idle, so that event time goes on and visits end."""
        while True:
            await asyncio.sleep(IDLE_SECONDS / 10)
            now = time.monotonic()
            for place in places():
                if now - self._sent_at.setdefault(place[0], now) >= IDLE_SECONDS:
                    self._sent_at[place[0]] = now
                    self._start(self._deliver(place, Waiting([_empty()])))

    async def drain(self) -> None:
        """Sends what waits and waits for Kafka's answers."""
        for place in list(self._waiting):
            self._flush(place)
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _flush_later(self, place: Place, waiting: Waiting) -> None:
        await asyncio.sleep(self._flush_s)
        if self._waiting.get(place) is waiting:
            self._flush(place)

    def _flush(self, place: Place) -> None:
        self._start(self._deliver(place, self._waiting.pop(place)))

    async def _deliver(self, place: Place, waiting: Waiting) -> None:
        store, corner = place
        self._sent_at[store] = time.monotonic()
        headers = PingHeaders(store, self._gateway, self._seq, time.time_ns() // 1_000_000, corner)
        self._seq += 1
        try:
            await self._send("pings", store, encode(_joined(waiting.parts), corner), headers.encode())
            waiting.done.set_result(None)
        except Exception as error:
            waiting.done.set_exception(error)
            waiting.done.exception()  # an idle store's batch has no reader; the next one comes in 10 s

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)


def _joined(parts: Sequence[Pings]) -> Pings:
    names = ("phone", "ts", "x_m", "y_m", "sigma_m", "floor")
    return Pings(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def _empty() -> Pings:
    number = np.zeros(0)
    return Pings(number.astype(np.uint64), number.astype(np.int64), number, number, number, number.astype(np.int16))
