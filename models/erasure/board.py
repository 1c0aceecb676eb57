"""Erased visits and prompts off the board (Redis)."""

from __future__ import annotations

from collections.abc import Collection

import msgspec
from redis import Redis
from redis.exceptions import RedisError

from models.erasure.names import Names
from models.errors import AwayError
from models.keys import Board


class _Prompt(msgspec.Struct):
    visit_id: str


def clear(url: str, names: Names, stores: Collection[str]) -> int:
    """How many entries were removed, of these stores and those of the names. Raises AwayError."""
    visits = {one.id for one in names.of("visit")}
    prompts = {one.id for one in names.of("prompt")}
    if not visits and not prompts:
        return 0
    try:
        with Redis.from_url(url, protocol=2, socket_connect_timeout=2, socket_timeout=5) as redis:
            asked = sorted({*stores, *(one.store_id for one in names if one.store_id)})
            return sum(_clear(redis, store, visits, prompts) for store in asked)
    except (RedisError, OSError) as error:
        raise AwayError(
            f"Redis does not answer ({type(error).__name__}): the board may still show who was erased from the rest",
            "run it again when it does",
        ) from None


def _clear(redis: Redis, store: str, visits: set[str], prompts: set[str]) -> int:
    gone = 0
    for key in (Board.visits(store), Board.recommendations(store)):
        gone += sum(_int(redis.hdel(key, *part)) for part in _parts(visits))
    entries = [
        (place, fields) for place, fields in _entries(redis, Board.prompts(store)) if _of(fields, visits, prompts)
    ]
    prompts = prompts | {fields[b"prompt_id"].decode() for _, fields in entries if b"prompt_id" in fields}
    gone += sum(_int(redis.xdel(Board.prompts(store), place)) for place, _ in entries)
    for place, fields in _entries(redis, Board.claims(store)):
        if fields.get(b"prompt_id", b"").decode() in prompts:
            gone += _int(redis.xdel(Board.claims(store), place))
    for prompt in prompts:
        gone += _int(redis.delete(Board.prompt(prompt))) + _int(redis.delete(Board.claim(store, prompt)))
    return gone


def _entries(redis: Redis, key: str) -> list[tuple[bytes, dict[bytes, bytes]]]:
    found: list[tuple[bytes, dict[bytes, bytes]]] = redis.xrange(key)  # type: ignore[assignment]
    return found


def _of(fields: dict[bytes, bytes], visits: set[str], prompts: set[str]) -> bool:
    if fields.get(b"prompt_id", b"").decode() in prompts:
        return True
    try:
        return msgspec.json.decode(fields.get(b"json", b""), type=_Prompt).visit_id in visits
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False


def _parts(names: set[str], size: int = 1000) -> list[list[str]]:
    listed = sorted(names)
    return [listed[at : at + size] for at in range(0, len(listed), size)]


def _int(answer: object) -> int:
    """What the client's types leave open: it is not asynchronous here."""
    return int(answer) if isinstance(answer, int) else 0
