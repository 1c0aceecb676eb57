"""Reading the board: what the workers have written to Redis, as values (models/board.py)."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple, TypeVar

import msgspec
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from models.board import BoardPrompt, LiveVisit, Recommendation
from models.errors import AwayError
from models.keys import Board, StreamId
from serving.answers import answered
from serving.claims import Claims

log = logging.getLogger("aislewise.serving")
T = TypeVar("T")

BEGINNING = StreamId(-1, 0)
"""Before every entry: `0-0`."""
NOTE_SECONDS = 30.0
KEEP_SECONDS = 30 * 86_400
_STREAM_ID = re.compile(r"(\d{1,20})-(\d{1,20})", re.ASCII)


class Shopper(LiveVisit, frozen=True, kw_only=True):
    """A live visit as a tablet gets it."""

    recommendations: list[Recommendation]

    def without(self, offers: Collection[str]) -> Shopper:
        """Without what is recommended because of one of these offers."""
        kept = [one for one in self.recommendations if one.offer_id not in offers]
        return msgspec.structs.replace(self, recommendations=kept)


class KnownPrompt(msgspec.Struct, frozen=True):
    """What the board keeps of a prompt, so that an outcome can be checked."""

    store_id: str
    visit_id: str


class Entry(NamedTuple):
    """One entry of a store's prompts; `prompt` is None where it could not be read."""

    id: StreamId
    prompt: BoardPrompt | None


class LiveBoard:
    """Redis, read only but for claims, codes and when tablets were there. Every method raises AwayError without it."""

    def __init__(self, url: str) -> None:
        self.redis = Redis.from_url(
            url,
            protocol=2,
            socket_connect_timeout=2,
            socket_timeout=3,
            # once: a connection of the pool may date from before a restart of Redis
            retry=Retry(NoBackoff(), 1),
        )
        self.claims = Claims(self.redis)
        self._noted: dict[str, float] = {}

    async def why_away(self) -> str:
        """ "" when Redis answers."""
        try:
            await answered(self.redis.ping())
        except AwayError as error:
            return str(error)
        return ""

    async def shoppers(self, store_id: str) -> list[Shopper]:
        """The visits that are in the store now, each with what to recommend."""
        async with self.redis.pipeline(transaction=False) as pipeline:
            pipeline.hgetall(Board.visits(store_id))
            pipeline.hgetall(Board.recommendations(store_id))
            visits, recommendations = await answered(pipeline.execute())
        return list(_shoppers(visits, recommendations))

    async def note_tablet(self, store_id: str, tablet: str) -> None:
        """That a paired tablet is there, twice a minute at the most."""
        if time.monotonic() < self._noted.get(tablet, -NOTE_SECONDS) + NOTE_SECONDS:
            return
        self._noted[tablet] = time.monotonic()
        async with self.redis.pipeline(transaction=False) as pipeline:
            pipeline.hset(Board.tablets(store_id), tablet, str(int(time.time() * 1000)))
            pipeline.expire(Board.tablets(store_id), KEEP_SECONDS)
            await answered(pipeline.execute())

    async def tablets_noted(self, store_id: str) -> Mapping[str, int]:
        """When each paired tablet was there last, ms."""
        found = await answered(self.redis.hgetall(Board.tablets(store_id)))
        return {tablet.decode(): int(ts) for tablet, ts in found.items()}

    async def count(self, store_id: str) -> int:
        """How many visits are in the store now."""
        return int(await answered(self.redis.hlen(Board.visits(store_id))))

    async def known_prompt(self, prompt_id: str, store_id: str) -> tuple[KnownPrompt | None, bool]:
        """The prompt, and whether the store's board was complete before it was looked for."""
        async with self.redis.pipeline(transaction=False) as pipeline:
            pipeline.exists(Board.complete(store_id))
            pipeline.get(Board.prompt(prompt_id))
            complete, known = await answered(pipeline.execute())
        return (_decoded(known, KnownPrompt) if known else None), bool(complete)

    async def complete(self, store_id: str) -> bool:
        return bool(await answered(self.redis.exists(Board.complete(store_id))))

    async def newest(self, store_id: str) -> StreamId:
        """The id of the store's last prompt; `BEGINNING` where there is none."""
        found = await answered(self.redis.xrevrange(Board.prompts(store_id), count=1))
        return StreamId.parse(found[0][0].decode()) if found else BEGINNING

    async def prompts_after(self, store_id: str, after: StreamId, count: int, block_ms: int) -> list[Entry]:
        """Up to `count` entries in their order; waits `block_ms` for the first."""
        found = await answered(self.redis.xread({Board.prompts(store_id): str(after)}, count=count, block=block_ms))
        return [
            Entry(StreamId.parse(stream_id.decode()), _decoded(fields.get(b"json", b""), BoardPrompt))
            for _, entries in found
            for stream_id, fields in entries
        ]

    async def close(self) -> None:
        await self.redis.aclose()


def stream_id(text: str) -> StreamId:
    """The id in a `Last-Event-ID`. Raises ValueError when it is none that Redis could have given."""
    found = _STREAM_ID.fullmatch(text)
    if not found or max(int(part) for part in found.groups()) >= 2**64:
        raise ValueError(text)
    return StreamId.parse(text)


def _shoppers(visits: Mapping[bytes, bytes], recommendations: Mapping[bytes, bytes]) -> Iterator[Shopper]:
    for visit_id, data in visits.items():
        visit = _decoded(data, LiveVisit)
        if visit:
            given = _decoded(recommendations.get(visit_id, b"[]"), list[Recommendation])
            yield Shopper(**msgspec.structs.asdict(visit), recommendations=given or [])


def _decoded(data: bytes, kind: type[T]) -> T | None:
    """None for what no worker of ours has written: one bad value must not hide the others."""
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        log.error("the board holds what is no %s: %s", kind, error)
        return None
