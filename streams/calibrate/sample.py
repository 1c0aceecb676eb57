"""A store's pings in visits, ready to be measured: some phones with all that they sent, in bounded memory."""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from streams.dwell.kernel import LATENESS_MS
from streams.replay.sent import of_store, placed

MOST = 1_000_000
"""Pings that are kept: half of the phones go where there are more."""
SHORTEST_S, FEWEST = 60.0, 5
"""Shorter visits, and those of fewer pings, say little of movement: they are left out."""
LONGEST = 3.0
"""Who stays so many times the median visit works there, or is a thing that lies somewhere."""

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]
Records = NDArray[np.void]

PING = np.dtype([("device", "u4"), ("ts", "i8"), ("x", "f8"), ("y", "f8"), ("sigma", "f8"), ("floor", "i2")])


@dataclass(frozen=True, eq=False)
class Visits:
    """Visits one behind the other, each in the order of time, without copies and late pings; an entry a ping."""

    visit: NDArray[np.int64]
    """Numbered from 0."""
    t_s: Numbers
    x_m: Numbers
    y_m: Numbers
    sigma_m: Numbers
    """NaN where the sender does not say."""
    floor: NDArray[np.int16]

    def __len__(self) -> int:
        return len(self.t_s)

    @property
    def begins(self) -> Flags:
        return np.diff(self.visit, prepend=-1) != 0

    @property
    def said(self) -> Flags:
        """Where the sender gives a sigma."""
        return np.isfinite(self.sigma_m)

    @property
    def period_s(self) -> float:
        """Median time between pings of a visit; NaN where there are none."""
        gaps = np.diff(self.t_s)[~self.begins[1:]]
        return float(np.median(gaps)) if len(gaps) else np.nan

    @property
    def count(self) -> int:
        return int(self.visit[-1]) + 1 if len(self) else 0

    def some(self, most: int) -> Visits:
        """Of every few visits one, at most about so many pings in all."""
        return self._of(self.visit % max(1, -(-len(self) // most)) == 0)

    def _of(self, rows: Flags) -> Visits:
        kept = Visits(*(column[rows] for column in vars(self).values()))
        return Visits(np.cumsum(kept.begins) - 1, *list(vars(kept).values())[1:])


class Sample:
    """What has been read so far. `rows` are all, `foreign` those of other stores; of `one_of` phones one is kept."""

    def __init__(self, store: str, most: int = MOST) -> None:
        self.rows = self.foreign = 0
        self.one_of = 1
        self._store, self._most = store, most
        self._parts: list[Records] = []
        self._kept = 0

    def take(self, pings: pa.RecordBatch) -> None:
        """Pings of any store with the columns of `columns.PINGS`, in the order of arrival."""
        ours = of_store(pings, self._store)
        self.rows, self.foreign = self.rows + len(pings), self.foreign + len(pings) - len(ours)
        self._parts.append(self._chosen(_records(placed(ours))))
        self._kept += len(self._parts[-1])
        while self._kept > self._most:
            self.one_of *= 2
            self._parts = [self._chosen(np.concatenate(self._parts))]
            self._kept = len(self._parts[0])

    def _chosen(self, records: Records) -> Records:
        return records[records["device"] % self.one_of == 0]

    def visits(self, silence_s: float) -> Visits:
        """All visits of the phones that were kept but those of people who work there, and of things."""
        whole = _in_visits(np.concatenate([np.zeros(0, PING), *self._parts]), silence_s)
        if not len(whole):
            return whole
        first = np.flatnonzero(whole.begins)
        pings = np.diff(first, append=len(whole))
        length_s = whole.t_s[first + pings - 1] - whole.t_s[first]
        enough = (length_s >= SHORTEST_S) & (pings >= FEWEST)
        usual_s = float(np.median(length_s[enough])) if enough.any() else 0.0
        return whole._of((enough & (length_s <= LONGEST * usual_s))[whole.visit])


def _records(pings: pa.RecordBatch) -> Records:
    """A phone goes by a digest of its id: another of the same digest is another visit at most."""
    found = np.zeros(len(pings), PING)
    device = pings.column("device_id")
    digests = np.array([crc32(str(one).encode()) for one in device.dictionary.to_pylist()], np.uint32)
    found["device"] = digests[device.indices.to_numpy()]
    found["ts"] = pings.column("ts").cast(pa.int64()).to_numpy()
    for name, column in (("x", "x_m"), ("y", "y_m"), ("sigma", "sigma_m"), ("floor", "floor")):
        found[name] = pings.column(column).to_numpy(zero_copy_only=False)
    return found


def _in_visits(pings: Records, silence_s: float) -> Visits:
    pings = pings[np.argsort(pings["device"], kind="stable")]  # as they arrived, phone by phone
    parts = np.split(pings, np.flatnonzero(np.diff(pings["device"])) + 1)
    pings = np.concatenate([np.zeros(0, PING), *(_in_time(part) for part in parts)])
    ts = pings["ts"]
    new = (np.diff(pings["device"].astype(np.int64), prepend=-1) != 0) | (np.diff(ts, prepend=0) >= silence_s * 1000)
    visit = np.cumsum(new) - 1
    t_s = (ts - (ts.min() if len(ts) else 0)) / 1000
    return Visits(visit, t_s, *(pings[name].copy() for name in ("x", "y", "sigma", "floor")))


def _in_time(pings: Records) -> Records:
    """One phone's, without late ones and copies."""
    ts = pings["ts"]
    pings = pings[ts >= np.maximum.accumulate(ts) - LATENESS_MS]
    _, first = np.unique(pings["ts"], return_index=True)
    return pings[first]
