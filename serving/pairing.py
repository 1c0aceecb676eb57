"""One-time codes that pair a tablet: made by a manager, good once and for ten minutes.

Redis decides, in one script, so that of two tablets, or two processes of `serve`, exactly one has a code. It holds a
keyed hash of the code and not the code; the hash is what is looked up, so how long that takes says nothing of the code.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Awaitable
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec
from redis.asyncio import Redis

from serving.answers import answered

LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Without those that look like others: I, L, O, 0 and 1."""
LENGTH = 8
LASTS_SECONDS = 600
TRIES, ALL_TRIES, TRIES_SECONDS = 10, 1000, 600
"""Wrong codes from one address, and from all, in ten minutes: a guess finds one of 31^8 codes."""

_TAKE = """
local mine, all, code = KEYS[1], KEYS[2], KEYS[3]
if tonumber(redis.call('GET', mine) or '0') >= tonumber(ARGV[1]) then return {'many', redis.call('TTL', mine)} end
if tonumber(redis.call('GET', all) or '0') >= tonumber(ARGV[2]) then return {'many', redis.call('TTL', all)} end
local found = redis.call('GET', code)
if found then
  redis.call('DEL', code)
  return {'won', found}
end
for _, tries in ipairs({mine, all}) do
  if redis.call('INCR', tries) == 1 then redis.call('EXPIRE', tries, ARGV[3]) end
end
return {'none'}
"""


class Invitation(msgspec.Struct, frozen=True):
    """What a code is for."""

    store_id: str
    name: str
    staff: str | None
    expires: int
    """ms"""


class Answer(NamedTuple):
    """`invitation` is for who came first; without one the code is wrong, over or used, or `wait_s` has to pass."""

    invitation: Invitation | None
    wait_s: int = 0


class Pairing:
    """The codes that are open. Every method raises AwayError when Redis does not answer."""

    def __init__(self, redis: Redis, secret: str) -> None:
        self._redis, self._secret, self._take = redis, secret.encode(), redis.register_script(_TAKE)

    async def invite(self, invitation: Invitation, now_ms: int) -> str:
        """A new code."""
        code = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
        await self.open(code, invitation, now_ms)
        return code

    async def open(self, code: str, invitation: Invitation, now_ms: int) -> None:
        """Lays a code down, also again where what came after it failed; one that is over stays over."""
        lasts_ms = invitation.expires - now_ms
        if lasts_ms > 0:
            await answered(self._redis.set(self._key(code), msgspec.json.encode(invitation), px=lasts_ms))

    async def take(self, code: str, address: str) -> Answer:
        """Takes the code away, for the first who asks."""
        keys = [f"{{pairing}}:tries:{quote(address)}", "{pairing}:tries", self._key(code)]
        found: Awaitable[Any] = self._take(keys, [TRIES, ALL_TRIES, TRIES_SECONDS])
        kind, *more = await answered(found)
        if kind == b"won":
            return Answer(msgspec.json.decode(more[0], type=Invitation))
        return Answer(None, max(int(more[0]), 1) if kind == b"many" else 0)

    def _key(self, code: str) -> str:
        return f"{{pairing}}:code:{hmac.new(self._secret, plain(code).encode(), 'sha256').hexdigest()}"


def plain(code: str) -> str:
    """As it was made, however somebody types it."""
    return "".join(code.split()).replace("-", "").upper()
