"""Start and end of an HTTP process: a loopback socket, uvicorn, a drain on SIGTERM."""

from __future__ import annotations

import logging
import socket
import sys
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp

from models.errors import AwayError

log = logging.getLogger("aislewise")

DRAIN_SECONDS = 8
BACKLOG = 2048
LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"


class Server(uvicorn.Server):
    """Calls `before_drain` first when it stops: event streams, for instance, would never end by themselves."""

    def __init__(self, config: uvicorn.Config, before_drain: Callable[[], None]) -> None:
        super().__init__(config)
        self._before_drain = before_drain

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._before_drain()
        await super().shutdown(sockets)


def set_up_logs() -> None:
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT)
    # kafka-python says several times a second that a broker is away; /readyz says it once
    for name in ("kafka", "aiokafka"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


def run(name: str, app: ASGIApp, host: str, port: int, before_drain: Callable[[], None] = lambda: None) -> None:
    """Serves until SIGTERM or SIGINT, then drains; port 0 is a free one. Raises AwayError."""
    listening = _listen(host, port)
    print(f"aislewise {name}: http://{host}:{listening.getsockname()[1]}", file=sys.stderr, flush=True)
    config = uvicorn.Config(
        app,
        access_log=False,
        log_config=None,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        ws="none",
    )
    Server(config, before_drain).run([listening])


def _listen(host: str, port: int) -> socket.socket:
    # asyncio turns Nagle's algorithm off only where the protocol is named; else small answers take 40 ms
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(BACKLOG)
        return listening
    except (OSError, OverflowError) as error:
        listening.close()
        raise AwayError(f"cannot listen on {host}:{port}: {error}", "choose another --port") from None
