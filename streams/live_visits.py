"""A store's live visits on the board: where each shopper is now, and for how long they have been where."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray
from redis.asyncio import Redis

from models import ids
from models.board import LiveVisit, iso
from models.keys import Board
from streams.board import KEEP_SECONDS, BoardLink, mapping_of
from streams.dwell.arrays import NOWHERE
from streams.dwell.engine import Engine

SHORTEST_SECONDS = 0.1
"""The board is written at most this often: at high rates only a shopper's newest place counts."""
SHARE = 0.1
"""… and so that writing takes at most this share of a processor's time."""


class Named(NamedTuple):
    """What of a visit does not change while it goes on."""

    phone: int
    id_ts: int
    first: int
    visit_id: str
    since: str


class Showing:
    """Remembers what is on the board, and when it may be written next."""

    def __init__(self, link: BoardLink, store: str) -> None:
        self._store, self._visits = store, LiveVisits(link, store)
        self._named: dict[int, Named] = {}
        self._next = 0.0

    async def show(self, engine: Engine) -> None:
        """Writes what has changed, or all of it after a start and after a write that failed."""
        began, spent = time.monotonic(), time.thread_time()
        if began < self._next:
            return
        slots = engine.unshown()
        if not self._visits.whole:
            slots = engine.slots()
        elif not len(slots):
            return
        before = {named.visit_id for slot in slots.tolist() if (named := self._named.get(slot))}
        changed = dict(self._live(engine, slots))
        if self._visits.whole:
            await self._visits.write(changed, before - set(changed))
        else:
            await self._visits.write_all(changed)
        self._next = began + max(SHORTEST_SECONDS, (time.thread_time() - spent) / SHARE)

    def _live(self, engine: Engine, slots: NDArray[np.int64]) -> Iterator[tuple[str, bytes]]:
        """(visit id, JSON) of the visits among these that go on."""
        live = engine.live(slots)
        names = [code.zone_id for code in engine.codes]
        zones, seconds = [names[zone] for zone in live.zones.tolist()], np.round(live.seconds, 3).tolist()
        columns = (slots.tolist(), live.goes_on.tolist(), live.phone.tolist(), live.id_ts.tolist(), live.first.tolist())
        places = (live.x.round(3).tolist(), live.y.round(3).tolist(), live.floor.tolist())
        answers = (live.department.tolist(), live.display.tolist(), live.stops.tolist())
        start = 0
        for slot, goes_on, phone, id_ts, first, x, y, floor, department, display, stop in zip(
            *columns, *places, *answers, strict=True
        ):
            dwell = dict(zip(zones[start:stop], seconds[start:stop], strict=True))
            start = stop
            if not goes_on:
                self._named.pop(slot, None)
                continue
            named = self._name(slot, phone, id_ts, first)
            here = None if department == NOWHERE else names[department]
            there = None if display == NOWHERE else names[display]
            visit = LiveVisit(named.visit_id, x, y, floor, here, there, named.since, dwell)
            yield named.visit_id, msgspec.json.encode(visit)

    def _name(self, slot: int, phone: int, id_ts: int, first: int) -> Named:
        """Made once a visit, and again where an earlier ping of it has come late."""
        known = self._named.get(slot)
        if known is None or (known.phone, known.id_ts, known.first) != (phone, id_ts, first):
            visit_id = ids.visit_id(self._store, ids.phone_text(phone), id_ts)
            known = self._named[slot] = Named(phone, id_ts, first, visit_id, iso(first))
        return known


class LiveVisits:
    """A store's hash of live visits."""

    def __init__(self, link: BoardLink, store: str) -> None:
        self._link, self._key = link, Board.visits(store)
        self.whole = False
        """Whether the hash holds nothing that is over: not so after a start, or after a write that failed."""

    async def write(self, changed: Mapping[str, bytes], gone: set[str]) -> None:
        if not changed and not gone:
            return

        async def work(redis: Redis) -> None:
            async with redis.pipeline(transaction=True) as pipe:
                if gone:
                    pipe.hdel(self._key, *gone)
                if changed:
                    pipe.hset(self._key, mapping=mapping_of(changed))
                    pipe.expire(self._key, KEEP_SECONDS)
                await pipe.execute()

        self.whole = await self._link.try_(work) and self.whole

    async def write_all(self, visits: Mapping[str, bytes]) -> None:
        async def work(redis: Redis) -> None:
            async with redis.pipeline(transaction=True) as pipe:
                pipe.delete(self._key)
                if visits:
                    pipe.hset(self._key, mapping=mapping_of(visits))
                    pipe.expire(self._key, KEEP_SECONDS)
                await pipe.execute()

        self.whole = await self._link.try_(work)
