"""The process `gateway`: three calls in, one record each to Kafka, an answer once Kafka has it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AbstractContextManager, asynccontextmanager, suppress
from typing import Any

import msgspec
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from models import ids
from models.config import TOPIC
from models.plans import LOOK_SECONDS, PlanFolder, StorePlans
from models.salts import Salts
from models.settings import Settings
from models.tokens import key_id
from models.web import bodies, server
from models.web.bearer import HEADER, header_token, verified
from models.web.config_topic import ConfigTopic
from models.web.edge import Edge
from models.web.follower import Follower
from models.web.health import Health
from models.web.metrics import WebMetrics
from models.web.outbox import Outbox
from models.web.problems import HANDLERS, Problem
from streams.gateway import pings_in, sales_in
from streams.gateway.batches import LARGEST, Batches, Place
from streams.gateway.rows import Fault, Refusal, Row, columns, read
from streams.gateway.senders import Senders, Tally

WRITES = ("pings", "purchases", "checkins")


class Gateway:
    """The calls, and what they need: plans, salts, batches and the way to Kafka."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._secret = settings, settings.require_secret()
        self._plans = PlanFolder(settings.plans)
        self._salts = Salts(settings.salts)
        self._outbox = Outbox(settings, "aislewise-gateway", (*WRITES, TOPIC))
        self._config = ConfigTopic(self._outbox)
        self._topics = self._config.topics = Follower(settings.kafka, {TOPIC: self._config.take}, lambda: None)
        self._senders = Senders(settings.redis)
        self._batches = Batches(self._outbox.send, settings.flush_ms)
        metrics = WebMetrics("gateway")
        self._pings = metrics.counter("pings", "Pings by what became of them.", "answer")
        app = FastAPI(
            lifespan=self._lifespan, exception_handlers=dict(HANDLERS), openapi_url=None, redirect_slashes=False
        )
        for path, call in (("pings", self.pings), ("purchases", self.purchases), ("checkins", self.checkins)):
            app.add_route(f"/v1/{path}", call, ["POST"])
        Health({"kafka": self._outbox, "config": self._topics}, metrics.registry).route(app)
        self.app: ASGIApp = Edge(app, metrics)

    async def pings(self, request: Request) -> Response:
        """POST /v1/pings: 202 with what was accepted and which rows were refused."""
        with self._sender(request) as sender:
            media = bodies.media_type(request, pings_in.MEDIA)
            sent = pings_in.decode(await bodies.read(request), media)
            for named in sent.stores - {sender.store}:
                raise Problem(403, f"the token is for store {sender.store}, not {str(named)[:80]!r}", "store_id")
            known = self._store(sender.store)
            named_rows = pings_in.MEDIA[media] != bodies.JSON
            good, refused = read(
                sent.rows, self._check(sender.store), lambda row: _check_store(row) if named_rows else None
            )
            await self._deliver(known, good)
            sender.accepted, sender.refused = len(good), len(refused)
        self._pings.labels("accepted").inc(len(good))
        self._pings.labels("refused").inc(len(refused))
        return _answer(len(good), refused)

    async def purchases(self, request: Request) -> Response:
        """POST /v1/purchases: 202 once Kafka has the receipt."""
        with self._sender(request) as sender:
            record = sales_in.receipt(await self._envelope(request, sender.store))
            if record["customer_id"] is not None:
                record["customer_id"] = ids.customer(record["customer_id"], self._secret)
            return await self._send("purchases", record, sender)

    async def checkins(self, request: Request) -> Response:
        """POST /v1/checkins: 202; a customer has said that this phone is theirs today."""
        with self._sender(request) as sender:
            record = sales_in.checkin(await self._envelope(request, sender.store))
            try:
                self._check_time(record["ts"])
                self._check_opted_out(sender.store, record["device_id"])
            except Fault as fault:
                raise Problem(422, f"{fault.field} {fault.reason}", fault.field) from None
            day = self._plans.stores[record["store_id"]].local_date(record["ts"])
            salt = await self._salts.fetch(record["store_id"], day)
            record["device_id"] = ids.phone_text(ids.phone(record["device_id"], salt))
            record["customer_id"] = ids.customer(record["customer_id"], self._secret)
            return await self._send("checkins", record, sender)

    async def _envelope(self, request: Request, store: str) -> Mapping[str, Any]:
        bodies.media_type(request, (bodies.JSON,))
        given = pings_in.envelope(bodies.parse_json(await bodies.read(request)))
        if given["store_id"] != store:
            raise Problem(403, f"the token is for store {store}, not {given['store_id'][:80]!r}", "store_id")
        self._store(store)
        return given

    async def _send(self, topic: str, record: Mapping[str, Any], sender: Tally) -> Response:
        await self._outbox.send(topic, record["store_id"], msgspec.json.encode(record))
        sender.accepted = 1
        return Response(b'{"accepted":1}', 202, media_type="application/json")

    async def _deliver(self, known: StorePlans, rows: list[Row]) -> None:
        """Pseudonyms, then one batch a plan's corner; all are sent together."""
        by_place: dict[Place, list[Row]] = {}
        for row in rows:
            plan = known.at(row.ts)
            by_place.setdefault((plan.store, plan.corner), []).append(row)
        parts = [
            self._batches.add(place, columns(part, await self._phones(known, part)))
            for place, placed in by_place.items()
            for part in (placed[at : at + LARGEST] for at in range(0, len(placed), LARGEST))
        ]
        await asyncio.gather(*parts)

    async def _phones(self, known: StorePlans, rows: list[Row]) -> list[int]:
        store = known.newest.store
        days: dict[int, bytes] = {}
        for hour in {row.ts // 900_000 for row in rows}:
            # time zones change their date at a quarter of an hour at the finest
            days[hour] = await self._salts.fetch(store, known.local_date(hour * 900_000))
        return [ids.phone(row.device_id, days[row.ts // 900_000]) for row in rows]

    def _sender(self, request: Request) -> AbstractContextManager[Tally]:
        """Whose token it is; what becomes of the request is counted. Raises Problem 401 and 403, AwayError."""
        token = header_token(request)
        store, key = verified(self._secret, token, ("sender",)).store, key_id(token or "")
        known = self._config.of(store).senders.get(key)
        if known is not None and known.revoked is not None:
            raise Problem(401, "the key was revoked: ask the store's manager for another", HEADER)
        return self._senders.counted(store, key)

    def _store(self, store: str) -> StorePlans:
        if store not in self._plans.stores:
            raise Problem(422, f"store {store[:80]!r} has no plan here", "store_id")
        return self._plans.stores[store]

    def _check_time(self, ts_ms: int) -> None:
        """Raises Fault for a ts that no clock of this day would give."""
        age_s = time.time() - ts_ms / 1000
        if age_s > self._settings.max_age_seconds:
            raise Fault("ts", f"is {age_s:.0f} s old, more than {self._settings.max_age_seconds:.0f} s")
        if -age_s > self._settings.max_ahead_seconds:
            raise Fault("ts", f"is {-age_s:.0f} s ahead, more than {self._settings.max_ahead_seconds:.0f} s")

    def _check(self, store: str) -> Callable[[Row], None]:
        """What only this process knows of a row: its time, and who has opted out."""
        if not self._config.of(store).opted_out:
            return lambda row: self._check_time(row.ts)

        def check(row: Row) -> None:
            self._check_time(row.ts)
            self._check_opted_out(store, row.device_id)

        return check

    def _check_opted_out(self, store: str, device_id: str) -> None:
        """Raises Fault."""
        opted_out = self._config.of(store).opted_out
        if opted_out and ids.opted_out(store, device_id, self._secret) in opted_out:
            raise Fault("device_id", "has opted out")

    def _places(self) -> Iterable[Place]:
        now_ms = int(time.time() * 1000)
        return [(store, known.at(now_ms).corner) for store, known in self._plans.stores.items()]

    async def _look_at_plans(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await asyncio.to_thread(self._plans.look, at_once=True)

    @asynccontextmanager
    async def _lifespan(self, app: FastAPI) -> AsyncIterator[None]:
        work = (
            self._outbox.watch(),
            self._topics.follow(),
            self._senders.keep(),
            self._batches.keep_time(self._places),
            self._look_at_plans(),
        )
        running = [asyncio.create_task(one) for one in work]
        yield
        for task in running:
            task.cancel()
        for task in running:
            with suppress(asyncio.CancelledError):
                await task
        await self._batches.drain()
        await self._senders.close()
        await self._outbox.close()


def run(settings: Settings, host: str, port: int) -> None:
    """Serves until SIGTERM. Raises AwayError, SettingError, PlanError."""
    server.set_up_logs()
    server.run("gateway", Gateway(settings).app, host, port)


def _check_store(row: object) -> None:
    """A row of NDJSON or Arrow names its store. Raises Fault."""
    if isinstance(row, dict) and not isinstance(row.get("store_id"), str):
        raise Fault("store_id", "is missing or no string")


def _answer(accepted: int, refused: list[Refusal]) -> Response:
    body = {"accepted": accepted, "refused": [one._asdict() for one in refused]}
    return Response(msgspec.json.encode(body), 202, media_type="application/json")
