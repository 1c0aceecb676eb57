"""A store's prompts and recommendations on the board, all of them or known not to be: a view of the topics.

The key `Board.complete` holds this writer's own mark while the board has everything. Redis that comes back empty has
lost the mark, and all is written again, under the same ids, before a new prompt is added.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

import msgspec
from redis.asyncio import Redis

from models.board import BoardPrompt, Recommendation
from models.keys import Board, StreamId
from streams.board import KEEP_SECONDS, BoardLink, mapping_of

MOST_PROMPTS = 5_000
"""Prompts that a store's stream keeps; a busy store makes a few hundred a day."""

_ADD = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
local id = redis.pcall('XADD', KEYS[2], 'MAXLEN', '~', ARGV[2], ARGV[3], 'prompt_id', ARGV[4], 'json', ARGV[5])
redis.call('EXPIRE', KEYS[2], ARGV[6])
return 1
"""
"""Adds an entry where the board is complete; Redis itself refuses an id that is not greater than the last."""


class Shown(msgspec.Struct, frozen=True):
    """A prompt that tablets get, and its place in the stream."""

    stream_id: str
    prompt: BoardPrompt


class StorePrompts:
    """One store's. `shown` and `recommendations` are what the board has to hold."""

    def __init__(self, link: BoardLink, store: str, shown: list[Shown], recommendations: dict[str, bytes]) -> None:
        self._link, self.store = link, store
        self.shown, self.recommendations = shown, recommendations
        self._mark = secrets.token_hex(8)
        self._run_id: str | None = None
        self.complete = False
        self._unsent: dict[str, bytes] = {}

    async def add(self, one: Shown) -> None:
        """A prompt that was read back from its topic."""
        self.shown.append(one)
        del self.shown[:-MOST_PROMPTS]
        keys = (Board.complete(self.store), Board.prompts(self.store))
        entry = (str(MOST_PROMPTS), one.stream_id, one.prompt.prompt_id, msgspec.json.encode(one.prompt))
        answers: list[Any] = []

        async def work(redis: Redis) -> None:
            await redis.set(Board.prompt(one.prompt.prompt_id), _known(one.prompt), ex=KEEP_SECONDS)
            answers.append(await redis.eval(_ADD, 2, *keys, self._mark, *entry, str(KEEP_SECONDS)))

        self.complete = self.complete and await self._link.try_(work) and answers == [1]

    def recommend(self, visit: str, recommendations: list[Recommendation]) -> None:
        """They go to the board with the next `send`."""
        self.recommendations[visit] = self._unsent[visit] = msgspec.json.encode(recommendations)

    async def send(self) -> None:
        unsent, self._unsent = self._unsent, {}

        async def work(redis: Redis) -> None:
            await redis.hset(Board.recommendations(self.store), mapping=mapping_of(unsent))

        if unsent:
            self.complete = self.complete and await self._link.try_(work)

    async def forget(self, visits: list[str]) -> None:
        """Recommendations of visits that are over."""
        for visit in visits:
            self.recommendations.pop(visit, None)

        async def work(redis: Redis) -> None:
            await redis.hdel(Board.recommendations(self.store), *visits)

        if visits:
            self.complete = self.complete and await self._link.try_(work)

    async def mend(self, run_id: str) -> None:
        """Called every second while Redis is there: looks whether it still has everything, writes all again if not."""
        held: list[Any] = []

        async def look(redis: Redis) -> None:
            held.append(await redis.getex(Board.complete(self.store), ex=KEEP_SECONDS))

        if run_id == self._run_id and self.complete and await self._link.try_(look) and held == [self._mark.encode()]:
            return
        self.complete = await self._link.try_(self._write_all)
        self._run_id = run_id if self.complete else None

    async def _write_all(self, redis: Redis) -> None:
        for one in self.shown:
            await redis.set(Board.prompt(one.prompt.prompt_id), _known(one.prompt), ex=KEEP_SECONDS)
        prompts, hints = Board.prompts(self.store), Board.recommendations(self.store)
        async with redis.pipeline(transaction=True) as pipe:
            pipe.delete(prompts, hints)
            for one in self.shown:
                fields: Mapping[Any, Any] = {
                    "prompt_id": one.prompt.prompt_id,
                    "json": msgspec.json.encode(one.prompt),
                }
                pipe.xadd(prompts, dict(fields), id=one.stream_id)
            if self.recommendations:
                pipe.hset(hints, mapping=mapping_of(self.recommendations))
            for key in (prompts, hints):
                pipe.expire(key, KEEP_SECONDS)
            pipe.set(Board.complete(self.store), self._mark, ex=KEEP_SECONDS)
            await pipe.execute()


def place(offset: int, row: int) -> str:
    """The stream's id of a prompt by its source."""
    return str(StreamId(offset, row))


def _known(prompt: BoardPrompt) -> bytes:
    return msgspec.json.encode(
        {"store_id": prompt.store_id, "visit_id": prompt.visit_id, "sku": prompt.sku, "ts": prompt.ts}
    )
