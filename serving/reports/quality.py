"""Whether a store's data are good for something: late and stray positions, their errors, zones that do not fit."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from starlette.requests import Request
from starlette.responses import Response

from models import folders, lake
from models.board import iso
from models.catalog import fold
from models.errors import InputError
from models.floorplan import FloorPlan
from models.folders import AnyPath
from models.plans import PlanFolder, StorePlans
from models.settings import Settings
from models.web.problems import Problem
from serving.catalogue import Catalogue
from serving.reports.desk import Clock, Desk, ask
from serving.reports.kept import Kept
from serving.reports.lately import MOST_SECONDS, SPAN_MS, recent
from serving.reports.report import Report
from serving.signin import SignIn

KEEP_SECONDS = 60.0
MOST_ZONES = 100
QUALITY = Report("quality", ("pings",), ())
COLUMNS = ("store_id", "device_id", "ts", "floor", "x_m", "y_m", "sigma_m", "offset", "row")

Why = Literal["no category", "no product", "not in the plan"]


class Unfit(msgspec.Struct, frozen=True):
    """A zone with which something is wrong: a display that shows nothing, or one that is in no plan any more."""

    zone: str
    name: str
    why: Why


class Quality(msgspec.Struct, frozen=True):
    """Of the last hour; shares of its positions are null where there are none."""

    positions: int
    phones: int
    newest: str | None
    late: float | None
    outside: float | None
    without_sigma: float | None
    """Share of positions without a size of their error: the engine then has one of its own for each phone."""
    sigma_m: float | None
    """The median, and 19 of 20 are less than the next."""
    sigma_p95_m: float | None
    zones: list[Unfit]


class QualityCalls:
    """One instance a process; its public method is an endpoint."""

    def __init__(
        self, settings: Settings, sign_in: SignIn, plans: PlanFolder, catalogue: Catalogue, desk: Desk
    ) -> None:
        self._sign_in, self._plans, self._catalogue = sign_in, plans, catalogue
        self._root, self._kept = folders.at(settings.lake), Kept[bytes](desk, KEEP_SECONDS)

    async def quality(self, request: Request) -> Response:
        """GET /v1/stores/{store}/quality: of the last hour, as old as a minute at most."""
        store_id = self._sign_in.managed(request)
        plans = self._plans.stores.get(store_id)
        if plans is None:
            raise Problem(404, f"there is no plan of store {store_id}", "store")
        categories = {one.category for one in self._catalogue.products().products.values()}
        made = await self._kept.of(store_id, lambda: self._made(store_id, plans, categories))
        return Response(made, media_type="application/json")

    def _made(self, store_id: str, plans: StorePlans, categories: Collection[str]) -> bytes:
        try:
            now_ms = int(time.time() * 1000)
            return msgspec.json.encode(quality(self._root, store_id, plans, categories, now_ms))
        except InputError as error:
            raise Problem(503, f"the history cannot be read: {error}") from None


def quality(root: AnyPath, store_id: str, plans: StorePlans, categories: Collection[str], now_ms: int) -> Quality:
    """`categories` are those of the products that are known; where none is, no display is blamed. Raises InputError."""
    clock, plan = Clock(MOST_SECONDS), plans.at(now_ms)
    pings = recent(root, "pings", COLUMNS, store_id, now_ms - SPAN_MS, clock)
    (found,) = ask(QUALITY.query, {"pings": pings, "floors": _floors(plan)}, {}, clock).to_pylist()
    newest = found.pop("newest")
    zones = [*_idle(plan, categories), *_strange(plans, _dwelled(root, store_id, now_ms, clock))]
    return Quality(**found, newest=None if newest is None else iso(newest), zones=zones[:MOST_ZONES])


def _floors(plan: FloorPlan) -> pa.Table:
    """The box of all that is drawn on each floor, in metres."""
    rows = []
    for floor in sorted({zone.floor for zone in plan.zones}):
        box = shapely.total_bounds([zone.shape for zone in plan.zones if zone.floor == floor])
        rows.append({"floor": floor, **dict(zip(("x0", "y0", "x1", "y1"), map(float, box), strict=True))})
    schema = pa.schema([("floor", pa.int16()), *((name, pa.float64()) for name in ("x0", "y0", "x1", "y1"))])
    return pa.Table.from_pylist(rows, schema)


def _idle(plan: FloorPlan, categories: Collection[str]) -> Iterator[Unfit]:
    """Displays at which nothing can be recommended for what is shown there."""
    for zone in plan.of_kind("display"):
        if not zone.categories:
            yield Unfit(zone.id, zone.name, "no category")
        elif categories and not {fold(one) for one in zone.categories} & {fold(one) for one in categories}:
            yield Unfit(zone.id, zone.name, "no product")


def _strange(plans: StorePlans, dwelled: Collection[str]) -> Iterator[Unfit]:
    """Where people dwelled, and no plan of the store has it: the workers had another one."""
    known = {zone.id for _, plan in plans.versions for zone in plan.zones}
    for zone_id in sorted(set(dwelled) - known):
        yield Unfit(zone_id, zone_id, "not in the plan")


def _dwelled(root: AnyPath, store_id: str, now_ms: int, clock: Clock) -> set[str]:
    """Zones of the dwells of today and yesterday, UTC."""
    today = datetime.fromtimestamp(now_ms / 1000, UTC).date()
    dates = {str(today - timedelta(days=ago)) for ago in (0, 1)}
    found: set[str] = set()
    for path in lake.files(root, "dwells", dates):
        for piece in lake.pieces(path, "dwells", ("store_id", "zone_id")):
            clock.check()
            rows: Mapping[str, Any] = piece.filter(pc.equal(piece.column("store_id"), store_id)).to_pydict()
            found |= set(rows["zone_id"])
    return found
