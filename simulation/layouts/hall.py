"""A store whose shelves stand freely: people walk the shortest way round them, and between floors by stairs or lift."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from simulation.layout import Layout, Rect, Spot, Zone
from simulation.layouts.ways import Ways

_CHANGE_M = 12.0
"""What a change of floor is worth in metres walked (assumed): with 12 s at an unhurried step."""
SWEEP_M = 6.8
"""Shoppers go through a store in strips of this width, up one and down the next."""


@dataclass(frozen=True)
class Climb:
    """Stairs, or a lift where both ends are one: where one gets on below, where one gets off above."""

    below: tuple[float, float]
    above: tuple[float, float]

    def ends(self, start: int, end: int) -> tuple[Spot, Spot]:
        on, off = (self.below, self.above) if start < end else (self.above, self.below)
        return Spot(*on, start), Spot(*off, end)


@dataclass(frozen=True, eq=False)
class Hall(Layout):
    """The tills stand in a block that ways lead round: who has paid goes through it."""

    climbs: Sequence[Climb] = ()

    def route(self, start: Spot, end: Spot, aside_m: float = 0.0) -> list[Spot]:
        if start.floor == end.floor:
            way = self._ways[end.floor].way(start[:2], end[:2], aside_m)
            return [*(Spot(x, y, end.floor) for x, y in way), end]
        ends = [climb.ends(start.floor, end.floor) for climb in self.climbs]
        ways = [[*self.route(start, on, aside_m), off, *self.route(off, end, aside_m)] for on, off in ends]
        return min(ways, key=lambda way: _metres(start, way))

    def walking_order(self, display: Zone) -> tuple[int, int, float]:
        x, y = display.area.centre
        strip = int(x // SWEEP_M)
        return display.floor, strip, -y if strip % 2 else y

    @cached_property
    def _ways(self) -> list[Ways]:
        return [Ways.of(self._blocked(floor), self.width_m, self.depth_m) for floor in range(self.floors)]

    def _blocked(self, floor: int) -> list[Rect]:
        tills = [till.area for till in self.tills]
        block = Rect(tills[0].x0, tills[0].y0, tills[-1].x1, tills[-1].y1)
        return [*(zone.area for zone in self.obstacles if zone.floor == floor), *([] if floor else [block])]


def _metres(start: Spot, way: Sequence[Spot]) -> float:
    legs = pairwise([start, *way])
    return sum(_CHANGE_M if a.floor != b.floor else math.hypot(a.x_m - b.x_m, a.y_m - b.y_m) for a, b in legs)
