"""Writing to the board (Redis). It is a view: a write that fails is made good by writing all of it again later."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from typing import Any

import hiredis
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

log = logging.getLogger("aislewise.board")
KEEP_SECONDS = 86_400
TIMEOUT_SECONDS = 1.0
AGAIN_SECONDS = 1.0

Command = tuple[Any, ...]
"""Its words, each a text, bytes or a number."""


class BoardLink:
    """The connection; says once that Redis is away, and once that it is back."""

    def __init__(self, url: str) -> None:
        self.redis: Redis = Redis.from_url(
            url,
            socket_timeout=TIMEOUT_SECONDS,
            socket_connect_timeout=TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        self._away_until = 0.0
        self._said = False

    async def run_id(self) -> str | None:
        """Another one after each start of Redis; None while it is away."""
        found: list[str] = []

        async def work(redis: Redis) -> None:
            found.append(str((await redis.info("server"))["run_id"]))

        return found[0] if await self.try_(work) else None

    async def try_(self, work: Any) -> bool:
        """Awaits `work(redis)`; False where Redis is away, at once while it has just been."""
        if time.monotonic() < self._away_until:
            return False
        try:
            await work(self.redis)
        except (RedisError, OSError) as error:
            self._away_until = time.monotonic() + AGAIN_SECONDS
            if not self._said:
                log.warning("Redis is away, the board waits: %s", type(error).__name__)
            self._said = True
            return False
        if self._said:
            log.info("Redis is back")
        self._said = False
        return True

    async def transact(self, commands: Sequence[Command]) -> bool:
        """All of it or nothing, in the client's packer of C: thousands of fields at a time. False as of `try_`."""
        return await self.try_(lambda redis: _transact(redis, [("MULTI",), *commands, ("EXEC",)]))


async def _transact(redis: Redis, commands: Sequence[Command]) -> None:
    connection = await redis.connection_pool.get_connection()  # type: ignore[no-untyped-call]
    try:
        await connection.send_packed_command([hiredis.pack_command(command) for command in commands])
        for _ in commands:
            await connection.read_response()
    except BaseException:
        await connection.disconnect()
        raise
    finally:
        await redis.connection_pool.release(connection)


def mapping_of(values: Mapping[str, bytes]) -> dict[Any, Any]:
    """As the client's type wants it: its Mapping is invariant in its key."""
    return dict(values)
