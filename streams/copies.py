"""What was here before: pings by (phone, ts) for 10 minutes, receipts and outcomes by their ids for 7 days.

Time is Kafka's record timestamp, so that a restart decides as the first run did.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

KEEP_MS = 600_000
IDS_KEEP_MS = 7 * 86_400_000
_SMALLEST = 1024

Mask = NDArray[np.bool_]


class PingCopies:
    """One store's pings of this and the last ten minutes, by exact key."""

    def __init__(self) -> None:
        self._bucket = 0
        self._now, self._before = _Keys(), _Keys()

    def new(self, phone: NDArray[np.uint64], ts: NDArray[np.int64], record_ms: int) -> Mask:
        """True for the first of each (phone, ts); they are known from now on."""
        bucket = max(self._bucket, record_ms // KEEP_MS)
        if bucket > self._bucket:
            self._before = self._now if bucket == self._bucket + 1 else _Keys()
            self._now, self._bucket = _Keys(), bucket
        fresh = ~self._before.has(phone, ts)
        fresh[fresh] = self._now.add(phone[fresh], ts[fresh])
        return fresh

    def save(self) -> dict[str, Any]:
        return {"bucket": self._bucket, "now": self._now.save(), "before": self._before.save()}

    @classmethod
    def load(cls, saved: Mapping[str, Any]) -> PingCopies:
        copies = cls()
        copies._bucket = saved["bucket"]
        copies._now, copies._before = (_Keys.load(saved[name]) for name in ("now", "before"))
        return copies


class IdCopies:
    """Ids with the time of the record that had them first."""

    def __init__(self, saved: Mapping[str, int] | None = None) -> None:
        self._seen: dict[str, int] = dict(saved or {})

    def new(self, key: str, record_ms: int) -> bool:
        if key in self._seen:
            return False
        self._seen[key] = record_ms
        return True

    def save(self, now_ms: int) -> dict[str, int]:
        """What is still to be known, `now_ms` being the newest record's time."""
        self._seen = {key: seen for key, seen in self._seen.items() if seen > now_ms - IDS_KEEP_MS}
        return self._seen


class _Keys:
    """A set of (phone, ts) by open addressing; a table is at most half full."""

    def __init__(self, size: int = _SMALLEST) -> None:
        self.phone, self.ts = np.zeros(size, np.uint64), np.zeros(size, np.int64)
        self.used, self.count = np.zeros(size, np.bool_), 0

    def has(self, phone: NDArray[np.uint64], ts: NDArray[np.int64]) -> Mask:
        return np.asarray(_has(self.phone, self.ts, self.used, phone, ts))

    def add(self, phone: NDArray[np.uint64], ts: NDArray[np.int64]) -> Mask:
        self._make_room(len(phone))
        fresh = _add(self.phone, self.ts, self.used, phone, ts)
        self.count += int(fresh.sum())
        return np.asarray(fresh)

    def save(self) -> list[bytes]:
        return [self.phone[self.used].tobytes(), self.ts[self.used].tobytes()]

    @classmethod
    def load(cls, saved: list[bytes]) -> _Keys:
        keys = cls()
        keys.add(np.frombuffer(saved[0], np.uint64).copy(), np.frombuffer(saved[1], np.int64).copy())
        return keys

    def _make_room(self, more: int) -> None:
        size = len(self.phone)
        while 2 * (self.count + more) > size:
            size *= 2
        if size > len(self.phone):
            bigger = _Keys(size)
            _add(bigger.phone, bigger.ts, bigger.used, self.phone[self.used], self.ts[self.used])
            self.phone, self.ts, self.used = bigger.phone, bigger.ts, bigger.used


@njit(cache=True)
def _place(phones: Any, times: Any, used: Any, phone: Any, ts: Any) -> Any:
    """Where a key is, or the empty place where it would go."""
    mask = np.uint64(len(phones) - 1)
    mixed = (phone ^ (np.uint64(ts) * np.uint64(0x9E3779B97F4A7C15))) * np.uint64(0xBF58476D1CE4E5B9)
    at = (mixed ^ (mixed >> np.uint64(31))) & mask
    while used[at] and (phones[at] != phone or times[at] != ts):
        at = (at + np.uint64(1)) & mask
    return np.int64(at)


@njit(cache=True)
def _has(phones: Any, times: Any, used: Any, phone: Any, ts: Any) -> Any:
    found = np.zeros(len(phone), np.bool_)
    for i in range(len(phone)):
        found[i] = used[_place(phones, times, used, phone[i], ts[i])]
    return found


@njit(cache=True)
def _add(phones: Any, times: Any, used: Any, phone: Any, ts: Any) -> Any:
    fresh = np.zeros(len(phone), np.bool_)
    for i in range(len(phone)):
        at = _place(phones, times, used, phone[i], ts[i])
        if not used[at]:
            phones[at], times[at], used[at], fresh[i] = phone[i], ts[i], True, True
    return fresh
