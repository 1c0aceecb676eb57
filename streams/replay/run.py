"""One store's pings through the engine, a batch at a time; what can't change any more is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from models.pings import Pings
from models.plans import StorePlans
from models.records import DWELLS, VISITS
from streams.dwell.engine import Answers, Engine
from streams.dwell.results import ZONES, dwells_table, visits_table
from streams.replay.columns import BATCH
from streams.replay.seen import Seen
from streams.replay.sent import as_sent, of_store, placed
from streams.replay.waiting import Waiting, zones_table
from streams.replay.writing import Growing, growing

TABLES = {"zones": ZONES, "dwells": DWELLS, "visits": VISITS}
_COLUMNS = ("phone", "ts", "x_m", "y_m", "sigma_m", "floor")


class Replay:
    """What has been taken so far; `rows` are all, `foreign` those of other stores."""

    def __init__(
        self, plans: StorePlans, silence_s: float, folder: Path, tables: dict[str, Growing], at_once: int
    ) -> None:
        self.rows = self.foreign = self.nowhere = self.copies = self.late = 0
        self.tables = tables
        self._plans, self._store = plans, plans.newest.store
        self._engine = Engine(plans, silence_s)
        self._names: list[str] = []
        self._numbers: dict[str, int] = {}
        self._seen, self._waiting = Seen(folder), Waiting(folder, at_once)
        self._at_once = at_once
        self._taken = [_NONE]
        # the engine has a thread of its own: a batch is read, and what came of the one before is written, beside it
        self._beside, self._doing = ThreadPoolExecutor(1), _DONE

    def close(self) -> None:
        self._beside.shutdown()
        self._seen.close()
        self._waiting.close()

    def take(self, pings: pa.RecordBatch) -> None:
        """Pings of any store with the columns of `columns.PINGS`, in the order of arrival."""
        ours = of_store(pings, self._store)
        there = placed(ours)
        self.rows, self.foreign = self.rows + len(pings), self.foreign + len(pings) - len(ours)
        self.nowhere += len(ours) - len(there)
        sent = as_sent(self._plans, there, self._numbered(there.column("device_id")))
        new = self._seen.first(sent.phone.astype(np.uint32), sent.ts)
        self.copies += len(new) - int(new.sum())
        self._taken.append(sent if new.all() else _where(sent, new))
        # the engine gets batches of one size, so that answers come in the same order however the input was cut
        while sum(map(len, self._taken)) >= self._at_once:
            whole = _joined(self._taken)
            self._push(_where(whole, slice(self._at_once)))
            self._taken = [_where(whole, slice(self._at_once, None))]

    def finish(self) -> None:
        """Nothing more is to come."""
        self._push(_joined(self._taken))
        self._doing.result()()
        answers = self._engine.finish()
        self._waiting.settle(answers.settled)
        self._list(answers)
        self._write(2**62)

    def _push(self, pings: Pings) -> None:
        before = self._doing.result()
        self._doing = self._beside.submit(self._work, pings)
        before()

    def _work(self, pings: Pings) -> Callable[[], None]:
        """Has the engine take a batch, and says how what came of it is written."""
        answers, retired = self._engine.push(pings), self._engine.retire()
        until_ms = self._engine.settled_until

        def write() -> None:
            self._waiting.add(pings.phone, pings.ts, answers.settled)
            self._list(answers)
            self._waiting.settle(retired.settled)
            self._list(retired)
            self._write(until_ms)

        return write

    def _list(self, answers: Answers) -> None:
        self.late += answers.late
        if len(answers.visits):
            for name, rows in (("dwells", dwells_table), ("visits", visits_table)):
                self.tables[name].add(rows(self._engine, self._store, answers, self._names.__getitem__))

    def _write(self, until_ms: int) -> None:
        for rows in self._waiting.release(until_ms):
            self.tables["zones"].add(zones_table(rows, self._names, self._engine.codes))

    def _numbered(self, device: pa.DictionaryArray) -> NDArray[np.uint64]:
        """Phones are numbered as they come."""
        indices = device.indices.to_numpy()
        there = np.zeros(len(device.dictionary), np.bool_)
        there[indices] = True
        used = np.flatnonzero(there)
        numbers = np.zeros(len(there), np.uint64)
        numbers[used] = [self._number(text) for text in device.dictionary.take(pa.array(used)).to_pylist()]
        return numbers[indices]

    def _number(self, text: str) -> int:
        number = self._numbers.setdefault(text, len(self._names))
        if number == len(self._names):
            self._names.append(text)
        return number


@contextmanager
def replaying(plans: StorePlans, silence_s: float, folder: Path, at_once: int = BATCH) -> Iterator[Replay]:
    """A replay whose results are in `folder` when all went well, else what was there stays; `at_once` is in rows."""
    with growing(folder, TABLES) as tables:
        replay = Replay(plans, silence_s, folder, tables, at_once)
        try:
            yield replay
        finally:
            replay.close()


_NONE = Pings(*(np.zeros(0, kind) for kind in ("u8", "i8", "f8", "f8", "f8", "i2")))


_DONE: Future[Callable[[], None]] = Future()
_DONE.set_result(lambda: None)


def _where(pings: Pings, rows: Any) -> Pings:
    return Pings(*(getattr(pings, name)[rows] for name in _COLUMNS))


def _joined(parts: list[Pings]) -> Pings:
    return parts[0] if len(parts) == 1 else Pings(*(np.concatenate([getattr(p, n) for p in parts]) for n in _COLUMNS))
