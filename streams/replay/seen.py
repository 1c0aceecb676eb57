"""Which pings have been here before: a ping is its phone and `ts`, the first to arrive counts.

A ping newer than all of its phone before it is new; only the others are looked up. All (phone, ts) lie in a temporary
file, a run for each batch with the times that it spans, so that memory holds a number a phone and a line a run.
"""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryFile
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

TS_BITS = 45
"""Enough for the year 3000. The rest of 63 bits numbers the phones of one batch."""
MOST = 1 << (62 - TS_BITS)
"""Rows of a batch."""
KEY = np.dtype([("phone", "u4"), ("ts", "i8")])

Phones = NDArray[np.uint32]
Times = NDArray[np.int64]
Mask = NDArray[np.bool_]


class _Run(NamedTuple):
    """Where some keys lie in the file, and the times that they span."""

    offset: int
    rows: int
    first: int
    last: int


class Seen:
    """One store's pings so far; phones are numbered from 0."""

    def __init__(self, folder: Path) -> None:
        self._file = TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115 - closed by `close`
        self._runs: list[_Run] = []
        self._newest = np.full(1024, -1, np.int64)

    def close(self) -> None:
        self._file.close()

    def first(self, phone: Phones, ts: Times) -> Mask:
        """True for the first of each (phone, ts) of at most MOST rows; they are known from now on."""
        if not len(ts):
            return np.zeros(0, np.bool_)
        self._make_room(int(phone.max()) + 1)
        local = np.full(int(phone.max()) + 1, -1, np.int64)
        phones = _distinct(phone)
        local[phones] = np.arange(len(phones))
        keys = local[phone] << TS_BITS | ts
        new = _first_of_each(keys)
        old = np.flatnonzero(new & (ts <= self._newest[phone]))
        new[old] = ~self._known(keys[old], ts[old], local)
        np.maximum.at(self._newest, phone, ts)
        self._keep(phone[new], ts[new])
        return new

    def _known(self, keys: Times, ts: Times, local: NDArray[np.int64]) -> Mask:
        """`local` numbers the phones of the batch, −1 are others."""
        known = np.zeros(len(keys), np.bool_)
        if not len(keys):
            return known
        least, most = int(ts.min()), int(ts.max())
        for run in self._runs:
            if run.first <= most and run.last >= least:
                known |= np.isin(keys, self._keys(run, local))
        return known

    def _keys(self, run: _Run, local: NDArray[np.int64]) -> Times:
        found = np.frombuffer(os.pread(self._file.fileno(), run.rows * KEY.itemsize, run.offset), KEY)
        found = found[found["phone"] < len(local)]
        at = local[found["phone"]]
        return (at << TS_BITS | found["ts"])[at >= 0]

    def _keep(self, phone: Phones, ts: Times) -> None:
        if not len(ts):
            return
        keys = np.empty(len(ts), KEY)
        keys["phone"], keys["ts"] = phone, ts
        offset = self._file.tell()
        self._file.write(keys.tobytes())
        self._runs.append(_Run(offset, len(ts), int(ts.min()), int(ts.max())))

    def _make_room(self, phones: int) -> None:
        if phones > len(self._newest):
            more = np.full(max(phones, 2 * len(self._newest)) - len(self._newest), -1, np.int64)
            self._newest = np.concatenate([self._newest, more])


def _distinct(phone: Phones) -> NDArray[np.int64]:
    there = np.zeros(int(phone.max()) + 1, np.bool_)
    there[phone] = True
    return np.flatnonzero(there)


def _first_of_each(keys: Times) -> Mask:
    order = np.argsort(keys, kind="stable")
    in_order = keys[order]
    first = np.ones(len(keys), np.bool_)
    first[order[1:][in_order[1:] == in_order[:-1]]] = False
    return first
