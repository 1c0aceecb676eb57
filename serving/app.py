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
from models.web.config_topic import ConfigTopic
from models.web.edge import Edge
from models.web.follower import Follower
from models.web.health import Health, Part
from models.web.outbox import Outbox
from models.web.problems import HANDLERS
from serving import offline
from serving.api import Api
from serving.board import LiveBoard
from serving.bundles import BundleCalls
from serving.catalogue import Catalogue
from serving.customers import Customers
from serving.data_health import Healths
from serving.devices import Devices
from serving.events import Feeds, Listener
from serving.metrics import Metrics
from serving.offers import Offers
from serving.pairing import Pairing
from serving.pictures import Pictures
from serving.plans import Plans
from serving.privacy import Privacy
from serving.reports.calls import ReportCalls
from serving.reports.lately import LatelyCalls
from serving.reports.quality import QualityCalls
from serving.requests import Requests
from serving.routes import Calls, route
from serving.senders import Senders
from serving.session import Sessions
from serving.signin import SignIn

TABLET = Path(__file__).with_name("tablet")
MANAGER = Path(__file__).with_name("manager")


class Service:
    """The application and what it holds open."""

    def __init__(self, settings: Settings) -> None:
        self.board, self.catalogue = LiveBoard(settings.redis), Catalogue()
        self.feeds = Feeds(self.board, self.catalogue.withheld)
        self.outbox = Outbox(settings, "aislewise-serving", ("outcomes", "requests", "catalog", "config"))
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
        self.reports = ReportCalls(settings, sign_in, self.plans)
        calls = Calls(
            api,
            Sessions(settings.require_secret(), sign_in, pairing, self.config),
            Requests(sign_in, self.board, self.outbox),
            Plans(settings, sign_in, self.plans),
            self.offers,
            Devices(sign_in, self.board, pairing, self.config),
            Healths(settings, sign_in, self.board, self.feeds),
            self.reports,
            LatelyCalls(settings, sign_in, self.reports.desk),
            Customers(settings, sign_in, self.plans, self.board, self.catalogue, self.reports.desk),
            Pictures(settings, sign_in),
            BundleCalls(settings, sign_in),
            Senders(sign_in, self.board.redis, self.config),
            Privacy(settings, sign_in, self.config),
            QualityCalls(settings, sign_in, self.plans, self.catalogue, self.reports.desk),
        )
        route(app, calls)
        _pages(app)
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

    def hurry(self) -> None:
        """Ends what would go on while the process drains: event streams never end by themselves, reports take long."""
        self.feeds.close()
        self.reports.desk.close()

    async def _look_at_plans(self) -> None:
        """A plan that is laid down while the process runs is served without a restart; a broken one is not."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            self.plans.look()


def _pages(app: FastAPI) -> None:
    for path, page in (("/", tablet), ("/worker.js", worker), ("/manager", manager)):
        app.add_route(path, page, ["GET"])
    app.mount("/tablet", StaticFiles(directory=TABLET))
    app.mount("/manager", StaticFiles(directory=MANAGER))


async def tablet(request: Request) -> Response:
    """The tablet's page; it loads the rest from /tablet."""
    return FileResponse(TABLET / "index.html")


async def manager(request: Request) -> Response:
    """The manager's page; it loads the rest from /manager, and from /tablet what both share."""
    return FileResponse(MANAGER / "index.html")


async def worker(request: Request) -> Response:
    """The tablet's service worker; a worker serves what lies below it, so it lies at the root."""
    return Response(offline.worker(TABLET), media_type="text/javascript")


def run(settings: Settings, host: str, port: int) -> None:
    """Serves until SIGTERM or SIGINT, then drains; port 0 is a free one. Raises AwayError, SettingError, PlanError."""
    server.set_up_logs()
    service = Service(settings)
    server.run("serve", service.app, host, port, before_drain=service.hurry)
