"""Claims to tablets: one blocking read of Redis per store, handed on to every listener that wants to know."""

from __future__ import annotations

import asyncio
from typing import Protocol

from serving.answers import again_and_again
from serving.claims import MOST, Claim, Claims

BEGINNING = "0"
BLOCK_MS = 2000


class Told(Protocol):
    """Who is told how a prompt stands. The same again does no harm."""

    def tell(self, claim: Claim) -> None: ...


class ClaimFeed:
    """One store's claims while anybody listens. Who comes is told first how all stand."""

    def __init__(self, claims: Claims, store_id: str) -> None:
        self._claims, self._store_id = claims, store_id
        self._listeners: set[Told] = set()
        self._standing: dict[str, Claim] = {}
        self._place = BEGINNING
        self._task: asyncio.Task[None] | None = None

    def join(self, listener: Told) -> None:
        for claim in self._standing.values():
            listener.tell(claim)
        self._listeners.add(listener)
        if self._task is None:
            self._task = asyncio.create_task(again_and_again(self._read, f"the claims of {self._store_id}"))

    def leave(self, listener: Told) -> None:
        self._listeners.discard(listener)
        if not self._listeners and self._task:
            self._task.cancel()
            self._task = None
            # nobody reads on: the next one begins with all that Redis has
            self._standing, self._place = {}, BEGINNING

    async def _read(self) -> None:
        self._place, claims = await self._claims.after(self._store_id, self._place, BLOCK_MS)
        for claim in claims:
            self._standing.pop(claim.prompt_id, None)
            self._standing[claim.prompt_id] = claim
            for listener in self._listeners:
                listener.tell(claim)
        for prompt_id in list(self._standing)[:-MOST]:
            del self._standing[prompt_id]
