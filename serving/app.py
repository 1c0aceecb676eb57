"""The process `serve`: the API and the tablet's page in one FastAPI application, its parts, its start and its end."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from models import plans as plan_folder
from models.errors import AwayError
from models.settings import Settings
from serving.api import Api
from serving.board import LiveBoard
from serving.edge import Edge
from serving.events import Feeds
from serving.health import Health
from serving.metrics import Metrics
from serving.outbox import Outbox
from serving.problems import HANDLERS

TABLET = Path(__file__).with_name("tablet")
DRAIN_SECONDS = 8
BACKLOG = 2048
LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"


class Service:
    """The application and what it holds open."""

    def __init__(self, settings: Settings) -> None:
        self.board = LiveBoard(settings.redis)
        self.feeds = Feeds(self.board)
        self.outbox = Outbox(settings)
        metrics = Metrics(self.feeds.count)
        api = Api(settings, plan_folder.load(settings.plans), self.board, self.feeds, self.outbox, metrics)
        app = FastAPI(
            lifespan=self._lifespan, exception_handlers=dict(HANDLERS), openapi_url=None, redirect_slashes=False
        )
        _route(app, api, Health(self.board, self.outbox, metrics))
        self.app: ASGIApp = Edge(app, metrics)

    @asynccontextmanager
    async def _lifespan(self, app: FastAPI) -> AsyncIterator[None]:
        watching = asyncio.create_task(self.outbox.watch())
        yield
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
        await self.outbox.close()
        await self.board.close()


def _route(app: FastAPI, api: Api, health: Health) -> None:
    """Plain routes: a request's way through FastAPI's own costs as much as the answer."""
    app.add_route("/v1/stores/{store}/shoppers", api.shoppers, ["GET"])
    app.add_route("/v1/stores/{store}/prompts", api.prompts, ["GET"])
    app.add_route("/v1/stores/{store}/plan", api.plan, ["GET"])
    app.add_route("/v1/prompts/{prompt_id}/outcome", api.outcome, ["POST"])
    app.add_route("/v1/session", api.session, ["GET"])
    app.add_route("/v1/session", api.sign_in, ["POST"])
    app.add_route("/v1/session", api.sign_out, ["DELETE"])
    app.add_route("/healthz", health.alive, ["GET"])
    app.add_route("/readyz", health.ready, ["GET"])
    app.add_route("/metrics", health.metrics, ["GET"])
    app.add_route("/", page, ["GET"])
    app.mount("/tablet", StaticFiles(directory=TABLET))


async def page(request: Request) -> Response:
    """The tablet's page; it loads the rest from /tablet."""
    return FileResponse(TABLET / "index.html")


class Server(uvicorn.Server):
    """Ends the event streams first when it stops: they would never end by themselves."""

    def __init__(self, config: uvicorn.Config, feeds: Feeds) -> None:
        super().__init__(config)
        self._feeds = feeds

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._feeds.close()
        await super().shutdown(sockets)


def run(settings: Settings, host: str, port: int) -> None:
    """Serves until SIGTERM or SIGINT, then drains; port 0 is a free one. Raises AwayError, SettingError, PlanError."""
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT)
    # kafka-python says several times a second that a broker is away; /readyz says it once
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    service = Service(settings)
    listening = _listen(host, port)
    # what uvicorn calls again once it has drained, so that a SIGTERM is an ordinary end
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print(f"aislewise serve: http://{host}:{listening.getsockname()[1]}", file=sys.stderr, flush=True)
    config = uvicorn.Config(
        service.app,
        access_log=False,
        log_config=None,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        ws="none",
    )
    Server(config, service.feeds).run([listening])


def _listen(host: str, port: int) -> socket.socket:
    # asyncio turns Nagle's algorithm off only where the protocol is named; else small answers take 40 ms
    listening = socket.socket(
        socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP
    )
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(BACKLOG)
        return listening
    except OSError as error:
        listening.close()
        raise AwayError(f"cannot listen on {host}:{port}: {error}", "choose another --port") from None
