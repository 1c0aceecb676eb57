"""Rows of `zones.parquet` in the order of arrival: each waits on disk until nothing can change its answer any more.

A phone's last pings are settled only when nothing of it can come that is not late, which is half an hour later by the
store's event time; the rows of other phones that came after them wait as long.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from models.records import TS
from streams.dwell.arrays import Records
from streams.dwell.engine import ZoneCode
from streams.dwell.results import ZONES

ROW = np.dtype(
    [
        ("phone", "u4"),
        ("ts", "i8"),
        ("department", "i4"),
        ("department_p", "f8"),
        ("display", "i4"),
        ("display_p", "f8"),
    ]
)
"""A zone's code is −1 for none; a probability is NaN where there is no answer."""
ANSWERS = ("department", "department_p", "display", "display_p")


class _Block(NamedTuple):
    """Rows from number `first` on, as the `place`th block of the file; `last_ts` is the newest `ts` in it."""

    first: int
    rows: int
    place: int
    last_ts: int


class Waiting:
    """Blocks of rows; one's place in the file is taken by another when it has been written."""

    def __init__(self, folder: Path, rows_of_a_block: int) -> None:
        self._file = TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115 - closed by `close`
        self._most = rows_of_a_block
        self._blocks: deque[_Block] = deque()
        self._free: list[int] = []
        self._rows = 0

    def close(self) -> None:
        self._file.close()

    def add(self, phone: NDArray[np.uint64], ts: NDArray[np.int64], settled: Records) -> None:
        """A block of rows, and what was settled as they came: of these rows, or of earlier ones."""
        if not len(ts):
            self.settle(settled)
            return
        rows = np.zeros(len(ts), ROW)
        rows["phone"], rows["ts"] = phone, ts
        rows["department"] = rows["display"] = -1
        rows["department_p"] = rows["display_p"] = np.nan
        ours = settled["seq"] >= self._rows
        _fill(rows, settled[ours], self._rows)
        self.settle(settled[~ours])
        place = self._free.pop() if self._free else len(self._blocks)
        self._file.seek(place * self._most * ROW.itemsize)
        self._file.write(rows.tobytes())
        self._blocks.append(_Block(self._rows, len(rows), place, int(ts.max())))
        self._rows += len(rows)

    def settle(self, settled: Records) -> None:
        """Answers on rows that wait."""
        number = (settled["seq"] - (self._blocks[0].first if self._blocks else 0)) // self._most
        for at in np.unique(number).tolist():
            block = self._blocks[at]
            rows = np.memmap(self._file, ROW, "r+", block.place * self._most * ROW.itemsize, (block.rows,))
            _fill(rows, settled[number == at], block.first)

    def release(self, until_ms: int) -> list[Records]:
        """The first blocks without a row later than `until_ms`, which are forgotten."""
        found = []
        while self._blocks and self._blocks[0].last_ts <= until_ms:
            block = self._blocks.popleft()
            self._file.seek(block.place * self._most * ROW.itemsize)
            found.append(np.frombuffer(self._file.read(block.rows * ROW.itemsize), ROW))
            self._free.append(block.place)
        return found


def zones_table(rows: Records, names: Sequence[str], codes: Sequence[ZoneCode]) -> pa.Table:
    """Rows as ZONES has them; `names` are the phones' texts."""
    there = np.unique(rows["phone"])
    texts = pa.array([names[phone] for phone in there.tolist()], pa.string())
    columns = [texts.take(pa.array(np.searchsorted(there, rows["phone"]))), pa.array(rows["ts"]).cast(TS)]
    ids = pa.array([code.zone_id for code in codes], pa.string())
    for kind in ("department", "display"):
        code, p = rows[kind], rows[f"{kind}_p"]
        columns.append(ids.take(pa.array(code, mask=code < 0)))
        columns.append(pa.array(np.minimum(p, 1.0), mask=np.isnan(p)))
    return pa.table(columns, schema=ZONES)


def _fill(rows: Records, settled: Records, first: int) -> None:
    at = settled["seq"] - first
    for name in ANSWERS:
        rows[name][at] = settled[name]
