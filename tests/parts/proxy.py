"""A TCP proxy on 127.0.0.1 that can be cut: for browsers and clients that must survive a network that goes away."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Coroutine
from typing import Any, Self

from aislewise.child import free_ports

RESET_ON_CLOSE = struct.pack("ii", 1, 0)
CHUNK = 65_536


class Proxy:
    """Passes bytes to `target` ("host:port") until it is told otherwise; runs in a thread of its own.

    `answers` is what came back through it, a connection each.
    """

    def __init__(self, target: str) -> None:
        self._host, _, port = target.rpartition(":")
        self._port = int(port)
        (self.port,) = free_ports(1)
        self.address, self.connections = f"127.0.0.1:{self.port}", 0
        self.answers: list[bytearray] = []
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._loop = asyncio.new_event_loop()
        self._flowing = asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)

    def cut(self) -> None:
        """Resets every connection and refuses new ones, as when the network is gone."""
        self._run(self._cut())

    def stall(self) -> None:
        """Keeps every connection open and lets nothing through, as when a machine hangs."""
        self._run(self._flow(False))

    def mend(self) -> None:
        """Passes again, after `cut` or `stall`."""
        self._run(self._mend())

    def __enter__(self) -> Self:
        self._thread.start()
        self._run(self._mend())
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _mend(self) -> None:
        await self._flow(True)
        if self._server is None:
            self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)

    async def _flow(self, flowing: bool) -> None:
        if flowing:
            self._flowing.set()
        else:
            self._flowing.clear()

    async def _cut(self) -> None:
        if self._server:
            self._server.close()
            self._server = None
        for writer in self._open:
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            writer.transport.abort()

    async def _end(self) -> None:
        await self._cut()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open.add(writer)
        try:
            behind_reader, behind_writer = await asyncio.open_connection(self._host, self._port)
        except OSError:
            self._close(writer)
            return
        self._open.add(behind_writer)
        answer = bytearray()
        self.answers.append(answer)
        for source, sink, passed in ((reader, behind_writer, bytearray()), (behind_reader, writer, answer)):
            task = self._loop.create_task(self._pass(source, sink, passed))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pass(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, passed: bytearray) -> None:
        try:
            while data := await source.read(CHUNK):
                await self._flowing.wait()
                sink.write(data)
                passed += data
                await sink.drain()
        except OSError:
            pass
        finally:
            self._close(sink)

    def _close(self, writer: asyncio.StreamWriter) -> None:
        self._open.discard(writer)
        writer.close()
