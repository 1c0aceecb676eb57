"""Who is on which prompt. Redis decides, in one script, so that of two tablets at the same instant one gets it."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Mapping
from typing import Any

import msgspec
from redis.asyncio import Redis

from models.keys import Board
from serving.answers import answered

log = logging.getLogger("aislewise.serving")

KEEP_SECONDS = 3600
"""Prompts last two minutes, outcomes of a tablet that was away come later."""
MOST = 500
"""Changes that a store's stream keeps: a tablet that comes reads them all."""

_MOVE = """
local claim, log = KEYS[1], KEYS[2]
local kind, key, staff, undoes, ts, prompt = unpack(ARGV, 1, 6)
local first = redis.call('HGET', claim, 'said:' .. key)
if first then return tonumber(first) end

local function is(name) return redis.call('HGET', claim, name) or '' end
local function meant(name)
  return is(name) ~= '' and (undoes == is(name) or (undoes == '' and staff == is(name .. '_staff')))
end
local function set(name, value, who) redis.call('HSET', claim, name, value, name .. '_staff', who) end

local granted, changed = 1, true
if kind == 'claimed' then
  if is('holder') == '' and is('closed') == '' then set('holder', key, staff) else granted, changed = 0, false end
elseif kind == 'released' then
  if meant('holder') then set('holder', '', '') else changed = false end
elseif kind == 'undone' then
  local closed, holder = meant('closed'), meant('holder')
  if closed then set('closed', '', '') redis.call('HDEL', claim, 'kind') end
  if holder then set('holder', '', '') end
  changed = closed or holder
else
  set('closed', key, staff)
  redis.call('HSET', claim, 'kind', kind)
end
redis.call('HSET', claim, 'said:' .. key, granted)
redis.call('EXPIRE', claim, ARGV[7])
if changed then
  redis.call('XADD', log, 'MAXLEN', '~', ARGV[8], '*', 'prompt_id', prompt, 'ts', ts, 'kind', is('kind'),
    'holder', is('holder'), 'holder_staff', is('holder_staff'), 'closed_staff', is('closed_staff'))
  redis.call('EXPIRE', log, ARGV[7])
end
return granted
"""
"""1 where the outcome holds, 0 where somebody else has the prompt. The same key again is answered as the first time."""

MOVES = ("claimed", "released", "accepted", "declined", "sold", "undone")
"""Kinds of outcomes that change who is on a prompt; `shown` does not."""


class Claim(msgspec.Struct, frozen=True, omit_defaults=True):
    """A prompt as it stands between the salespeople, as tablets get it."""

    prompt_id: str
    ts: int
    """When it came to stand so, by the clock of `serve`, ms."""
    holder: str | None = None
    """The key of the outcome that claimed it: the tablet that made it knows that it has the prompt."""
    holder_staff: str | None = None
    kind: str | None = None
    """How it was closed: accepted, declined or sold."""
    closed_staff: str | None = None

    @classmethod
    def of(cls, fields: Mapping[bytes, bytes]) -> Claim:
        """Raises KeyError or ValueError for what `Claims` has not written."""
        texts = {name.decode(): value.decode() or None for name, value in fields.items()}
        return cls(
            str(texts["prompt_id"]),
            int(texts["ts"] or ""),
            texts["holder"],
            texts["holder_staff"],
            texts["kind"],
            texts["closed_staff"],
        )


class Claims:
    """Redis, as far as it decides about claims. Every method raises AwayError when it does not answer."""

    def __init__(self, redis: Redis) -> None:
        self._redis, self._move = redis, redis.register_script(_MOVE)

    async def move(
        self, store_id: str, prompt_id: str, kind: str, key: str, staff: str | None, undoes: str | None
    ) -> bool:
        """False where the prompt is claimed by somebody else, or closed. Nothing but `claimed` is ever refused."""
        keys = [Board.claim(store_id, prompt_id), Board.claims(store_id)]
        said = [kind, key, staff or "", undoes or "", int(time.time() * 1000), prompt_id]
        return bool(await answered(self._redis_move(keys, [*said, KEEP_SECONDS, MOST])))

    async def staff_of(self, store_id: str, prompt_id: str) -> str | None:
        """The name of who is on it or has closed it, where there is a name."""
        names: Any = ["holder_staff", "closed_staff"]
        found = await answered(self._redis.hmget(Board.claim(store_id, prompt_id), names))
        return next((name.decode() for name in found if name), None)

    async def after(self, store_id: str, place: str, block_ms: int) -> tuple[str, list[Claim]]:
        """What has changed since a place of the store's stream ("0" is the beginning), and the place after it."""
        found = await answered(self._redis.xread({Board.claims(store_id): place}, block=block_ms))
        entries = [entry for _, entries in found for entry in entries]
        claims = [claim for _, fields in entries if (claim := _read(fields))]
        return (entries[-1][0].decode() if entries else place), claims

    def _redis_move(self, keys: list[str], arguments: list[Any]) -> Awaitable[Any]:
        result: Awaitable[Any] = self._move(keys, arguments)
        return result


def _read(fields: Mapping[bytes, bytes]) -> Claim | None:
    """None for what no process of ours has written: one bad entry must not hide the others."""
    try:
        return Claim.of(fields)
    except (KeyError, ValueError) as error:
        log.error("the stream of claims holds what is none: %r", error)
        return None
