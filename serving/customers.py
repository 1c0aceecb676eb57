"""The call that finds a loyalty customer who has checked in at the store today, and what they bought before."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from models import folders, ids
from models.board import LiveVisit
from models.errors import InputError
from models.plans import PlanFolder
from models.settings import Settings
from models.times import milliseconds
from models.web.bodies import read_json
from models.web.problems import Problem
from serving.board import LiveBoard
from serving.catalogue import Catalogue
from serving.past import Bought, Past
from serving.reports.desk import Desk
from serving.reports.period import Period
from serving.signin import SignIn

MOST_ID = 200
MOST_LINES = 20
"""Of what they bought the newest: there is no time to read more beside a customer."""
MOST_SECONDS = 10.0
PURCHASES_SECONDS = 2.0
"""Then what was found has to do."""


class Wanted(msgspec.Struct, forbid_unknown_fields=True):
    """The customer's number as it is scanned. In the body: an address comes into logs."""

    customer_id: str


class Found(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who was looked for."""

    state: Literal["here", "left", "refused", "unknown"]
    """`left` has checked in today and is in no visit now, `refused` did not consent, `unknown` has not checked in."""
    delay_s: float
    """A check-in that is younger may not be known yet."""
    visit_id: str | None = None
    purchases: list[Bought] = []
    since: str | None = None
    """The first date that was looked at for purchases; None where the history has none of anybody."""


class Customers:
    """One instance a process."""

    def __init__(
        self, settings: Settings, sign_in: SignIn, plans: PlanFolder, board: LiveBoard, catalogue: Catalogue, desk: Desk
    ) -> None:
        self._secret, self._root = settings.require_secret(), folders.at(settings.lake)
        self._delay_s = settings.history_seconds
        self._sign_in, self._plans, self._board, self._catalogue, self._desk = sign_in, plans, board, catalogue, desk

    async def find_customer(self, request: Request) -> Response:
        """POST /v1/stores/{store}/customers: the visit of a customer who has checked in today, and their purchases.

        Purchases are told where the customer has consented at the check-in and is in the store now.
        """
        store_id = self._sign_in.store(request)
        wanted = (await read_json(request, Wanted)).customer_id.strip()
        if not 0 < len(wanted) <= MOST_ID:
            raise Problem(422, f"not of 1 to {MOST_ID} characters", "customer_id")
        plans = self._plans.stores.get(store_id)
        if plans is None:
            raise Problem(404, f"there is no plan of store {store_id}, which says when its days begin", "store")
        now_ms = int(time.time() * 1000)
        today = Period.parse(None, None, plans.at(now_ms).timezone, now_ms)
        visits = await self._board.shoppers(store_id)
        customer = ids.customer(wanted, self._secret)
        found = await self._desk.work(lambda: self._found(store_id, customer, today, visits))
        return Response(msgspec.json.encode(found), media_type="application/json")

    def _found(self, store_id: str, customer: str, today: Period, visits: Iterable[LiveVisit]) -> Found:
        past = Past(self._root, _until(time.monotonic() + MOST_SECONDS))
        try:
            checkin = past.checkin(store_id, customer, today)
            if checkin is None:
                return Found("unknown", self._delay_s)
            if not checkin.consent:
                return Found("refused", self._delay_s)
            visit_id = visit_of(store_id, checkin.device_id, visits, past, today)
            if visit_id is None:
                return Found("left", self._delay_s)
            bought, since = self._bought(past, customer)
        except InputError as error:
            raise Problem(503, f"the history cannot be read: {error}") from None
        return Found("here", self._delay_s, visit_id, bought, since)

    def _bought(self, past: Past, customer: str) -> tuple[list[Bought], str | None]:
        """The newest lines, and how far back was looked."""
        found: list[Bought] = []
        since, ends = None, time.monotonic() + PURCHASES_SECONDS
        for day, lines in past.purchases(customer, datetime.now(UTC).date()):
            since = day or None
            found += lines
            if len(found) >= MOST_LINES or time.monotonic() > ends:
                break
        products = self._catalogue.products().products
        return [
            msgspec.structs.replace(one, name=products[one.sku].name) if one.sku in products else one
            for one in found[:MOST_LINES]
        ], since


def _until(ends: float) -> Callable[[], None]:
    def check() -> None:
        if time.monotonic() >= ends:
            raise Problem(503, f"the history took longer than {MOST_SECONDS:g} s to read: try again in a minute")

    return check


def visit_of(store_id: str, device_id: str, visits: Iterable[LiveVisit], past: Past, today: Period) -> str | None:
    """The visit of a phone among those that go on now: their ids are made of phone and first ping.

    Where pings came out of order at its beginning, the visit's moments in the lake say whose it is.
    """
    begun = {visit.visit_id: milliseconds(visit.since) for visit in visits}
    made = (visit_id for visit_id, ms in begun.items() if ids.visit_id(store_id, device_id, ms) == visit_id)
    return next(made, None) or next((one for one in past.visits(store_id, device_id, today) if one in begun), None)
