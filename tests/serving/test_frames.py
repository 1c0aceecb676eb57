"""The bytes of an event stream, of a listener without a store."""

from __future__ import annotations

import asyncio

import pytest

from models.keys import StreamId
from serving import events
from serving.board import BEGINNING, Entry
from serving.claims import Claim
from serving.events import Listener, frames


def test_comments_come_however_much_else_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "BEAT_SECONDS", 0.0)

    async def read() -> list[bytes]:
        listener = Listener("S1", BEGINNING, True, claims=True)
        listener.offer(Entry(StreamId(6, 0), None))
        for number in range(3):
            listener.tell(Claim(f"p{number}", 1))
        stream = frames(listener, lambda _: True, lambda: None)
        return [await anext(stream) for _ in range(7)]

    begins = [frame.partition(b"\n")[0] for frame in asyncio.run(read())]
    assert begins == [b": at 0-0", b": at 7-0", *[b"event: claim", b": at 7-0"] * 2, b"event: claim"]
