"""Prompts to tablets: one blocking read of Redis per store, handed on to every listener, as server-sent events.

An entry's id never changes, also when Redis is lost and its stream written anew. So a place in the stream is an id:
what is not newer than a listener's place is not for it, what is newer has not been sent yet.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

import msgspec

from models.board import BoardPrompt, iso
from models.keys import StreamId
from serving.answers import again_and_again
from serving.board import BEGINNING, Entry, LiveBoard
from serving.claim_feed import ClaimFeed
from serving.claims import Claim

BEAT_SECONDS = 5.0
"""A comment at least this often: §5 asks for 15 s, and a tablet notices a dead connection by its absence."""
QUEUE = 1000
PAGE = 100
BLOCK_MS = 500
"""The longest wait of one read, and of a listener that joins further back than the others."""


class Listener:
    """One tablet's place in a store's stream. With a full queue it is closed: the tablet comes back with its place.

    One that starts at now while the board is being rebuilt is not `settled`: it can't know where now is, and gets
    nothing that has expired until it has passed what was there. `claims` says whether it wants those too.
    """

    def __init__(self, store_id: str, place: StreamId, settled: bool, claims: bool = False) -> None:
        self.store_id, self.place, self.settled, self.claims = store_id, place, settled, claims
        self.open = True
        self._offered = place
        self._queue: asyncio.Queue[Entry | Claim | None] = asyncio.Queue(QUEUE)

    def offer(self, entry: Entry) -> None:
        """Queues what is newer than all before."""
        if not self.open or entry.id <= self._offered:
            return
        self._offered = entry.id
        stale = not self.settled and entry.prompt is not None and _expired(entry.prompt)
        self._put(Entry(entry.id, None) if stale else entry)

    def tell(self, claim: Claim) -> None:
        """Queues how a prompt stands now."""
        if self.open and self.claims:
            self._put(claim)

    def _put(self, item: Entry | Claim) -> None:
        try:
            self._queue.put_nowait(item)
        except asyncio.QueueFull:
            self.open = False

    async def take(self, seconds: float) -> Entry | Claim | None:
        """The next of what was queued; None when the time is over or the listener was closed."""
        try:
            async with asyncio.timeout(seconds):
                entry = await self._queue.get()
        except TimeoutError:
            return None
        if isinstance(entry, Entry):
            self.place = entry.id
        return entry

    def close(self) -> None:
        """Ends the stream, at once when it is waiting."""
        self.open = False
        if not self._queue.full():
            self._queue.put_nowait(None)


class Feed:
    """One store's stream, read for all its listeners. `newest` is kept when Redis forgets."""

    def __init__(self, board: LiveBoard, store_id: str) -> None:
        self._board, self._store_id = board, store_id
        self.listeners: set[Listener] = set()
        self.newest = BEGINNING
        self._cursor = BEGINNING
        self._task: asyncio.Task[None] | None = None
        self._claims = ClaimFeed(board.claims, store_id)

    def join(self, listener: Listener) -> None:
        """A listener further back takes the reading back to its place: what is there may be rebuilt only later."""
        self._cursor = min(self._cursor, listener.place) if self.listeners else listener.place
        self.listeners.add(listener)
        if listener.claims:
            self._claims.join(listener)
        if self._task is None:
            self._task = asyncio.create_task(again_and_again(self._read, f"the prompts of {self._store_id}"))

    def leave(self, listener: Listener) -> None:
        self.listeners.discard(listener)
        self._claims.leave(listener)
        if not self.listeners and self._task:
            self._task.cancel()
            self._task = None

    def close(self) -> None:
        for listener in self.listeners:
            listener.close()

    async def _read(self) -> None:
        after, unsettled = self._cursor, [one for one in self.listeners if not one.settled]
        complete = bool(unsettled) and await self._board.complete(self._store_id)
        entries = await self._board.prompts_after(self._store_id, after, PAGE, BLOCK_MS)
        if self._cursor < after:
            return
        for entry in entries:
            self._cursor = entry.id
            self.newest = max(self.newest, entry.id)
            for listener in self.listeners:
                listener.offer(entry)
        if complete and len(entries) < PAGE:
            for listener in unsettled:
                listener.settled = True


class Feeds:
    """Every store's feed."""

    def __init__(self, board: LiveBoard) -> None:
        self._board = board
        self._feeds: dict[str, Feed] = {}

    async def listen(self, store_id: str, after: StreamId | None, claims: bool = False) -> Listener:
        """From `after`, or from now. Raises AwayError where Redis has to say what now is."""
        feed = self._feeds.setdefault(store_id, Feed(self._board, store_id))
        if after is not None:
            listener = Listener(store_id, after, True, claims)
        elif await self._board.complete(store_id):
            listener = Listener(store_id, await self._board.newest(store_id), True, claims)
        else:
            listener = Listener(store_id, max(feed.newest, await self._board.newest(store_id)), False, claims)
        feed.join(listener)
        return listener

    def leave(self, listener: Listener) -> None:
        self._feeds[listener.store_id].leave(listener)

    def close(self) -> None:
        """Ends all streams: the process is about to stop."""
        for feed in self._feeds.values():
            feed.close()

    def count(self) -> int:
        return sum(len(feed.listeners) for feed in self._feeds.values())


async def frames(
    listener: Listener, wanted: Callable[[BoardPrompt], bool], count: Callable[[], None]
) -> AsyncIterator[bytes]:
    """The bytes of the event stream; `count` is called for each prompt.

    Comments say the place, so that a tablet can resume though it saw no prompt; they come however much else does.
    """
    clock = asyncio.get_running_loop()
    yield _comment(listener.place)
    beat = clock.time() + BEAT_SECONDS
    while listener.open:
        entry = await listener.take(beat - clock.time())
        if isinstance(entry, Claim):
            yield b"event: claim\ndata: %s\n\n" % msgspec.json.encode(entry)
        elif entry and entry.prompt and wanted(entry.prompt):
            count()
            yield b"id: %s\ndata: %s\n\n" % (str(entry.id).encode(), msgspec.json.encode(entry.prompt))
        if clock.time() >= beat:
            yield _comment(listener.place)
            beat = clock.time() + BEAT_SECONDS


def _comment(place: StreamId) -> bytes:
    return f": at {place}\n\n".encode()


def _expired(prompt: BoardPrompt) -> bool:
    return prompt.expires < iso(int(datetime.now(UTC).timestamp() * 1000))
