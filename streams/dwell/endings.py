"""Visits that end, in the order in which they do: each is judged once, at the ping whose `ts` shows that it is over.

The kernel stops before that ping, however pings are cut into batches, so that all is judged from the same state: what
a visit's companions are known to have done by then. Looking through all phones is rare; in between, those that were
silent for long are at hand.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from streams.dwell import companions
from streams.dwell.kinds import probabilities

NEVER = 2**62
_ANY = -1
COMPANION_SHOPPER_P = 0.5
"""Staff who walk or stand together are no group of shoppers."""


class Endings:
    """What is due when. It holds nothing that cannot be found again in the phones' records."""

    def __init__(self, wait_ms: int) -> None:
        """A visit is over `wait_ms` after its last ping: the silence and the lateness."""
        self._wait_ms, self._ahead_ms = wait_ms, max(1, wait_ms // 2)
        self._quiet: list[tuple[int, int, int]] = []
        self._look_ms = 0
        self.due_ms = 0
        """No visit has to be judged before event time has come to this."""

    def judge(self, phones: Any, event_ms: int) -> None:
        """Finds the companions of the visits that are over at `event_ms`."""
        while self.due_ms <= event_ms:
            if self._look_ms <= event_ms:
                self._look(phones, event_ms)
            while self._quiet and self._quiet[-1][0] + self._wait_ms <= event_ms:
                last, _, slot = self._quiet.pop()
                if phones["walk"]["last"][slot] == last and phones["group"]["judged"][slot] != last:
                    self._judge(phones, slot)
            self.due_ms = min(self._look_ms, self._quiet[-1][0] + self._wait_ms if self._quiet else NEVER)

    def _look(self, phones: Any, event_ms: int) -> None:
        """Notes the visits that can be over before the next look: whoever was heard of since cannot."""
        self._look_ms = event_ms + self._ahead_ms
        walks = phones["walk"]
        last, judged = walks["last"], phones["group"]["judged"]
        open_ = (phones["used"] == 1) & (walks["pings"] > 0) & (judged != last)
        slots = np.flatnonzero(open_ & (last + self._wait_ms <= self._look_ms))
        self._quiet = sorted(
            zip(last[slots].tolist(), walks["id_seq"][slots].tolist(), slots.tolist(), strict=True), reverse=True
        )
        # whose visit has only just begun is not told from others by its first ping yet
        self._slots = np.flatnonzero(phones["used"])
        self._first = np.where(open_ & (phones["begun"] == 0), walks["first"], _ANY)[self._slots]

    def _judge(self, phones: Any, slot: int) -> None:
        phone = phones[slot]
        first, last = int(phone["walk"]["first"]), int(phone["walk"]["last"])
        others = self._slots[(np.abs(self._first - first) <= companions.ENTRY_MS) | (self._first == _ANY)]
        candidates = companions.candidates(phones, slot, others)
        found = companions.find(phones, slot, candidates)
        if found.any():
            members = np.append(candidates[found], slot)
            members = members[self._shoppers(phones, members)]
            if len(members) > 1 and members[-1] == slot:
                companions.join(phones, members, candidates)
        phone["group"]["judged"] = last

    @staticmethod
    def _shoppers(phones: Any, slots: NDArray[np.int64]) -> NDArray[np.bool_]:
        walks = phones["walk"]
        seconds = (walks["last"][slots] - walks["first"][slots]) / 1000.0
        return np.asarray(probabilities(phones["trail"]["sums"][slots], seconds)[:, 0] >= COMPANION_SHOPPER_P)
