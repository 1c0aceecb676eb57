"""The calls of the manager's view of offers: made, changed and deleted, paused and resumed, and whom they may reach.

A change is a record of the topic `catalog`, as an import's is; it is answered when this process has read it back.
"""

from __future__ import annotations

import asyncio
import time

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from models.catalog import Offer, Pause, Row, key_of
from models.catalog_records import TOPIC, Change, records
from models.plans import PlanFolder
from models.settings import Settings
from models.web.bodies import read_json
from models.web.follower import Follower
from models.web.outbox import Outbox
from models.web.problems import Problem
from serving.catalogue import Catalogue
from serving.offer_file import OfferFile
from serving.posted_offer import PostedOffer, offer
from serving.reach import Days
from serving.shown_offers import Shelf
from serving.signin import SignIn


class Offers:
    """One instance a process; its public methods but `keep` are endpoints."""

    def __init__(
        self,
        settings: Settings,
        sign_in: SignIn,
        plans: PlanFolder,
        catalogue: Catalogue,
        topics: Follower,
        outbox: Outbox,
    ) -> None:
        self._sign_in, self._plans, self._catalogue = sign_in, plans, catalogue
        self._topics, self._outbox = topics, outbox
        self._days = Days(settings.lake, settings.prompt_after_seconds)
        self._file = OfferFile(settings.lake, catalogue.offer)

    async def keep(self) -> None:
        """Keeps the lake's file after the topic; runs until it is cancelled."""
        await self._file.keep()

    async def offers(self, request: Request) -> Response:
        """GET /v1/stores/{store}/offers: those of the store and of all stores, and the categories there are."""
        store_id = self._sign_in.managed(request)
        self._topics.partitions(TOPIC)
        shelf = await self._shelf(store_id)
        offers = self._catalogue.offers(store_id).values()
        rows = sorted(offers, key=lambda one: (one.starts, one.offer_id), reverse=True)
        categories = sorted({product.category for product in self._catalogue.products().products.values()})
        return _json({"offers": [shelf.shown(row) for row in rows], "categories": categories, "day": shelf.day})

    async def reach(self, request: Request) -> Response:
        """GET /v1/stores/{store}/reach?sku= or ?category=: whom an offer on it may reach, `reach` null if unknown."""
        store_id, asked = self._sign_in.managed(request), request.query_params
        self._topics.partitions(TOPIC)
        product = self._catalogue.products().products.get(asked.get("sku", ""))
        if asked.get("sku") and product is None:
            raise Problem(422, f"there is no product {asked['sku'][:80]!r}", "sku")
        shelf = await self._shelf(store_id)
        reach = shelf.reach(product.category if product else asked.get("category"))
        return _json({"name": product.name if product else None, "reach": reach})

    async def add_offer(self, request: Request) -> Response:
        """POST /v1/stores/{store}/offers: 201; the same offer under the same id again changes nothing."""
        store_id = self._sign_in.managed(request)
        row = offer(await read_json(request, PostedOffer), store_id, None, self._catalogue)
        there = self._catalogue.offer(row.offer_id)
        if there not in (None, row):
            why = f"there is another offer {row.offer_id}: choose another id, or change that one"
            raise Problem(409, why, "offer_id")
        return await self._put(store_id, there, row, 201)

    async def change_offer(self, request: Request) -> Response:
        """PUT /v1/stores/{store}/offers/{id}: the offer is this now; a pause stays."""
        store_id = self._sign_in.managed(request)
        posted = await read_json(request, PostedOffer)
        there = self._own(request, store_id)
        return await self._put(store_id, there, offer(posted, store_id, there.offer_id, self._catalogue), 200)

    async def remove_offer(self, request: Request) -> Response:
        """DELETE /v1/stores/{store}/offers/{id}: 204, also where it is gone already; open cards of it go too."""
        store_id = self._sign_in.managed(request)
        if str(request.path_params["offer"]) in self._catalogue.offers(store_id):
            there = self._own(request, store_id)
            await self._send(key_of(there), there, None)
            await self._rest(store_id, there.offer_id, None)
            self._file.change(there.offer_id)
        return Response(status_code=204)

    async def pause_offer(self, request: Request) -> Response:
        """POST /v1/stores/{store}/offers/{id}/pause: it rests in this store, and no tablet shows it any more."""
        store_id = self._sign_in.managed(request)
        row = self._found(request, store_id)
        if self._catalogue.of(store_id).paused(store_id, row.offer_id) is None:
            await self._rest(store_id, row.offer_id, Pause(store_id, row.offer_id, _now_ms()))
        return await self._answer(store_id, row, 200)

    async def resume_offer(self, request: Request) -> Response:
        """POST /v1/stores/{store}/offers/{id}/resume: its dates count again."""
        store_id = self._sign_in.managed(request)
        row = self._found(request, store_id)
        await self._rest(store_id, row.offer_id, None)
        return await self._answer(store_id, row, 200)

    def _found(self, request: Request, store_id: str) -> Offer:
        offer_id = str(request.path_params["offer"])
        row = self._catalogue.offers(store_id).get(offer_id)
        if row is None:
            raise Problem(404, f"there is no offer {offer_id[:80]!r} in this store", "offer")
        return row

    def _own(self, request: Request, store_id: str) -> Offer:
        """One that a manager of the store may change. Raises Problem 403 for one of all stores."""
        row = self._found(request, store_id)
        if row.store_id is None:
            why = "it holds in all stores: pause it here, or change it for all by `aislewise catalog import`"
            raise Problem(403, why, "offer")
        return row

    async def _put(self, store_id: str, old: Offer | None, row: Offer, status: int) -> Response:
        await self._send(key_of(row), old, row)
        self._file.change(row.offer_id)
        return await self._answer(store_id, row, status)

    async def _rest(self, store_id: str, offer_id: str, pause: Pause | None) -> None:
        old = Pause(store_id, offer_id, 0)
        await self._send(key_of(old), old, pause)

    async def _send(self, key: str, old: Row | None, new: Row | None) -> None:
        """Returns when Kafka has it and this process has read it back. Raises AwayError."""
        change = Change(key, old, new)
        for partition, value in records(change, self._topics.partitions(TOPIC)):
            await self._topics.reach(await self._outbox.send(TOPIC, key, value, partition=partition))

    async def _answer(self, store_id: str, row: Offer, status: int) -> Response:
        return _json((await self._shelf(store_id)).shown(row), status)

    async def _shelf(self, store_id: str) -> Shelf:
        now_ms, plans = _now_ms(), self._plans.stores.get(store_id)
        day = await asyncio.to_thread(self._days.last, store_id)
        return Shelf(self._catalogue, store_id, now_ms, plans.at(now_ms) if plans else None, day, self._days.seconds)


def _now_ms() -> int:
    return int(time.time() * 1000)


def _json(content: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(content), status, media_type="application/json")
