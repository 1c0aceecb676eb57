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
from models.web.health import Health
from models.web.outbox import Outbox
from models.web.problems import HANDLERS
from serving.api import Api
from serving.board import LiveBoard
from serving.bundles import BundleCalls
from serving.events import Feeds
from serving.metrics import Metrics
from serving.reports.calls import ReportCalls
from serving.reports.lately import LatelyCalls

TABLET = Path(__file__).with_name("tablet")
MANAGER = Path(__file__).with_name("manager")


class Service:
    """The application and what it holds open."""

    def __init__(self, settings: Settings) -> None:
        self.board = LiveBoard(settings.redis)
        self.feeds = Feeds(self.board)
        self.outbox = Outbox(settings, "aislewise-serving", ("outcomes",))
        self.plans = PlanFolder(settings.plans)
        metrics = Metrics(self.feeds.count)
        api = Api(settings, self.plans, self.board, self.feeds, self.outbox, metrics)
        app = FastAPI(
            lifespan=self._lifespan, exception_handlers=dict(HANDLERS), openapi_url=None, redirect_slashes=False
        )
        _route(app, api)
        self.reports = ReportCalls(settings, self.plans)
        _route_reports(app, self.reports, LatelyCalls(settings, self.reports.desk))
        _route_bundles(app, BundleCalls(settings))
        Health({"redis": self.board, "kafka": self.outbox}, metrics.registry).route(app)
        self.app: ASGIApp = Edge(app, metrics)

    @asynccontextmanager
    async def _lifespan(self, app: FastAPI) -> AsyncIterator[None]:
        watching = asyncio.gather(self.outbox.watch(), self._look_at_plans())
        yield
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
        await self.outbox.close()
        await self.board.close()

    def hurry(self) -> None:
        """Ends what would go on while the process drains: event streams never end by themselves, reports take long."""
        self.feeds.close()
        self.reports.desk.close()

    async def _look_at_plans(self) -> None:
        """A plan that is laid down while the process runs is served without a restart; a broken one is not."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            self.plans.look()


def _route(app: FastAPI, api: Api) -> None:
    """Plain routes: a request's way through FastAPI's own costs as much as the answer."""
    app.add_route("/v1/stores/{store}/shoppers", api.shoppers, ["GET"])
    app.add_route("/v1/stores/{store}/prompts", api.prompts, ["GET"])
    app.add_route("/v1/stores/{store}/plan", api.plan, ["GET"])
    app.add_route("/v1/stores/{store}/lift", api.lift, ["GET"])
    app.add_route("/v1/prompts/{prompt_id}/outcome", api.outcome, ["POST"])
    app.add_route("/v1/session", api.session, ["GET"])
    app.add_route("/v1/session", api.sign_in, ["POST"])
    app.add_route("/v1/session", api.sign_out, ["DELETE"])
    app.add_route("/", page, ["GET"])
    app.add_route("/worker.js", worker, ["GET"])
    app.add_route("/manager", manager, ["GET"])
    app.mount("/tablet", StaticFiles(directory=TABLET))
    app.mount("/manager", StaticFiles(directory=MANAGER))


def _route_reports(app: FastAPI, reports: ReportCalls, lately: LatelyCalls) -> None:
    app.add_route("/v1/stores/{store}/reports", reports.reports, ["GET"])
    app.add_route("/v1/stores/{store}/reports/{name}.svg", reports.report_plot, ["GET"])
    app.add_route("/v1/stores/{store}/reports/{name}", reports.report, ["GET"])
    app.add_route("/v1/stores/{store}/heat", lately.heat, ["GET"])


def _route_bundles(app: FastAPI, bundles: BundleCalls) -> None:
    app.add_route("/v1/bundles", bundles.bundles, ["GET"])
    app.add_route("/v1/bundles/rollback", bundles.rollback, ["POST"])
    app.add_route("/v1/bundles/promote", bundles.promote, ["POST"])


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
    server.run("serve", service.app, host, port, before_drain=service.hurry)
