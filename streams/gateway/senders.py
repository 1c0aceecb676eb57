"""Who sends, and how much: counted by the key of each token, and now and then added up in Redis for the manager's page.

Counts are no data of a store: while Redis is away they wait here, and nobody waits for them.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from models.keys import Board
from models.web.problems import Problem

log = logging.getLogger("aislewise.gateway")
SEND_SECONDS = 2.0
KEEP_SECONDS, KEEP_MINUTE_SECONDS = 30 * 86_400, 300
MOST = 10_000
"""Keys that wait for Redis: more than any chain has, and a bound."""


@dataclass
class Tally:
    """What came of a sender's rows; of a body that was refused whole, one."""

    store: str
    accepted: int = 0
    refused: int = 0
    seen_ms: int = 0


class Senders:
    """One a gateway."""

    def __init__(self, url: str) -> None:
        self._redis: Redis = Redis.from_url(
            url, protocol=2, socket_timeout=1, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0)
        )
        self._waiting: dict[tuple[str, str], Tally] = {}
        self._minutes: dict[tuple[str, int, str], int] = defaultdict(int)
        self._said = False

    @contextmanager
    def counted(self, store: str, key: str) -> Iterator[Tally]:
        """A request: what it sets in the tally counts when it ends."""
        tally = Tally(store)
        try:
            yield tally
        except Problem:
            tally.refused += 1
            raise
        finally:
            self._add(key, tally)

    async def keep(self) -> None:
        """Sends what was counted; runs until it is cancelled."""
        while True:
            await asyncio.sleep(SEND_SECONDS)
            await self._send()

    async def close(self) -> None:
        await self._send()
        await self._redis.aclose()

    def _add(self, key: str, one: Tally) -> None:
        now_ms = time.time_ns() // 1_000_000
        if (one.store, key) not in self._waiting and len(self._waiting) >= MOST:
            return
        known = self._waiting.setdefault((one.store, key), Tally(one.store))
        known.accepted += one.accepted
        known.refused += one.refused
        known.seen_ms = now_ms
        self._minutes[one.store, now_ms // 60_000, key] += one.accepted + one.refused

    async def _send(self) -> None:
        """In one transaction: what was sent is not counted again."""
        waiting, minutes = self._waiting, dict(self._minutes)
        if not waiting:
            return
        self._waiting, self._minutes = {}, defaultdict(int)
        try:
            await self._write(waiting, minutes)
            self._said = False
        except (RedisError, OSError) as error:
            if not self._said:
                log.warning("Redis is away, what senders send is counted later: %s", type(error).__name__)
            self._said = True
            self._put_back(waiting, minutes)

    async def _write(self, waiting: dict[tuple[str, str], Tally], minutes: dict[tuple[str, int, str], int]) -> None:
        for store in {store for store, _ in waiting}:
            async with self._redis.pipeline(transaction=True) as pipe:
                total = Board.senders(store)
                for (_, key), one in ((place, one) for place, one in waiting.items() if place[0] == store):
                    pipe.hset(total, f"{key}:seen", str(one.seen_ms))
                    pipe.hincrby(total, f"{key}:accepted", one.accepted)
                    pipe.hincrby(total, f"{key}:refused", one.refused)
                pipe.expire(total, KEEP_SECONDS)
                for (_, minute, key), rows in ((place, n) for place, n in minutes.items() if place[0] == store):
                    pipe.hincrby(Board.sent(store, minute), key, rows)
                    pipe.expire(Board.sent(store, minute), KEEP_MINUTE_SECONDS)
                await pipe.execute()

    def _put_back(self, waiting: dict[tuple[str, str], Tally], minutes: dict[tuple[str, int, str], int]) -> None:
        for (store, key), one in waiting.items():
            known = self._waiting.setdefault((store, key), Tally(store))
            known.accepted, known.refused = known.accepted + one.accepted, known.refused + one.refused
            known.seen_ms = max(known.seen_ms, one.seen_ms)
        recent = time.time() // 60 - 2
        for place, rows in minutes.items():
            if place[1] >= recent:
                self._minutes[place] += rows
