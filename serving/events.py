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
from serving.catalogue import Withheld
from serving.claim_feed import ClaimFeed
from serving.claims import Claim

News = Claim | Withheld
"""What is told beside the prompts, to those who have asked for it."""
BEAT_SECONDS = 5.0
"""A comment at least this often: §5 asks for 15 s, and a tablet notices a dead connection by its absence."""
QUEUE = 1000
PAGE = 100
BLOCK_MS = 500
"""The longest wait of one read, and of a listener that joins further back than the others."""


class Listener:
    """One tablet's place in a store's stream. With a full queue it is closed: the tablet comes back with its place.

    One that starts at now while the board is being rebuilt is not `settled`: it can't know where now is, and gets
    nothing that has expired until it has passed what was there. `claims` says whether it wants to hear of claims and
    of withheld offers too, `tablet` which paired tablet it is.
    """

    def __init__(
        self, store_id: str, place: StreamId, settled: bool, claims: bool = False, tablet: str | None = None
    ) -> None:
        self.store_id, self.place, self.settled, self.claims = store_id, place, settled, claims
        self.tablet = tablet
        self.open = True
        self._offered = place
        self._queue: asyncio.Queue[Entry | News | None] = asyncio.Queue(QUEUE)

    def offer(self, entry: Entry) -> None:
        """Queues what is newer than all before."""
        if not self.open or entry.id <= self._offered:
            return
        self._offered = entry.id
        stale = not self.settled and entry.prompt is not None and _expired(entry.prompt)
        self._put(Entry(entry.id, None) if stale else entry)

    def tell(self, news: News) -> None:
        """Queues how a prompt stands now, or which offers are withheld."""
        if self.open and self.claims:
            self._put(news)

    def _put(self, item: Entry | News) -> None:
        try:
            self._queue.put_nowait(item)
        except asyncio.QueueFull:
            self.open = False

    async def take(self, seconds: float) -> Entry | News | None:
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

    def __init__(self, board: LiveBoard, store_id: str, withheld: Withheld) -> None:
        self._board, self._store_id, self._withheld = board, store_id, withheld
        self.listeners: set[Listener] = set()
        self.newest = BEGINNING
        self._cursor = BEGINNING
        self._task: asyncio.Task[None] | None = None
        self._claims = ClaimFeed(board.claims, store_id)

    def join(self, listener: Listener) -> None:
        """A listener further back takes the reading back to its place: what is there may be rebuilt only later."""
        self._cursor = min(self._cursor, listener.place) if self.listeners else listener.place
        self.listeners.add(listener)
        listener.tell(self._withheld)
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

    def withhold(self, withheld: Withheld) -> None:
        """Tells every listener, where it is news."""
        if withheld == self._withheld:
            return
        self._withheld = withheld
        for listener in self.listeners:
            listener.tell(withheld)

    def close(self, of: Callable[[Listener], bool] = lambda _: True) -> None:
        """Ends the streams of these listeners."""
        for listener in filter(of, self.listeners):
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
    """Every store's feed. `withheld` says which of a store's offers are for nobody now."""

    def __init__(self, board: LiveBoard, withheld: Callable[[str], Withheld]) -> None:
        self._board, self._withheld = board, withheld
        self._feeds: dict[str, Feed] = {}

    async def listen(
        self, store_id: str, after: StreamId | None, claims: bool = False, tablet: str | None = None
    ) -> Listener:
        """From `after`, or from now. Raises AwayError where Redis has to say what now is."""
        feed = self._feeds.setdefault(store_id, Feed(self._board, store_id, self._withheld(store_id)))
        if after is not None:
            listener = Listener(store_id, after, True, claims, tablet)
        elif await self._board.complete(store_id):
            listener = Listener(store_id, await self._board.newest(store_id), True, claims, tablet)
        else:
            place = max(feed.newest, await self._board.newest(store_id))
            listener = Listener(store_id, place, False, claims, tablet)
        feed.join(listener)
        return listener

    def withhold(self) -> None:
        """The catalogue has changed."""
        for store_id, feed in self._feeds.items():
            feed.withhold(self._withheld(store_id))

    def end(self, of: Callable[[Listener], bool]) -> None:
        """Ends the streams of these listeners: they may not listen any more."""
        for feed in self._feeds.values():
            feed.close(of)

    def leave(self, listener: Listener) -> None:
        self._feeds[listener.store_id].leave(listener)

    def close(self) -> None:
        """Ends all streams: the process is about to stop."""
        for feed in self._feeds.values():
            feed.close()

    def listening(self, store_id: str) -> int:
        """How many listen to a store."""
        return len(self._feeds[store_id].listeners) if store_id in self._feeds else 0

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
        if isinstance(entry, Claim | Withheld):
            name = b"claim" if isinstance(entry, Claim) else b"offers"
            yield b"event: %s\ndata: %s\n\n" % (name, msgspec.json.encode(entry))
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
