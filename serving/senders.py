"""The calls of the manager's view of senders: which keys send a store's data, how much, and how one is revoked."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping

import msgspec
from redis.asyncio import Redis
from starlette.requests import Request
from starlette.responses import Response

from models.board import iso
from models.config import Sender
from models.keys import Board
from models.web.bodies import read_json
from models.web.config_topic import ConfigTopic
from models.web.problems import Problem
from serving.answers import answered
from serving.signin import SignIn

MAX_NAME = 60
KEY = re.compile(r"[0-9a-f]{16}")


class PostedSender(msgspec.Struct, forbid_unknown_fields=True):
    """The body of `PUT senders/{sender}`: what the key is called, and whether it holds."""

    name: str | None = None
    revoked: bool = False


class ShownSender(msgspec.Struct, frozen=True):
    """A key that has sent something in the last 30 days, or that was named or revoked."""

    id: str
    name: str | None
    seen: str | None
    """ISO 8601; null where it has sent nothing lately."""
    per_minute: int
    """Rows in the last whole minute."""
    accepted: int
    refused: int
    """Rows, or bodies that were refused whole."""
    revoked: str | None


class Senders:
    """One instance a process; its public methods are endpoints."""

    def __init__(self, sign_in: SignIn, redis: Redis, config: ConfigTopic) -> None:
        self._sign_in, self._redis, self._config = sign_in, redis, config

    async def senders(self, request: Request) -> Response:
        """GET /v1/stores/{store}/senders: the keys, those that sent last first."""
        store_id = self._sign_in.managed(request)
        shown = await self._shown(store_id)
        return _json(sorted(shown, key=lambda one: (one.seen or "", one.id), reverse=True))

    async def set_sender(self, request: Request) -> Response:
        """PUT /v1/stores/{store}/senders/{sender}: 200; a revoked key gets 401 from the gateways within a second."""
        store_id, key = self._sign_in.managed(request), str(request.path_params["sender"])
        posted = await read_json(request, PostedSender)
        name = " ".join((posted.name or "").split()) or None
        if name is not None and (len(name) > MAX_NAME or not name.isprintable()):
            raise Problem(422, f"a name has 1 to {MAX_NAME} characters", "name")
        known = {one.id: one for one in await self._shown(store_id)}
        if not KEY.fullmatch(key) or key not in known:
            raise Problem(404, f"no key {key[:80]!r} has sent anything to this store", "sender")
        before = self._config.of(store_id).senders.get(key)
        revoked = (before and before.revoked) or int(time.time() * 1000) if posted.revoked else None
        # one that has no name and holds is like any other
        row = Sender(name, revoked) if name or revoked else None
        await self._config.put(store_id, "sender", key, row)
        said = None if revoked is None else iso(revoked)
        return _json(msgspec.structs.replace(known[key], name=name, revoked=said))

    async def _shown(self, store_id: str) -> list[ShownSender]:
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.hgetall(Board.senders(store_id))
            pipe.hgetall(Board.sent(store_id, int(time.time() // 60) - 1))
            totals, minute = (_numbers(one) for one in await answered(pipe.execute()))
        named = self._config.of(store_id).senders
        keys = {name.partition(":")[0] for name in totals} | named.keys()
        return [_one(key, totals, minute, named.get(key)) for key in keys]


def _one(key: str, totals: Mapping[str, int], minute: Mapping[str, int], row: Sender | None) -> ShownSender:
    seen = totals.get(f"{key}:seen")
    return ShownSender(
        key,
        row.name if row else None,
        None if seen is None else iso(seen),
        minute.get(key, 0),
        totals.get(f"{key}:accepted", 0),
        totals.get(f"{key}:refused", 0),
        iso(row.revoked) if row and row.revoked is not None else None,
    )


def _numbers(found: Mapping[bytes, bytes]) -> dict[str, int]:
    return {name.decode(): int(value) for name, value in found.items()}


def _json(content: object) -> Response:
    return Response(msgspec.json.encode(content), media_type="application/json")
