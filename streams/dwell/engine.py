"""One store's dwell engine: pings in Kafka's order go in, answers with zone codes come out (DESIGN §4 and §6).

The numbers depend on the pings alone, never on how they were cut into batches: rows are taken one by one.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.pings import Pings
from models.plans import StorePlans
from streams.dwell import companions, kernel, listing
from streams.dwell.arrays import (
    FIX,
    LIVE,
    SETTLED,
    SHARE,
    Records,
    State,
    grown,
    new_book,
    new_out,
    new_state,
    new_work,
)
from streams.dwell.compiled import ahead
from streams.dwell.endings import Endings
from streams.dwell.ground import ground_of
from streams.dwell.parameters import DEFAULTS, Parameters

DROP_MS = kernel.STORE_LATENESS_MS + kernel.LATENESS_MS
"""A phone this much older than its silence can only send late pings: its state goes."""
FAR_M = 10_000.0
"""Positions farther than this from the plan are taken to be so far away: there is nothing beyond."""
ENGINE = "dwell/8"
_HEAD = 4
"""Bytes of the number that says how long what is said of the pools is."""


@dataclass(frozen=True)
class ZoneCode:
    """What a code in the answers stands for."""

    zone_id: str
    kind: str


@dataclass(frozen=True)
class Answers:
    """What came of some pings. Arrays are as in streams/dwell/arrays.py; `late` counts pings that changed nothing."""

    settled: Records
    moments: Records
    shares: Records
    visits: Records
    finished: Records
    late: int = 0


class Live(NamedTuple):
    """Columns by phone, and the live seconds by zone of all of them: those of phone i end at `stops[i]`."""

    phone: NDArray[np.uint64]
    goes_on: NDArray[np.bool_]
    """False once the visit has been listed as over."""
    id_ts: NDArray[np.int64]
    first: NDArray[np.int64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    floor: NDArray[np.int16]
    department: NDArray[np.int32]
    display: NDArray[np.int32]
    sd: NDArray[np.float64]
    """Of x and y, a standard deviation on each axis, m."""
    stops: NDArray[np.int64]
    zones: NDArray[np.int32]
    seconds: NDArray[np.float64]


class Engine:
    """State of all phones of one store. `push`, then `close_due` as event time goes on."""

    def __init__(self, plans: StorePlans, silence_s: float, model: Parameters = DEFAULTS) -> None:
        ahead()
        self.model, self.silence_ms = model, round(silence_s * 1000)
        self.newest = 0
        self._seq = 0
        self._state, self._out, self._work = new_state(), new_out(4 * kernel.room_for(0)), new_work()
        self._endings = Endings(self.silence_ms + kernel.LATENESS_MS)
        self._work["traced"] = -1
        self._slots: dict[int, int] = {}
        self._free: list[int] = []
        self.codes: list[ZoneCode] = []
        self.use(plans)

    def use(self, plans: StorePlans) -> None:
        """Takes a store's plans, with the newest one's calibration; zones keep their codes when a plan changes."""
        self.plans = plans
        for _, plan in plans.versions:
            known = set(self.codes)
            new = (ZoneCode(zone.id, zone.kind) for zone in plan.of_kind("department", "display"))
            self.codes.extend(code for code in new if code not in known)
        codes = {(code.zone_id, code.kind): i for i, code in enumerate(self.codes)}
        self._ground = ground_of(plans, codes, self.model.calibrated(plans.newest.calibration))
        self._work["planes_at"] = 0  # a window of the new plan is not the one with its number in the old one
        corners = np.array([plan.origin for _, plan in plans.versions])
        self._nearest, self._farthest = corners.min(axis=0) - FAR_M, corners.max(axis=0) + FAR_M

    def push(self, pings: Pings) -> Answers:
        """Takes a batch in the order of its rows."""
        fixes = np.zeros(len(pings), FIX)
        fixes["seq"] = np.arange(self._seq, self._seq + len(pings))
        self._seq += len(pings)
        fixes["ts"] = pings.ts
        for i, (axis, values) in enumerate((("x", pings.x_m), ("y", pings.y_m))):
            fixes[axis] = np.clip(values, self._nearest[i], self._farthest[i])
        fixes["sigma"], fixes["floor"] = pings.sigma_m, pings.floor
        slots = self._slots_for(pings.phone)
        return self._gather(lambda: self._advance(fixes, slots))

    def close_due(self, event_ms: int) -> Answers:
        """The visits whose silence and lateness event time has passed, with all their pings counted.

        Only an answer in between: a ping that comes late and continues the visit has it listed again.
        """
        last_before = event_ms - self.silence_ms - kernel.LATENESS_MS
        self._endings.judge(self._phones, event_ms)
        answers = self._gather(lambda: self._close(kernel.due(self._phones, last_before), last_before))
        return replace(answers, settled=np.zeros(0, SETTLED))

    def finish(self) -> Answers:
        """Settles and lists everything: the end of a file."""
        slots = np.flatnonzero(self._phones["used"])
        self._endings.judge(self._phones, self.newest + self.silence_ms + kernel.LATENESS_MS)
        return self._gather(lambda: self._settle_in_place(slots))

    def retire(self) -> Answers:
        """Settles and lists, for good, the phones that could only send late pings, and forgets them."""
        answers = self._gather(lambda: self._settle_in_place(self._old()))
        self.drop_old()
        return answers

    @property
    def settled_until(self) -> int:
        """After `retire` no ping up to this `ts` will be answered any more."""
        return self.newest - self.silence_ms - DROP_MS - kernel.LATENESS_MS

    def drop_old(self) -> NDArray[np.uint64]:
        """Forgets phones that could only send late pings, and says which."""
        slots = self._old()
        phones = self._phones["phone"][slots].copy()
        for slot, phone in zip(slots.tolist(), phones.tolist(), strict=True):
            record = self._state.phones[slot]
            kernel.forget(self._state.cells, self._state.waits, self._state.book, record)
            self._state.phones[slot] = 0
            record["cells"] = record["waits"] = record["live"] = -1
            record["unshown"] = 1
            self._free.append(slot)
            del self._slots[phone]
        return phones

    def _old(self) -> NDArray[np.int64]:
        limit = self.newest - self.silence_ms - DROP_MS
        return np.flatnonzero((self._phones["used"] == 1) & (self._phones["newest"] < limit))

    def phone(self, slot: int) -> Any:
        """One phone's record, as in arrays.PHONE."""
        return self._state.phones[slot]

    def slots(self) -> NDArray[np.int64]:
        """Slots of all phones that are known now."""
        return np.flatnonzero(self._phones["used"])

    def unshown(self) -> NDArray[np.int64]:
        """Slots of the phones whose live answer has changed, or ended, since this was last asked."""
        slots = np.flatnonzero(self._phones["unshown"])
        self._phones["unshown"][slots] = 0
        return slots

    def live(self, slots: NDArray[np.int64]) -> Live:
        """The answers given at once on these phones, as of their last pings."""
        room = int(self._state.phones["cell_count"][slots].sum())
        visits, stops, shares = np.zeros(len(slots), LIVE), np.zeros(len(slots), np.int64), np.zeros(room, SHARE)
        model = self._ground.model[0]
        listing.list_live(self._state.phones, self._state.cells, self._state.waits, model, slots, visits, stops, shares)
        shares = shares[: stops[-1] if len(stops) else 0]
        columns = {name: visits[name] for name in LIVE.names or ()}
        return Live(**columns, stops=stops, zones=shares["zone"], seconds=shares["live_s"])

    def trace(self) -> None:
        """From now on the smoother's positions are kept for `emitted`."""
        self._work["traced"] = 0

    def emitted(self) -> Records:
        """The smoother's positions since the last call, as arrays.SMOOTHED, of a push of few pings: there is room for
        some hundred."""
        work = self._work[0]
        positions = work["trace"][: max(work["traced"], 0)].copy()
        work["traced"] = min(work["traced"], 0)
        return np.asarray(positions)

    def pools(self) -> State:
        """The state as far as it is filled: no copies."""
        cells, waits = self._state.book["used"].tolist()
        return State(self._phones, self._state.cells[:cells], self._state.waits[:waits], self._state.book)

    def still(self, pools: State) -> Engine:
        """The engine as it is now with a copy of its pools: it can be snapshotted in another thread."""
        engine = copy.copy(self)
        engine._state, engine._slots = pools, dict(self._slots)
        engine._free, engine.codes = list(self._free), list(self.codes)
        return engine

    def snapshot(self) -> bytes:
        """Everything that later answers depend on, in one piece."""
        return b"".join(self.pieces())

    def pieces(self) -> list[bytes | memoryview]:
        """`snapshot` without copying it: the pools as they are, each an array's bytes, behind what is said of them."""
        pools = self.pools()
        about = {
            "engine": ENGINE,
            "newest": self.newest,
            "seq": self._seq,
            "codes": [[code.zone_id, code.kind] for code in self.codes],
            "free": self._free,
            "sizes": [len(pool) for pool in pools],
            "bytes": [pool.itemsize for pool in pools],
        }
        head = json.dumps(about).encode()
        return [len(head).to_bytes(_HEAD, "big"), head, *(pool.view(np.uint8).data for pool in pools)]

    @classmethod
    def restore(cls, plans: StorePlans, silence_s: float, data: bytes | memoryview) -> Engine:
        """Inverse of `snapshot`. Raises ValueError or KeyError where the bytes are not one."""
        engine = cls(plans, silence_s)
        at = _HEAD + int.from_bytes(data[:_HEAD], "big")
        about = json.loads(bytes(data[_HEAD:at]))
        if about["engine"] != ENGINE or about["bytes"] != [pool.itemsize for pool in engine._state]:
            raise ValueError(f"a checkpoint of {about['engine']}, not of {ENGINE}")
        pools = []
        for pool, size in zip(engine._state, about["sizes"], strict=True):
            pools.append(np.frombuffer(data, pool.dtype, size, at))
            at += pools[-1].nbytes
        phones, cells, waits, book = pools
        engine.newest, engine._seq = about["newest"], about["seq"]
        engine.codes = [ZoneCode(zone_id, kind) for zone_id, kind in about["codes"]]
        engine.use(plans)
        engine._state = State(grown(phones, 64), grown(cells, 2 * kernel.room_for(0)), grown(waits, 64), book.copy())
        used = engine._state.phones["used"] == 1
        engine._slots = {int(engine._state.phones["phone"][slot]): int(slot) for slot in np.flatnonzero(used)}
        engine._free = about["free"]
        return engine

    @property
    def _phones(self) -> Records:
        return self._state.phones[: len(self._slots) + len(self._free)]

    def _slots_for(self, phones: NDArray[np.uint64]) -> NDArray[np.int64]:
        """The phones' slots; a phone that is not known gets one."""
        numbers = phones.tolist()
        try:
            return np.fromiter(map(self._slots.__getitem__, numbers), np.int64, len(numbers))
        except KeyError:
            # in the order of arrival: answers must not depend on how pings were cut into batches
            for phone in numbers:
                if phone not in self._slots:
                    self._slots[phone] = self._new_slot(phone)
        return np.fromiter(map(self._slots.__getitem__, numbers), np.int64, len(numbers))

    def _new_slot(self, phone: int) -> int:
        slot = self._free.pop() if self._free else len(self._slots)
        if slot >= len(self._state.phones):
            self._state = self._state._replace(phones=grown(self._state.phones, slot + 1))
        record = self._state.phones[slot]
        record["phone"], record["used"] = phone, 1
        record["cells"] = record["waits"] = record["live"] = -1
        return slot

    def _gather(self, work: Callable[[], int]) -> Answers:
        """Runs `work`, which fills the answers, and copies out what it filled."""
        self._parts: list[Answers] = []
        late = work()
        self._take()
        parts = self._parts
        return parts[0] if len(parts) == 1 and not late else _joined(parts, late)

    def _take(self) -> None:
        settled, moments, shares, visits, finished = self._out.counts.tolist()
        out = self._out
        self._parts.append(
            Answers(
                out.settled[:settled].copy(),
                out.moments[:moments].copy(),
                out.shares[:shares].copy(),
                out.visits[:visits].copy(),
                out.finished[:finished].copy(),
            )
        )
        out.counts[:] = 0

    def _make_room(self, slot: int) -> None:
        """For the next that a phone needs."""
        self._take()
        phone = self._state.phones[slot]
        need = kernel.room_for(int(phone["waiting"]))
        rows = need + int(phone["cell_count"])
        if len(self._out.settled) < 2 * rows:
            self._out = new_out(4 * rows)
        cells, waits = self._state.book["used"].tolist()
        if cells + need > len(self._state.cells):
            self._state = self._state._replace(cells=grown(self._state.cells, len(self._state.cells) + need))
        if waits == len(self._state.waits):
            self._state = self._state._replace(waits=grown(self._state.waits, waits + 1))

    def _advance(self, fixes: Records, slots: NDArray[np.int64]) -> int:
        late, row = 0, 0
        while True:
            times = (self.newest, self.silence_ms, self._endings.due_ms)
            row, self.newest, more = kernel.advance(
                self._state, self._ground, self._out, slots, fixes, row, *times, self._work
            )
            late += more
            if row == len(fixes):
                return late
            if fixes["ts"][row] >= self._endings.due_ms:
                self._endings.judge(self._phones, int(fixes["ts"][row]))
                continue
            self._make_room(int(slots[row]))

    def _close(self, slots: NDArray[np.int64], last_before: int) -> int:
        for slot in slots.tolist():
            original = self._state.phones[slot]
            walk = original["walk"]
            if walk["pings"] and walk["id_ts"] == original["next_id_ts"]:  # what had only begun then goes on now
                original["written"] = max(original["written"], original["next_written"])
            self._make_room(slot)
            alone = self._copy_of(slot)
            before = int(self._out.counts[3])
            if original["newest"] > last_before:  # the visit that has begun is not over, the one before it is
                alone.phones[0]["waits"] = alone.phones[0]["live"] = -1
                alone.phones[0]["waiting"] = 0
            kernel.settle_all(alone, self._ground, self._out, 0, self._work)
            for visit in self._out.visits[before : self._out.counts[3]]:
                if walk["pings"] and visit["id_ts"] == walk["id_ts"]:
                    original["written"] = visit["pings"]
                else:
                    original["next_id_ts"], original["next_written"] = visit["id_ts"], visit["pings"]
            original["ends"] = original["newest"]
            original["changed"], original["unshown"] = original["newest"] > last_before, 1
        return 0

    def _settle_in_place(self, slots: NDArray[np.int64]) -> int:
        for slot in slots.tolist():
            self._make_room(slot)
            kernel.settle_all(self._state, self._ground, self._out, slot, self._work)
        return 0

    def _copy_of(self, slot: int) -> State:
        """A phone and what it has in the pools on their own, so that an answer in between leaves no trace."""
        phones = self._state.phones[slot : slot + 1].copy()
        phone = phones[0]
        cells = _listed(
            self._state.cells, int(phone["cells"]), int(phone["cell_count"]), kernel.room_for(int(phone["waiting"]))
        )
        waits = _listed(self._state.waits, int(phone["waits"]), int(phone["waiting"]), 0)
        phone["cells"], phone["waits"] = 0 if phone["cell_count"] else -1, 0 if phone["waiting"] else -1
        phone["live"] = phone["waiting"] - 1
        return State(phones, cells, waits, new_book(int(phone["cell_count"]), int(phone["waiting"])))


def _listed(pool: Records, at: int, count: int, room: int) -> Records:
    """A linked list of a pool as one of its own, with room for more."""
    records = np.zeros(count + room, pool.dtype)
    for i in range(count):
        records[i] = pool[at]
        at = int(records[i]["next"])
        records[i]["next"] = i + 1 if i + 1 < count else -1
    return records


def warm(plans: StorePlans) -> None:
    """Compiles every kernel, or loads it from the cache: a minute the first time, before the first ping comes."""
    engine = Engine(plans, 60.0)
    one = np.zeros(1)
    for ts in (0, 4_000, 200_000):
        when = np.array([ts + 1], np.int64)
        engine.push(Pings(one.astype(np.uint64), when, one, one, one + 1, one.astype(np.int16)))
    engine.live(engine.slots())
    companions.find(engine._phones, 0, companions.candidates(engine._phones, 0, engine.slots()))
    engine.close_due(10**9)
    engine.newest = 10**10
    engine.drop_old()
    engine.finish()


def _joined(parts: Sequence[Answers], late: int) -> Answers:
    shares = np.cumsum([0, *(len(part.shares) for part in parts)])
    finished = np.cumsum([0, *(len(part.finished) for part in parts)])
    for i, part in enumerate(parts):
        for records, by in ((part.moments, shares[i]), (part.visits, finished[i])):
            records["start"] += by
            records["stop"] += by
    names = ("settled", "moments", "shares", "visits", "finished")
    return Answers(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names}, late=late)
