"""The calls of DESIGN §5 that a tablet makes. What they refuse is a Problem, what they can't reach an AwayError."""

from __future__ import annotations

import asyncio
import time

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from models import ids
from models.board import BoardPrompt
from models.catalog_records import TOPIC
from models.keys import StreamId
from models.plans import PlanFolder
from models.settings import Settings
from models.tokens import Bearer
from models.web.bodies import read_json
from models.web.follower import Follower
from models.web.outbox import Outbox
from models.web.problems import Problem
from serving.board import KnownPrompt, LiveBoard, stream_id
from serving.catalogue import Catalogue
from serving.claims import MOVES
from serving.departments import chooser
from serving.events import Feeds, Listener, frames
from serving.lift import Newest
from serving.metrics import Metrics
from serving.outcomes import Outcome, PostedOutcome, check, idempotency_key
from serving.signin import SignIn
from serving.stream import EventStream


class Api:
    """One instance a process; every method but the constructor is an endpoint."""

    def __init__(
        self,
        settings: Settings,
        sign_in: SignIn,
        plans: PlanFolder,
        board: LiveBoard,
        feeds: Feeds,
        catalogue: Catalogue,
        topics: Follower,
        outbox: Outbox,
        metrics: Metrics,
    ) -> None:
        self._secret, self._sign_in = settings.require_secret(), sign_in
        self._catalogue, self._topics = catalogue, topics
        self._lift = Newest(settings.bundles)
        self._ahead_ms = settings.max_ahead_seconds * 1000
        self._plans, self._board, self._feeds, self._outbox, self._metrics = plans, board, feeds, outbox, metrics

    async def shoppers(self, request: Request) -> Response:
        """GET /v1/stores/{store}/shoppers: who is in the store now; nothing is recommended of an offer that rests."""
        store_id, tablet = self._sign_in.store(request), self._sign_in.bearer(request).tablet
        if tablet:
            await self._board.note_tablet(store_id, tablet)
        shoppers, withheld = await self._board.shoppers(store_id), self._catalogue.withheld(store_id).offers
        return _json([shopper.without(withheld) for shopper in shoppers] if withheld else shoppers)

    async def prompts(self, request: Request) -> Response:
        """GET /v1/stores/{store}/prompts: server-sent events.

        With `claims=1` also who is on which (`event: claim`), and which offers nobody may see (`event: offers`).
        """
        store_id, tablet = self._sign_in.store(request), self._sign_in.bearer(request).tablet
        chosen = chooser(request.query_params.get("department"), lambda: self._plans.stores.get(store_id))
        claims = request.query_params.get("claims") == "1"
        # nothing is shown before it is known what is paused
        self._topics.partitions(TOPIC)
        listener = await self._feeds.listen(store_id, _last_event_id(request), claims, tablet)
        self._still(request, listener)

        def wanted(prompt: BoardPrompt) -> bool:
            return chosen(prompt) and self._catalogue.shows(prompt)

        return EventStream(frames(listener, wanted, self._metrics.prompts.inc), lambda: self._feeds.leave(listener))

    def _still(self, request: Request, listener: Listener) -> None:
        """Raises Problem 401 where the tablet was revoked before it was among those whose streams are ended."""
        try:
            self._sign_in.bearer(request)
        except Problem:
            self._feeds.leave(listener)
            raise

    async def outcome(self, request: Request) -> Response:
        """POST /v1/prompts/{prompt_id}/outcome: 202 once Kafka has it."""
        bearer, prompt_id = self._sign_in.bearer(request), str(request.path_params["prompt_id"])
        posted = await read_json(request, PostedOutcome)
        key = idempotency_key(request.headers.get("idempotency-key"))
        ts_ms = check(posted, int(time.time() * 1000), self._ahead_ms)
        known = await self._known(prompt_id, bearer)
        if posted.kind in MOVES:
            await self._move(known.store_id, prompt_id, posted, key, bearer.staff)
        said = (posted.kind, posted.undoes, posted.reason)
        # colleagues see the name; what is kept for good does not have it
        staff = ids.staff(known.store_id, bearer.staff, self._secret) if bearer.staff else None
        outcome = Outcome(key, known.store_id, prompt_id, known.visit_id, ts_ms, *said, staff)
        await self._outbox.send("outcomes", known.store_id, msgspec.json.encode(outcome))
        self._metrics.outcomes.labels(posted.kind).inc()
        return _json({"outcome_id": key}, 202)

    async def _move(self, store_id: str, prompt_id: str, posted: PostedOutcome, key: str, staff: str | None) -> None:
        """Raises Problem 409 where somebody else has the prompt."""
        claims = self._board.claims
        if not await claims.move(store_id, prompt_id, posted.kind, key, staff, posted.undoes):
            who = await claims.staff_of(store_id, prompt_id) or "somebody else"
            raise Problem(409, f"{who} has this prompt", "kind")

    async def plan(self, request: Request) -> Response:
        """GET /v1/stores/{store}/plan: the GeoJSON of the plan that holds now."""
        store_id = self._sign_in.store(request)
        plans = self._plans.stores.get(store_id)
        if plans is None:
            raise Problem(404, f"there is no plan of store {store_id}", "store")
        return _json(plans.at(int(time.time() * 1000)).features, media_type="application/geo+json")

    async def lift(self, request: Request) -> Response:
        """GET /v1/stores/{store}/lift: what prompting brings, null while that is unknown."""
        self._sign_in.store(request)
        return _json({"lift": await asyncio.to_thread(self._lift.get)})

    async def _known(self, prompt_id: str, bearer: Bearer) -> KnownPrompt:
        known, complete = await self._board.known_prompt(prompt_id, bearer.store)
        if known is None and not complete:
            raise Problem(503, "the board is being rebuilt: repeat the same request")
        if known is None:
            raise Problem(404, "no such prompt was shown", "prompt_id")
        self._sign_in.may_see(bearer, known.store_id)
        return known


def _last_event_id(request: Request) -> StreamId | None:
    text = request.headers.get("last-event-id")
    if not text:
        return None
    try:
        return stream_id(text)
    except ValueError:
        raise Problem(422, f"{text[:80]!r} is no id of this stream", "Last-Event-ID") from None


def _json(content: object, status: int = 200, media_type: str = "application/json") -> Response:
    return Response(msgspec.json.encode(content), status, media_type=media_type)
