"""The truth about zones: the exact seconds that a noise-free path spends in each, and which one a place is in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulation.layout import Zone
from simulation.path import Path, Places

Numbers = NDArray[np.float64]


class Spell(NamedTuple):
    """All time in one zone: the sum, first and last moment, in seconds of the day's start."""

    zone: Zone
    seconds: float
    first_s: float
    last_s: float


class TruePlaces(NamedTuple):
    """Columns: metres in the plan's frame, floor, and the ids of department and display or None (dtype object)."""

    x_m: Numbers
    y_m: Numbers
    floor: NDArray[np.int16]
    department: NDArray[np.object_]
    display: NDArray[np.object_]


def zone_at(zones: Sequence[Zone], kind: str, places: Places) -> NDArray[np.object_]:
    """The id of the zone of that kind that each place is in, or None; an edge belongs to the zone."""
    found = np.full(len(places.x_m), None, object)
    for zone in zones:
        if zone.kind == kind:
            area = zone.area
            within = (area.x0 <= places.x_m) & (places.x_m <= area.x1) & (area.y0 <= places.y_m)
            found[within & (places.y_m <= area.y1) & (places.floor == zone.floor)] = zone.id
    return found


@dataclass(frozen=True, eq=False)
class Timing:
    """Zones as columns; `x` and `y` are their lower and upper bounds, each of shape (zones, 1)."""

    zones: Sequence[Zone]
    x: tuple[Numbers, Numbers]
    y: tuple[Numbers, Numbers]
    floor: NDArray[np.int16]

    @classmethod
    def of(cls, zones: Sequence[Zone]) -> Timing:
        bounds = np.array([(z.area.x0, z.area.x1, z.area.y0, z.area.y1) for z in zones], float).reshape(-1, 4)
        x0, x1, y0, y1 = bounds.T[:, :, None]
        return cls(zones, (x0, x1), (y0, y1), np.array([[zone.floor] for zone in zones], np.int16).reshape(-1, 1))

    def spells(self, path: Path) -> Iterator[Spell]:
        """Zones that the path spends any time in."""
        enter, leave = self._crossings(path)
        inside = leave > enter
        for number in np.flatnonzero(inside.any(axis=1)):
            came, went = enter[number, inside[number]], leave[number, inside[number]]
            yield Spell(self.zones[int(number)], float((went - came).sum()), float(came.min()), float(went.max()))

    def _crossings(self, path: Path) -> tuple[Numbers, Numbers]:
        """When each leg enters and leaves each zone, shape (zones, legs), by clipping against a rectangle's slabs."""
        first_x, last_x = _within(path.x_m, *self.x)
        first_y, last_y = _within(path.y_m, *self.y)
        enter = np.clip(np.maximum(first_x, first_y), 0, 1)
        leave = np.clip(np.minimum(last_x, last_y), enter, 1)
        leave = np.where(path.floor[:-1] == self.floor, leave, enter)
        took = np.diff(path.t_s)
        return path.t_s[:-1] + enter * took, path.t_s[:-1] + leave * took


def _within(axis: Numbers, low: Numbers, high: Numbers) -> tuple[Numbers, Numbers]:
    """The fractions of each leg between which it lies in [low, high], unclipped; (1, 0) where it stands outside."""
    start, change = axis[:-1], np.diff(axis)
    stands, inside = change == 0, (low <= start) & (start <= high)
    moves = np.where(stands, 1.0, change)
    a, b = (low - start) / moves, (high - start) / moves
    first = np.where(stands, np.where(inside, 0.0, 1.0), np.minimum(a, b))
    last = np.where(stands, np.where(inside, 1.0, 0.0), np.maximum(a, b))
    return first, last
