"""An event stream as an answer: it ends with its listener, and with a reader that takes nothing any more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

from starlette.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

SEND_SECONDS = 20.0


class EventStream(StreamingResponse):
    """Calls `done` however it ends."""

    media_type = "text/event-stream"

    def __init__(self, frames: AsyncIterator[bytes], done: Callable[[], None]) -> None:
        # X-Accel-Buffering: proxies that follow nginx pass each event on at once
        super().__init__(frames, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        self._done = done

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def within(message: Message) -> None:
            async with asyncio.timeout(SEND_SECONDS):
                await send(message)

        try:
            await super().__call__(scope, receive, within)
        except TimeoutError:
            return
        finally:
            self._done()
