"""The worker `dwell`: pings and check-ins in; moments, dwells, visits and the board's live visits out."""

from __future__ import annotations

import asyncio
import copy
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any, NamedTuple

import msgspec
import pyarrow as pa
from prometheus_client import Counter

from models import ids
from models.errors import RecordError
from models.keys import Source
from models.pings import PingHeaders, decode, write_stream
from models.plans import PlanFolder, StorePlans
from models.settings import Settings
from streams import live_json, pieces, worker_process
from streams.board import BoardLink
from streams.checkpoints import Checkpoint, Checkpoints
from streams.delivery import Opened, Work, taken
from streams.dwell.engine import Answers, Engine, warm
from streams.dwell.results import dwells_table, visits_table
from streams.event_time import EventTime
from streams.live_visits import Showing
from streams.moments import Moments, joined
from streams.pieces import Pieces
from streams.records import Output, Record
from streams.still import Stills
from streams.visit_names import Draw, VisitNames

log = logging.getLogger("aislewise.dwell")
LATE = Counter("aislewise_pings_late", "Pings that came too late to change a dwell; the lake has them.")
DROP_MS = 60_000
"""Old phones are looked for this often, in event time."""


class Checkin(msgspec.Struct, frozen=True):
    """A record of the topic `checkins`, as far as it matters here."""

    store_id: str
    device_id: str
    customer_id: str
    consent: bool


class Saved(msgspec.Struct):
    """A store's part of a checkpoint."""

    time: dict[str, Any]
    customers: dict[str, str]
    engine: memoryview


class Step(NamedTuple):
    """What came of one record, as far as it is known."""

    store: Store
    record: Record
    answers: Answers
    outputs: list[Output]


class Store:
    """One store's engine, event time and checked-in customers, and what the board is to show of it."""

    def __init__(self, settings: Settings, known: StorePlans, link: BoardLink, saved: Saved | None) -> None:
        self.id = known.newest.store
        self._draw = Draw(settings.require_secret(), settings.holdout)
        self._names = VisitNames(self.id, self._draw)
        self._moments = Moments(self._names)
        silence = settings.silence_seconds
        self.engine = Engine.restore(known, silence, saved.engine) if saved else Engine(known, silence)
        self.time = EventTime(saved.time if saved else None)
        self.customers: dict[str, str] = dict(saved.customers) if saved else {}
        self._dropped_ms = 0
        self._stills = Stills()
        self._showing = Showing(link, self.id)

    def take(self, record: Record) -> Step:
        """A batch of pings, or an empty one that carries event time on. Its moments are made by `settle`."""
        headers = PingHeaders.decode(record.headers)
        pings = decode(record.value or b"", headers.corner)
        answers = self.engine.push(pings)
        LATE.inc(answers.late)
        if len(pings):
            event_ms = self.time.pings(self.engine.newest, headers.gateway, headers.clock)
        else:
            event_ms = self.time.idle(headers.gateway, headers.clock)
        closed = self.engine.close_due(event_ms)
        return Step(self, record, answers, self._finished(record, answers, closed))

    def settle(self, steps: Sequence[Step]) -> None:
        """Adds the steps' moments to their outputs, all in one go: calls take more time than moments."""
        fired = [step for step in steps if len(step.answers.moments)]
        if fired:
            batch = self._moments.batch(self.engine, joined([step.answers for step in fired]), self.customers)
            at = 0
            for step in fired:
                count = len(step.answers.moments)
                step.outputs.append(_output("moments", step.record, batch.slice(at, count)))
                at += count
        if self.engine.newest - self._dropped_ms > DROP_MS:
            self._drop()

    def _drop(self) -> None:
        """Forgets phones that can only be late; they leave the board as their visits were closed."""
        self._dropped_ms = self.engine.newest
        for phone in self.engine.drop_old().tolist():
            self.customers.pop(_text(phone), None)

    def use(self, plans: StorePlans) -> None:
        """The store's plans have changed."""
        self.engine.use(plans)
        self._names.forget()

    def check_in(self, checkin: Checkin) -> None:
        """From now on this phone's moments name the customer, where they consent."""
        if checkin.consent:
            self.customers[checkin.device_id] = checkin.customer_id
        else:
            self.customers.pop(checkin.device_id, None)

    async def show(self) -> None:
        """Brings the board up to date."""
        await self._showing.show(self.engine)

    def save(self) -> Callable[[], AbstractContextManager[Pieces]]:
        """What it knows now; entered in any thread, it is put into its final form."""
        still = self._stills.of(self.engine)
        small = {"time": copy.deepcopy(self.time.save()), "customers": dict(self.customers)}

        @contextmanager
        def made() -> Iterator[Pieces]:
            with still() as engine:
                yield pieces.last(small, "engine", engine)

        return made

    def _finished(self, record: Record, *parts: Answers) -> list[Output]:
        over = [part for part in parts if len(part.visits)]
        if not over:
            return []
        dwells, visits = (
            pa.concat_tables([table(self.engine, self.id, part, _text) for part in over])
            for table in (dwells_table, visits_table)
        )
        tables = (("dwells", dwells), ("visits", self._with_holdout(visits)))
        return [_output(topic, record, table.combine_chunks().to_batches()[0]) for topic, table in tables if len(table)]

    def _with_holdout(self, visits: pa.Table) -> pa.Table:
        devices, begun = visits.column("device_id").to_pylist(), visits.column("first_ts").cast(pa.int64()).to_pylist()
        drawn = [
            self._draw.holds_out(self.engine, self.id, device, ts) for device, ts in zip(devices, begun, strict=True)
        ]
        at = visits.schema.get_field_index("holdout")
        return visits.set_column(at, visits.schema.field(at), pa.array(drawn, pa.bool_()))


class DwellLane:
    """One partition's stores."""

    def __init__(self, settings: Settings, folder: PlanFolder, link: BoardLink, saved: memoryview | None) -> None:
        self._settings, self._plans, self._link = settings, folder, link
        known = folder.stores
        states = msgspec.msgpack.decode(saved, type=dict[str, Saved]) if saved else {}
        self._stores = {
            name: Store(settings, known[name], link, state) for name, state in states.items() if name in known
        }

    async def take_all(self, records: Sequence[Record]) -> Sequence[Sequence[Work]]:
        steps: list[Step] = []

        async def take(record: Record) -> Sequence[Work]:
            if not record.is_for("dwell"):
                return []
            if record.topic == "checkins":
                checkin = record.as_(Checkin)
                store = await self._store(checkin.store_id)
                _settle(steps)  # moments before it do not know the customer yet
                store.check_in(checkin)
                return []
            store = await self._store(record.headers.get("store", b"").decode(errors="replace"))
            steps.append(store.take(record))
            return steps[-1].outputs

        works = [await taken(record, take) for record in records]
        _settle(steps)
        return works

    async def tick(self) -> None:
        if self._plans.look():
            for name, store in self._stores.items():
                if name in self._plans.stores:
                    store.use(self._plans.stores[name])
        for store in self._stores.values():
            await store.show()

    async def flush(self) -> None:
        """Nothing waits in this lane."""

    def save(self) -> Callable[[], AbstractContextManager[Pieces]]:
        stores = {name: store.save() for name, store in self._stores.items()}

        @contextmanager
        def made() -> Iterator[Pieces]:
            with ExitStack() as held:
                yield pieces.by_name({name: held.enter_context(store()) for name, store in stores.items()})

        return made

    async def _store(self, name: str) -> Store:
        """Raises RecordError for a store without a plan."""
        if name not in self._stores:
            if name not in self._plans.stores:
                await asyncio.to_thread(self._plans.look, at_once=True)
            if name not in self._plans.stores:
                raise RecordError(f"store {name[:80]!r} has no plan")
            self._stores[name] = Store(self._settings, self._plans.stores[name], self._link, None)
        return self._stores[name]


class Dwell:
    """A lane a partition."""

    name = "dwell"
    topics: Sequence[str] = ("pings", "checkins")

    def __init__(self, settings: Settings) -> None:
        self._settings, self._link = settings, BoardLink(settings.redis)

    def lane_of(self, topic: str) -> str:
        return "pings"

    async def open(self, topic: str, partition: int, saved: Checkpoint | None, checkpoints: Checkpoints) -> Opened:
        folder = await asyncio.to_thread(PlanFolder, self._settings.plans)
        if saved:
            try:
                return Opened(DwellLane(self._settings, folder, self._link, saved.state), saved.offsets)
            except ValueError as error:  # harmless: what is sent again has the same source
                log.warning("%s-%d begins anew: %s", topic, partition, error)
        return Opened(DwellLane(self._settings, folder, self._link, None), dict.fromkeys(self.topics, 0))


def run(settings: Settings) -> None:
    """Runs until SIGTERM. Raises AwayError, SettingError, PlanError."""
    settings.require_secret()
    for known in list(PlanFolder(settings.plans).stores.values())[:1]:
        warm(known)
        live_json.warm(Engine(known, settings.silence_seconds))
    worker_process.run(settings, Dwell(settings))


def _settle(steps: list[Step]) -> None:
    """Settles all steps, store by store, and forgets them."""
    for store in {step.store.id: step.store for step in steps}.values():
        store.settle([step for step in steps if step.store is store])
    steps.clear()


def _output(topic: str, record: Record, batch: pa.RecordBatch) -> Output:
    source = Source(record.topic, record.partition, record.offset, 0).encode()
    headers = [("schema", f"{topic}/1".encode()), ("source", source)]
    headers += [(name, record.headers[name]) for name in ("store", "clock")]
    return Output(topic, record.headers["store"], write_stream(batch), headers)


def _text(phone: int) -> str:
    return ids.phone_text(phone)
