"""Who is where, and what the location system says of it: phones, their pings, and the truth beside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulation.layout import Layout
from simulation.path import Path, Places
from simulation.phones import Part, Phone
from simulation.pings import Pings, observe
from simulation.radio import Radio
from simulation.truth import Timing, TruePlaces, zone_at


@dataclass(frozen=True, eq=False)
class Presence:
    """All phones of a day. A device is an id that a phone has; `start_ms` is 0 s of the paths."""

    layout: Layout
    phones: Sequence[Phone]
    start_ms: int

    @cached_property
    def parts(self) -> list[Part]:
        return [part for phone in self.phones for part in phone.parts()]

    @property
    def paths(self) -> list[Path]:
        """A device's after another, in the plan's frame."""
        return [part.path.in_plan(self.layout.frame) for part in self.parts]

    def pings(self, radio: Radio, draws: Sequence[np.random.Generator]) -> Pings:
        """In the order of arrival and the plan's frame; there is a generator for each phone."""
        seen, first = [], 0
        for phone, rng in zip(self.phones, draws, strict=True):
            seen.append(self._of_phone(phone, first, radio, rng))
            first += len(phone.ids)
        whole = Pings.concatenated(seen)
        x, y = self.layout.frame.to_plan(whole.x_m, whole.y_m)
        return replace(whole, x_m=x, y_m=y)

    def _of_phone(self, phone: Phone, first: int, radio: Radio, rng: np.random.Generator) -> Pings:
        found = observe(phone.path, first, self.start_ms, radio, rng)
        changes = self.start_ms + np.array(phone.changes_s, float) * 1000
        number = np.searchsorted(changes, found.true_ms, side="right")
        return replace(found, device=(first + number).astype(np.int32))

    def places(self, device: NDArray[np.integer[Any]], ts_ms: NDArray[np.int64]) -> TruePlaces:
        """Where these devices truly are at these true times; before and after a path its ends."""
        x, y, floor = np.empty(len(device)), np.empty(len(device)), np.empty(len(device), np.int16)
        for number in np.unique(device):
            mine = device == number
            x[mine], y[mine], floor[mine] = self.parts[number].path.at((ts_ms[mine] - self.start_ms) / 1000)
        zones, at = self.layout.of_departments, Places(x, y, floor)
        department, display = (zone_at(zones, kind, at) for kind in ("department", "display"))
        return TruePlaces(*self.layout.frame.to_plan(x, y), floor, department, display)

    def dwells(self) -> list[dict[str, Any]]:
        """device_id, kind and zone_id, dwell_s, first_ts, last_ts (ms): all time of a device in a zone."""
        timing = Timing.of(self.layout.of_departments)
        return [
            {
                "device_id": part.device_id,
                "kind": spell.zone.kind,
                "zone_id": spell.zone.id,
                "dwell_s": spell.seconds,
                "first_ts": self._ms(spell.first_s),
                "last_ts": self._ms(spell.last_s),
            }
            for part in self.parts
            for spell in timing.spells(part.path)
        ]

    def visits(self) -> list[dict[str, Any]]:
        """device_id, kind, group_id or None, `continues` (the phone's id before) or None, first_ts, last_ts (ms)."""
        return [
            {
                "device_id": part.device_id,
                "kind": phone.kind,
                "group_id": phone.group,
                "continues": part.continues,
                "first_ts": self._ms(part.path.enters_s),
                "last_ts": self._ms(part.path.leaves_s),
            }
            for phone in self.phones
            for part in phone.parts()
        ]

    def _ms(self, t_s: float) -> int:
        return self.start_ms + round(t_s * 1000)
