"""Debian's redis-server on a free port of 127.0.0.1, without persistence: what a killed one knew is gone."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Self

import redis

from aislewise.child import Child, free_ports, listens


def missing() -> str:
    """What has to be installed before Redis can run here; empty when nothing."""
    return "" if shutil.which("redis-server") else "redis-server is not installed (Debian: redis-server)"


class RedisServer(Child):
    """`url` stays the same over kill and restart."""

    def __init__(self) -> None:
        (port,) = free_ports(1)
        self.url, self.address = f"redis://127.0.0.1:{port}/0", f"127.0.0.1:{port}"
        self.folder = Path(tempfile.mkdtemp(prefix="aislewise-redis-"))
        options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        super().__init__("Redis", ["redis-server", *options], self.folder / "redis.log", listens(port))

    def client(self) -> redis.Redis:
        """A new client that answers in text; the caller closes it."""
        return redis.Redis.from_url(self.url, decode_responses=True)

    def flush(self) -> None:
        """Forgets everything."""
        with self.client() as client:
            client.flushall()

    def restart(self) -> Self:
        """Starts it again, empty, after `kill` or `stop`."""
        self.start()
        return self.wait_ready()

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.folder)
