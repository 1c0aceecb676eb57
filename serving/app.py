"""The process `serve`: the API and the tablet's page in one FastAPI application, its parts, its start and its end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from models.plans import LOOK_SECONDS, PlanFolder
from models.settings import Settings
from models.web import server
from models.web.edge import Edge
from models.web.health import Health, Part
from models.web.outbox import Outbox
from models.web.problems import HANDLERS
from serving.api import Api
from serving.board import LiveBoard
from serving.catalogue import Catalogue
from serving.config_topic import ConfigTopic
from serving.data_health import Healths
from serving.devices import Devices
from serving.events import Feeds, Listener
from serving.follower import Follower
from serving.metrics import Metrics
from serving.offers import Offers
from serving.pairing import Pairing
from serving.session import Sessions
from serving.signin import SignIn

TABLET = Path(__file__).with_name("tablet")
MANAGER = Path(__file__).with_name("manager")


class Service:
    """The application and what it holds open."""

    def __init__(self, settings: Settings) -> None:
        self.board, self.catalogue = LiveBoard(settings.redis), Catalogue()
        self.feeds = Feeds(self.board, self.catalogue.withheld)
        self.outbox = Outbox(settings, "aislewise-serving", ("outcomes", "catalog", "config"))
        self.plans, self.config = PlanFolder(settings.plans), ConfigTopic(self.outbox)
        takes = {"catalog": self.catalogue.take, "config": self.config.take}
        self.topics = self.config.topics = Follower(settings.kafka, takes, self._moved)
        sign_in = SignIn(settings.require_secret(), self.config.of)
        pairing = Pairing(self.board.redis, settings.require_secret())
        metrics = Metrics(self.feeds.count)
        shared = (self.catalogue, self.topics, self.outbox)
        api = Api(settings, sign_in, self.plans, self.board, self.feeds, *shared, metrics)
        self.offers = Offers(settings, sign_in, self.plans, *shared)
        app = FastAPI(
            lifespan=self._lifespan, exception_handlers=dict(HANDLERS), openapi_url=None, redirect_slashes=False
        )
        _route(app, api, Sessions(settings.require_secret(), sign_in, pairing, self.config))
        _route_offers(app, self.offers)
        health = Healths(settings, sign_in, self.board, self.feeds)
        _route_devices(app, Devices(sign_in, self.board, pairing, self.config), health)
        parts: dict[str, Part] = {"redis": self.board, "kafka": self.outbox, "topics": self.topics}
        Health(parts, metrics.registry).route(app)
        self.app: ASGIApp = Edge(app, metrics)

    @asynccontextmanager
    async def _lifespan(self, app: FastAPI) -> AsyncIterator[None]:
        watching = asyncio.gather(self.outbox.watch(), self.topics.follow(), self.offers.keep(), self._look_at_plans())
        yield
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
        await self.outbox.close()
        await self.board.close()

    def _moved(self) -> None:
        """The catalogue or the configuration is another: open streams hear of it, or end."""
        self.feeds.withhold()
        if self.topics.complete:
            self.feeds.end(self._revoked)

    def _revoked(self, listener: Listener) -> bool:
        tablet = self.config.of(listener.store_id).tablets.get(listener.tablet or "")
        return tablet is not None and tablet.revoked is not None

    async def _look_at_plans(self) -> None:
        """A plan that is laid down while the process runs is served without a restart; a broken one is not."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            self.plans.look()


def _route(app: FastAPI, api: Api, sessions: Sessions) -> None:
    """Plain routes: a request's way through FastAPI's own costs as much as the answer."""
    app.add_route("/v1/stores/{store}/shoppers", api.shoppers, ["GET"])
    app.add_route("/v1/stores/{store}/prompts", api.prompts, ["GET"])
    app.add_route("/v1/stores/{store}/plan", api.plan, ["GET"])
    app.add_route("/v1/stores/{store}/lift", api.lift, ["GET"])
    app.add_route("/v1/prompts/{prompt_id}/outcome", api.outcome, ["POST"])
    app.add_route("/v1/session", sessions.session, ["GET"])
    app.add_route("/v1/session", sessions.sign_in, ["POST"])
    app.add_route("/v1/session", sessions.sign_out, ["DELETE"])
    app.add_route("/", page, ["GET"])
    app.add_route("/worker.js", worker, ["GET"])
    app.add_route("/manager", manager, ["GET"])
    app.mount("/tablet", StaticFiles(directory=TABLET))
    app.mount("/manager", StaticFiles(directory=MANAGER))


def _route_offers(app: FastAPI, offers: Offers) -> None:
    path = "/v1/stores/{store}/offers"
    app.add_route(path, offers.all, ["GET"])
    app.add_route(path, offers.add, ["POST"])
    app.add_route(f"{path}/{{offer}}", offers.change, ["PUT"])
    app.add_route(f"{path}/{{offer}}", offers.remove, ["DELETE"])
    app.add_route(f"{path}/{{offer}}/pause", offers.pause, ["POST"])
    app.add_route(f"{path}/{{offer}}/resume", offers.resume, ["POST"])
    app.add_route("/v1/stores/{store}/reach", offers.reach, ["GET"])


def _route_devices(app: FastAPI, devices: Devices, health: Healths) -> None:
    app.add_route("/v1/stores/{store}/health", health.health, ["GET"])
    app.add_route("/v1/stores/{store}/devices", devices.all, ["GET"])
    app.add_route("/v1/stores/{store}/staff", devices.add_staff, ["POST"])
    app.add_route("/v1/stores/{store}/staff/{name:path}", devices.remove_staff, ["DELETE"])
    app.add_route("/v1/stores/{store}/pairings", devices.invite, ["POST"])
    app.add_route("/v1/stores/{store}/tablets/{tablet}", devices.revoke, ["DELETE"])
    app.add_route("/v1/stores/{store}/lock", devices.lock, ["PUT"])


async def page(request: Request) -> Response:
    """The tablet's page; it loads the rest from /tablet."""
    return FileResponse(TABLET / "index.html")


async def manager(request: Request) -> Response:
    """The manager's page; it loads the rest from /manager, and from /tablet what both share."""
    return FileResponse(MANAGER / "index.html")


async def worker(request: Request) -> Response:
    """The tablet's service worker; a worker serves what lies below it, so it lies at the root."""
    return FileResponse(TABLET / "worker.js", media_type="text/javascript")


def run(settings: Settings, host: str, port: int) -> None:
    """Serves until SIGTERM or SIGINT, then drains; port 0 is a free one. Raises AwayError, SettingError, PlanError."""
    server.set_up_logs()
    service = Service(settings)
    # event streams would never end by themselves
    server.run("serve", service.app, host, port, before_drain=service.feeds.close)
