"""An answer of Redis, or AwayError."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from redis.exceptions import RedisError

from models.errors import AwayError


async def answered(command: Awaitable[Any]) -> Any:
    """What a command of Redis answers. Raises AwayError when it does not."""
    try:
        return await command
    except (RedisError, OSError) as error:
        raise AwayError(f"Redis does not answer: {type(error).__name__}") from None
