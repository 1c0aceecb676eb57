"""A store's live visits on the board: where each shopper is now, and for how long they have been where."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models import ids
from models.board import iso
from models.keys import Board
from streams import live_json
from streams.board import KEEP_SECONDS, BoardLink, Command
from streams.dwell.engine import Engine, Live

SHORTEST_SECONDS = 0.1
"""The board is written at most this often: at high rates only a shopper's newest place counts."""
SHARE = 0.1
"""… and so that writing takes at most this share of a processor's time."""
MOST = 5_000
"""So many visits are written at a time, 10 ms: pings wait for them."""


class Heads:
    """What of a visit does not change while it goes on, by the engine's slots: made once a visit, and again where an
    earlier ping of it has come late."""

    def __init__(self, store: str) -> None:
        self._store = store
        self._keys = np.zeros((0, 3), np.int64)
        self.text = np.zeros((0, live_json.ID + live_json.SINCE), np.uint8)
        self.ids: list[bytes] = []

    def replace(self, slots: NDArray[np.int64], live: Live) -> list[bytes]:
        """Brings the slots' heads up to date, and says which visits they are no longer."""
        self._make_room(int(slots.max(initial=-1)) + 1)
        keys = np.column_stack([live.phone.view(np.int64), live.id_ts, live.first])
        keys[~live.goes_on] = 0
        new = np.flatnonzero((self._keys[slots] != keys).any(axis=1))
        gone = [self.ids[slot] for slot in slots[new].tolist()]
        for i, slot in zip(new.tolist(), slots[new].tolist(), strict=True):
            self._set(slot, keys[i], int(live.phone[i]), bool(live.goes_on[i]))
        return [one for one in gone if one]

    def _set(self, slot: int, key: NDArray[np.int64], phone: int, goes_on: bool) -> None:
        self._keys[slot], self.ids[slot] = key, b""
        if goes_on:
            visit_id = ids.visit_id(self._store, ids.phone_text(phone), int(key[1])).encode()
            self.ids[slot], self.text[slot] = visit_id, live_json.as_bytes(visit_id + iso(int(key[2])).encode())

    def _make_room(self, slots: int) -> None:
        if slots > len(self.ids):
            size = max(slots, 2 * len(self.ids))
            self._keys, self.text = _longer(self._keys, size), _longer(self.text, size)
            self.ids += [b""] * (len(self._keys) - len(self.ids))


class Queue:
    """Slots that wait, each once: where more come than are taken, every one has its turn."""

    def __init__(self) -> None:
        self._waits, self._next = np.zeros(0, np.bool_), 0

    def add(self, slots: NDArray[np.int64]) -> None:
        size = int(slots.max(initial=-1)) + 1
        if size > len(self._waits):
            self._waits = np.concatenate([self._waits, np.zeros(2 * size - len(self._waits), np.bool_)])
        self._waits[slots] = True

    def take(self, most: int) -> NDArray[np.int64]:
        """The next ones in the order of the slots, round and round."""
        waiting = np.flatnonzero(self._waits)
        taken = np.roll(waiting, -int(np.searchsorted(waiting, self._next)))[:most]
        self._waits[taken] = False
        self._next = int(taken[-1]) + 1 if len(taken) else 0
        return taken


class Showing:
    """Remembers what is on the board, and when it may be written next."""

    def __init__(self, link: BoardLink, store: str) -> None:
        self._visits, self._heads = LiveVisits(link, store), Heads(store)
        self._names, self._codes = live_json.zone_names([]), 0
        self._queue = Queue()
        self._next = 0.0

    async def show(self, engine: Engine) -> None:
        """Writes what has changed, or all of it after a start and after a write that failed."""
        began, spent = time.monotonic(), time.thread_time()
        if began < self._next:
            return
        self._queue.add(engine.unshown())
        slots = self._queue.take(MOST) if self._visits.whole else engine.slots()
        if not len(slots) and self._visits.whole:
            return
        changed, gone = self._live(engine, slots)
        if self._visits.whole:
            await self._visits.write(changed, gone)
        else:
            await self._visits.write_all(changed)
        self._next = began + max(SHORTEST_SECONDS, (time.thread_time() - spent) / SHARE)

    def _live(self, engine: Engine, slots: NDArray[np.int64]) -> tuple[list[bytes], list[bytes]]:
        """Visit id, JSON, visit id, … of the visits among these that go on, and the ids of those that no longer do."""
        if self._codes != len(engine.codes):
            self._names, self._codes = live_json.zone_names([one.zone_id for one in engine.codes]), len(engine.codes)
        live = engine.live(slots)
        gone = self._heads.replace(slots, live)
        texts = live_json.write(live, self._heads.text[slots], self._names)
        changed: list[bytes] = []
        for slot, goes_on, text in zip(slots.tolist(), live.goes_on.tolist(), texts, strict=True):
            if goes_on:
                changed += (self._heads.ids[slot], text)
        return changed, gone


class LiveVisits:
    """A store's hash of live visits."""

    def __init__(self, link: BoardLink, store: str) -> None:
        self._link, self._key = link, Board.visits(store)
        self.whole = False
        """Whether the hash holds nothing that is over: not so after a start, or after a write that failed."""

    async def write(self, changed: Sequence[bytes], gone: Sequence[bytes]) -> None:
        """`changed` is visit id, JSON, visit id, …"""
        if not changed and not gone:
            return
        forget: list[Command] = [("HDEL", self._key, *gone)] if gone else []
        self.whole = await self._link.transact([*forget, *self._set(changed)]) and self.whole

    async def write_all(self, visits: Sequence[bytes]) -> None:
        self.whole = await self._link.transact([("DEL", self._key), *self._set(visits)])

    def _set(self, changed: Sequence[bytes]) -> list[Command]:
        if not changed:
            return []
        return [("HSET", self._key, *changed), ("EXPIRE", self._key, KEEP_SECONDS)]


def _longer(rows: NDArray[Any], size: int) -> NDArray[Any]:
    return np.concatenate([rows, np.zeros((size - len(rows), rows.shape[1]), rows.dtype)])
