"""The calls about a store's plans that a manager makes: list, read, check, import, save, take back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from models import folders
from models.drawn_kinds import Kinds
from models.errors import InputError, PlanError
from models.floorplan import Frame
from models.plan_import import Drawing, Imported, Reading, plan_of
from models.plans import PlanFolder
from models.settings import Settings
from models.web.bodies import read_json
from models.web.problems import Problem
from serving.plan_versions import Versions, parsed, refused, summary
from serving.signin import SignIn

T = TypeVar("T")


class PostedPlan(msgspec.Struct):
    """The body of `POST plans`; without `from` it is the store's first."""

    plan: dict[str, Any]
    since: date | None = msgspec.field(name="from", default=None)


class PostedDraft(msgspec.Struct):
    """The body of `POST plans/check`."""

    plan: dict[str, Any]


class PostedFrame(msgspec.Struct):
    """Where a plan lies on Earth."""

    lon: float
    lat: float
    rotation_deg: float = 0.0


class PostedDrawing(msgspec.Struct):
    """The body of `POST plans/import`: somebody else's GeoJSON, and how it is to be read."""

    file: dict[str, Any]
    timezone: str
    kinds: str = ""
    floor: int | None = None
    frame: PostedFrame | None = None
    rest: str | None = None
    cut: bool = False


class Plans:
    """Endpoints. What is saved is in force in this process at once, and in the others within seconds."""

    def __init__(self, settings: Settings, sign_in: SignIn, plans: PlanFolder) -> None:
        self._sign_in = sign_in
        self._folder, self._plans = folders.at(settings.plans), plans
        self._one_at_a_time = asyncio.Lock()

    async def plan_versions(self, request: Request) -> Response:
        """GET /v1/stores/{store}/plans: every version, in the order in which they hold."""
        versions = self._versions(request)
        return _json({"plans": await _beside(lambda: versions.all(_now()))})

    async def plan_version(self, request: Request) -> Response:
        """GET /v1/stores/{store}/plans/{version}: its GeoJSON."""
        versions, version = self._versions(request), str(request.path_params["version"])
        plan = await _beside(lambda: versions.plan(version))
        return _json(plan.features, media_type="application/geo+json")

    async def check_plan(self, request: Request) -> Response:
        """POST /v1/stores/{store}/plans/check: what a plan holds, or what is wrong with it; nothing is saved."""
        store_id = self._sign_in.managed(request)
        posted = await read_json(request, PostedDraft)
        plan, _ = await _beside(lambda: parsed(posted.plan, store_id))
        return _json(summary(plan))

    async def import_plan(self, request: Request) -> Response:
        """POST /v1/stores/{store}/plans/import: a plan of another's GeoJSON; nothing is saved."""
        store_id = self._sign_in.managed(request)
        posted = await read_json(request, PostedDrawing)
        imported = await _beside(lambda: _imported(posted, store_id))
        return _json(imported._asdict())

    async def save_plan(self, request: Request) -> Response:
        """POST /v1/stores/{store}/plans: a new version; the same again changes nothing."""
        store_id = self._sign_in.managed(request)
        posted = await read_json(request, PostedPlan)
        versions = Versions(self._folder, store_id)
        plan, data = await _beside(lambda: parsed(posted.plan, store_id))
        async with self._one_at_a_time:
            saved = await _beside(lambda: versions.save(plan, data, posted.since, _now()))
        await asyncio.to_thread(self._plans.look, at_once=True)
        return _json(saved, 201)

    async def take_back_plan(self, request: Request) -> Response:
        """DELETE /v1/stores/{store}/plans/{date}: a version that has not begun."""
        versions, since = self._versions(request), _date(str(request.path_params["date"]))
        async with self._one_at_a_time:
            await _beside(lambda: versions.take_back(since, _now()))
        await asyncio.to_thread(self._plans.look, at_once=True)
        return Response(status_code=204)

    def _versions(self, request: Request) -> Versions:
        return Versions(self._folder, self._sign_in.managed(request))


async def _beside(work: Callable[[], T]) -> T:
    """In a thread, for plans are large and folders may be far away. Raises Problem 409 for a broken file among them."""
    try:
        return await asyncio.to_thread(work)
    except PlanError as error:
        raise Problem(409, f"a plan of this store cannot be used: {error}") from None


def _imported(posted: PostedDrawing, store_id: str) -> Imported:
    try:
        frame = Frame(posted.frame.lon, posted.frame.lat, posted.frame.rotation_deg) if posted.frame else None
        kinds = Kinds.parse(posted.kinds)
        how = Reading(store_id, posted.timezone, kinds, frame, posted.rest, posted.cut)
        return plan_of([Drawing(posted.file, posted.floor)], how)
    except PlanError as error:
        raise refused(error, "file") from None
    except InputError as error:
        raise Problem(422, f"{error.reason} ({error.hint})", error.field) from None


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Problem(422, f"{text[:80]!r} is no date, as in 2026-12-01", "date") from None


def _now() -> datetime:
    return datetime.now(UTC)


def _json(content: object, status: int = 200, media_type: str = "application/json") -> Response:
    return Response(msgspec.json.encode(content), status, media_type=media_type)
