"""Answers of Redis: an answer or AwayError, and reading on and on while it comes and goes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from redis.exceptions import RedisError

from models.errors import AwayError

log = logging.getLogger("aislewise.serving")

AWAY_SECONDS = 0.5


async def answered(command: Awaitable[Any]) -> Any:
    """What a command of Redis answers. Raises AwayError when it does not."""
    try:
        return await command
    except (RedisError, OSError) as error:
        raise AwayError(f"Redis does not answer: {type(error).__name__}") from None


async def again_and_again(read: Callable[[], Awaitable[None]], what: str) -> None:
    """Reads until it is cancelled; after a failure half a second later."""
    while True:
        try:
            await read()
        except AwayError:
            await asyncio.sleep(AWAY_SECONDS)
        except Exception:
            log.exception("reading %s", what)
            await asyncio.sleep(AWAY_SECONDS)
