"""The worker `prompts`: moments in; decided prompts out; read back, they go to the board (DESIGN §7)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import msgspec

from models.board import BoardPrompt, Words, iso
from models.bundle import Bundle
from models.catalog import Catalog
from models.errors import RecordError
from models.keys import SLOTS_PER_ROW, Source, partition_of
from models.pings import read_stream
from models.plans import PlanFolder, StorePlans
from models.recommender.decide import Decision, decide, recommend
from models.recommender.situation import Past, Situation
from models.records import of_batch
from models.requests import Asked
from models.settings import Settings
from models.visits import LEAST_SHOPPER_P
from streams import worker_process
from streams.board import BoardLink
from streams.bundle_watch import Champion
from streams.checkpoints import Checkpoint, Checkpoints
from streams.delivery import OneByOne, Opened
from streams.logged import Answer, Logged
from streams.positions import read_to_end
from streams.prompt_board import Shown, StorePrompts, place
from streams.records import Output, Passed, Record
from streams.situations import Situations
from streams.words import words

STALE_MS = 30_000
"""A moment this much older than the clock is logged and shown to nobody."""
RECOMMENDED = 5
MEND_SECONDS = 1.0
FORGET_MS = 3_600_000
"""A visit without a moment for this long is over for the rules."""


class Visit(msgspec.Struct):
    """What the rules know of a visit."""

    store: str
    newest: int
    past: Past
    decided: list[str] = []
    """Its moments that were decided, silent ones too."""
    device: str = ""
    customer: str | None = None
    held_out: bool = True
    """As its newest moment says; of a checkpoint that did not say, until the next moment."""


class Saved(msgspec.Struct):
    """A checkpoint's state."""

    visits: dict[str, Visit]
    shown: dict[str, list[Shown]]
    recommendations: dict[str, dict[str, bytes]]
    passed: dict[str, tuple[int, int]]


class PromptLane(OneByOne):
    """One partition's stores."""

    def __init__(
        self,
        settings: Settings,
        partition: int,
        link: BoardLink,
        folder: PlanFolder,
        champion: Champion,
        saved: Saved,
    ) -> None:
        self._settings, self._partition, self._link = settings, partition, link
        self._folder, self._champion = folder, champion
        self._visits, self._passed = saved.visits, Passed(saved.passed)
        self._stores: dict[str, StorePrompts] = {}
        for store in {*self._plans, *saved.shown, *saved.recommendations}:
            self._store(store, saved.shown.get(store), saved.recommendations.get(store))
        self._catalog, self._ahead = Catalog(), 0
        self._situations = Situations(folder, self._catalog)
        self._logged: dict[tuple[int, int], list[Logged]] = {}
        self._due: dict[str, tuple[Situation, Bundle | None]] = {}
        self._mended = 0.0

    async def take(self, record: Record) -> Sequence[Output | Awaitable[Any]]:
        if self._passed.leaves(record, "prompts"):
            return []
        if record.topic == "moments":
            return self._moments(record)
        if record.topic == "prompts":
            await self.read_back(record)
        elif record.topic == "outcomes":
            self._outcome(record.as_(Answer))
        elif record.topic == "requests":
            self._asked(record.as_(Asked))
        else:
            self._apply(record, self._catalog if record.offset >= self._ahead else Catalog())
        return []

    async def tick(self) -> None:
        self._champion.look()
        self._recommend()
        for store in self._stores.values():
            await store.send()
        if time.monotonic() - self._mended < MEND_SECONDS:
            return
        self._mended = time.monotonic()
        if self._folder.look():
            for name in self._plans:
                self._store(name)
        if (run_id := await self._link.run_id()) is not None:
            for store in self._stores.values():
                await store.mend(run_id)
        await self._forget()

    async def flush(self) -> None:
        """Nothing waits in this lane."""

    @property
    def _plans(self) -> Mapping[str, StorePlans]:
        """Those of the stores whose records come through this partition."""
        every = self._folder.stores.items()
        return {
            name: known for name, known in every if partition_of(name, self._settings.partitions) == self._partition
        }

    def _recommend(self) -> None:
        """For each visit with a moment since: prompts go first, and of several moments only the newest counts."""
        due, self._due = self._due, {}
        for visit_id, (situation, bundle) in due.items():
            past = self._visits[visit_id].past if visit_id in self._visits else Past()
            options = recommend(situation, bundle, self._catalog, past, RECOMMENDED)
            self._store(situation.store_id).recommend(visit_id, options)

    def save(self) -> bytes:
        self._recommend()
        shown = {name: store.shown for name, store in self._stores.items()}
        recommendations = {name: store.recommendations for name, store in self._stores.items()}
        return msgspec.msgpack.encode(Saved(self._visits, shown, recommendations, self._passed.save()))

    def read_ahead(self, record: Record) -> None:
        """A row of the catalogue that must be known before the first moment."""
        self._ahead = record.offset + 1
        self._apply(record, self._catalog)

    @staticmethod
    def _apply(record: Record, catalog: Catalog) -> None:
        """A row of the catalogue, or its deletion."""
        if record.value is not None:
            catalog.apply(record.json())
        elif record.key is not None:
            catalog.drop(record.key.decode(errors="replace"))

    def remember(self, record: Record) -> None:
        """A prompt that was logged before this lane was opened: its moment is not decided again."""
        source, row = record.source(), record.as_(Logged)
        if source is not None:
            self._logged.setdefault((source.offset, source.row // SLOTS_PER_ROW), []).append(row)

    async def read_back(self, record: Record) -> None:
        """A logged prompt goes to the board, where a tablet may see it."""
        source, row = record.source(), record.as_(Logged)
        if source is None or not row.shown or not row.sku:
            return
        carried = {name: getattr(row, name) for name in _CARRIED}
        prompt = BoardPrompt(**carried, ts=iso(row.ts), expires=iso(row.expires))
        await self._store(prompt.store_id).add(Shown(place(source.offset, source.row), prompt))

    def _moments(self, record: Record) -> list[Output]:
        self._champion.look()
        table = of_batch("moments", read_stream(record.value or b""))
        try:
            stale = time.time() * 1000 - int(record.headers["clock"]) > STALE_MS
        except (KeyError, ValueError):
            raise RecordError("moments without the header clock") from None
        moments = table.to_pylist()
        if any(len(moment["zones"]) != len(moment["zone_live_s"]) for moment in moments):
            raise RecordError("a moment has not as many seconds as zones")
        outputs: list[Output] = []
        for number, moment in enumerate(moments):
            outputs += self._moment(record, number, moment, stale)
        return outputs

    def _moment(self, record: Record, number: int, moment: Mapping[str, Any], stale: bool) -> list[Output]:
        bundle = self._bundle(moment["store_id"], moment["device_id"])
        situation = self._situations.of_moment(moment, bundle)
        if _is_nobody(moment):
            self._silence(situation)
            return []
        visit = self._visits.setdefault(situation.visit_id, Visit(situation.store_id, situation.ts_ms, Past()))
        visit.newest = max(visit.newest, situation.ts_ms)
        visit.device, visit.customer, visit.held_out = moment["device_id"], moment["customer_id"], moment["holdout"]
        if not moment["holdout"]:
            self._due[situation.visit_id] = situation, bundle
        if moment["kind"] != "display" or moment["live_s"] < self._settings.prompt_after_seconds:
            return []
        if situation.id in visit.decided:
            return []
        visit.decided.append(situation.id)
        logged = self._logged.pop((record.offset, number), None)
        if logged is not None:
            for row in logged:
                visit.past = visit.past.prompted(msgspec.structs.asdict(row))
            return []
        return [
            self._decided(record, number, decision, visit, bool(moment["holdout"]), stale)
            for decision in decide(
                situation,
                bundle,
                self._catalog,
                visit.past,
                slots=self._settings.slots,
                explore=self._settings.explore,
                prompts_per_visit=self._settings.prompts_per_visit,
            )
        ]

    def _asked(self, asked: Asked) -> None:
        """Recommends now. Of a visit that has had no moment nothing is known yet; to a held-out one nothing is said."""
        visit = self._visits.get(asked.visit_id)
        if visit is None or visit.held_out or visit.store != asked.store_id:
            return
        if time.time() * 1000 - asked.ts <= STALE_MS:
            bundle = self._bundle(asked.store_id, visit.device)
            self._due[asked.visit_id] = self._situations.of_asked(asked, visit.newest, visit.customer, bundle), bundle

    def _silence(self, situation: Situation) -> None:
        """What was recommended while this visit seemed to be a shopper's leaves the board."""
        self._due.pop(situation.visit_id, None)
        store = self._store(situation.store_id)
        if situation.visit_id in store.recommendations:
            store.recommend(situation.visit_id, [])

    def _decided(
        self, record: Record, number: int, decision: Decision, visit: Visit, held_out: bool, stale: bool
    ) -> Output:
        """The record of a prompt: a row of the table, and the words that the board shows beside it."""
        row = decision.row(held_out, stale)
        visit.past = visit.past.prompted(row)
        value = msgspec.json.encode({**row, **words(decision), "department": self._situations.home(decision.situation)})
        source = Source("moments", record.partition, record.offset, number * SLOTS_PER_ROW + decision.slot)
        headers = [("source", source.encode()), ("clock", record.headers["clock"])]
        return Output("prompts", decision.situation.store_id.encode(), value, headers)

    def _bundle(self, store: str, device: str) -> Bundle | None:
        """The one that decides for this phone's visits, None before the first."""
        settings = self._settings
        return self._champion.arms.of(settings.canary, settings.require_secret(), store, device)

    def _outcome(self, answer: Answer) -> None:
        visit = self._visits.get(answer.visit_id or "")
        if visit is not None:
            visit.past = visit.past.answered(msgspec.structs.asdict(answer))

    def _store(
        self, name: str, shown: list[Shown] | None = None, recommendations: dict[str, bytes] | None = None
    ) -> StorePrompts:
        if name not in self._stores:
            self._stores[name] = StorePrompts(self._link, name, shown or [], recommendations or {})
        return self._stores[name]

    async def _forget(self) -> None:
        """Drops visits that are over, here and on the board."""
        newest: dict[str, int] = {}
        for visit in self._visits.values():
            newest[visit.store] = max(newest.get(visit.store, 0), visit.newest)
        over: dict[str, list[str]] = {}
        for name, visit in self._visits.items():
            if visit.newest < newest[visit.store] - FORGET_MS:
                over.setdefault(visit.store, []).append(name)
        for store, names in over.items():
            await self._store(store).forget(names)
            for name in names:
                del self._visits[name]


class Prompts:
    """A lane a partition. The catalogue is read whole before the first moment, and so is what was decided already.

    What was read ahead comes again in its turn: only then is it done, or, where it cannot be read, a dead letter.
    """

    name = "prompts"
    topics: Sequence[str] = ("moments", "prompts", "outcomes", "catalog", "requests")

    def __init__(self, settings: Settings) -> None:
        self._settings, self._link = settings, BoardLink(settings.redis)
        self._champion = Champion(settings.bundles)

    def lane_of(self, topic: str) -> str:
        return "moments"

    async def open(self, topic: str, partition: int, saved: Checkpoint | None, checkpoints: Checkpoints) -> Opened:
        settings = self._settings
        state = msgspec.msgpack.decode(saved.state, type=Saved) if saved else Saved({}, {}, {}, {})
        # a checkpoint of before may not know of a topic yet
        offsets = dict.fromkeys(self.topics, 0) | (dict(saved.offsets) if saved else {})
        await asyncio.to_thread(self._champion.look, at_once=True)
        folder = await asyncio.to_thread(PlanFolder, settings.plans)
        lane = PromptLane(settings, partition, self._link, folder, self._champion, state)
        for record in await read_to_end(settings.kafka, "catalog", partition, 0):
            with suppress(RecordError):
                lane.read_ahead(record)
        for record in await read_to_end(settings.kafka, "prompts", partition, offsets["prompts"]):
            with suppress(RecordError):
                lane.remember(record)
        return Opened(lane, offsets)


def _is_nobody(moment: Mapping[str, Any]) -> bool:
    """Whether a moment is that of staff or of a thing; who was not judged is a shopper."""
    return moment["shopper_p"] is not None and moment["shopper_p"] <= LEAST_SHOPPER_P


def run(settings: Settings) -> None:
    """Runs until SIGTERM. Raises AwayError, SettingError, PlanError."""
    settings.require_secret()
    worker_process.run(settings, Prompts(settings))


_CARRIED = ("prompt_id", "visit_id", "store_id", "sku", "offer_id", *Words.__struct_fields__)
