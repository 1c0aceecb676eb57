"""Where somebody truly is as a function of time: straight legs between corners, each with its time."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulation.layout import Frame, Rect, Spot

SLOWEST_M_S, FASTEST_M_S = 0.5, 1.2
"""People walk freely at 1.34 ± 0.26 m/s (Weidmann 1993, "Transporttechnik der Fussgänger") and slower among shelves."""
_FLOOR_S = 12.0
_STEP_M, _STEP_S, _MARGIN_M, _SHUFFLE_M_S = 0.5, 8.0, 0.4, 0.4
"""In front of a shelf: steps of about half a metre every 8 s, slow ones, not to the area's very edge."""


class Places(NamedTuple):
    """Positions at given times."""

    x_m: NDArray[np.float64]
    y_m: NDArray[np.float64]
    floor: NDArray[np.int16]


@dataclass(frozen=True, eq=False)
class Path:
    """Corners: `t_s` rises (seconds of the day's start); between two corners the floor is that of the first."""

    t_s: NDArray[np.float64]
    x_m: NDArray[np.float64]
    y_m: NDArray[np.float64]
    floor: NDArray[np.int16]

    @property
    def enters_s(self) -> float:
        return float(self.t_s[0])

    @property
    def leaves_s(self) -> float:
        return float(self.t_s[-1])

    def at(self, t_s: NDArray[np.float64]) -> Places:
        """Where at these times; before and after the path its ends."""
        leg = np.clip(np.searchsorted(self.t_s, t_s, side="right") - 1, 0, len(self.t_s) - 1)
        return Places(np.interp(t_s, self.t_s, self.x_m), np.interp(t_s, self.t_s, self.y_m), self.floor[leg])

    def in_plan(self, frame: Frame) -> Path:
        """The path in the plan's frame."""
        return Path(self.t_s, *frame.to_plan(self.x_m, self.y_m), self.floor)

    def between(self, first_s: float, last_s: float) -> Path:
        """The part from one time to the other, both within the path."""
        inner = (first_s < self.t_s) & (self.t_s < last_s)
        x, y, floor = self.at(np.array([first_s, last_s]))
        return Path(
            np.array([first_s, *self.t_s[inner], last_s]),
            np.array([x[0], *self.x_m[inner], x[1]]),
            np.array([y[0], *self.y_m[inner], y[1]]),
            np.array([floor[0], *self.floor[inner], floor[1]], np.int16),
        )

    def distance(self, t_s: float, x_m: float, y_m: float, floor: int | None = None) -> float:
        """Metres from there to (x, y): infinite from another floor, where one is named."""
        here = self.at(np.array([t_s]))
        same = floor is None or floor == here.floor[0]
        return math.hypot(here.x_m[0] - x_m, here.y_m[0] - y_m) if same else math.inf


@dataclass
class Walk:
    """A path while somebody walks it."""

    t_s: float
    spot: Spot
    rng: np.random.Generator
    speed_m_s: float
    _corners: list[tuple[float, Spot]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._corners.append((self.t_s, self.spot))

    def go(self, corners: Iterable[Spot], pace: float = 1.0) -> None:
        """Walks along, each leg a little faster or slower; a change of floor takes its own time."""
        for corner in corners:
            if corner.floor != self.spot.floor:
                self._to(corner, _FLOOR_S * abs(corner.floor - self.spot.floor))
            else:
                speed = min(max(self.speed_m_s * self.rng.normal(1, 0.08), SLOWEST_M_S), FASTEST_M_S)
                self._to(corner, self._distance(corner) / (speed * pace))

    def browse(self, seconds: float, area: Rect) -> None:
        """Stays in the area, looking: stands, takes a small step, stands."""
        end = self.t_s + seconds
        while (left := end - self.t_s) > 0:
            self.wait(min(left, float(self.rng.exponential(_STEP_S))))
            spot = self._near(area)
            took = self._distance(spot) / _SHUFFLE_M_S
            if self.t_s + took < end:
                self._to(spot, took)

    def wait(self, seconds: float) -> None:
        self._to(self.spot, seconds)

    def path(self) -> Path:
        times, spots = zip(*self._corners, strict=True)
        x, y, floor = zip(*spots, strict=True)
        return Path(np.array(times), np.array(x), np.array(y), np.array(floor, np.int16))

    def _to(self, spot: Spot, seconds: float) -> None:
        if seconds > 0:
            self.t_s, self.spot = self.t_s + seconds, spot
            self._corners.append((self.t_s, spot))

    def _distance(self, spot: Spot) -> float:
        return math.hypot(spot.x_m - self.spot.x_m, spot.y_m - self.spot.y_m)

    def _near(self, area: Rect) -> Spot:
        dx, dy = self.rng.normal(0, _STEP_M, 2).tolist()
        x = min(max(self.spot.x_m + dx, area.x0 + _MARGIN_M), area.x1 - _MARGIN_M)
        y = min(max(self.spot.y_m + dy, area.y0 + _MARGIN_M), area.y1 - _MARGIN_M)
        return Spot(x, y, self.spot.floor)


def inside(area: Rect, floor: int, rng: np.random.Generator) -> Spot:
    """Somewhere in an area, not at its very edge."""
    x, y = rng.uniform(area.x0 + _MARGIN_M, area.x1 - _MARGIN_M), rng.uniform(area.y0 + _MARGIN_M, area.y1 - _MARGIN_M)
    return Spot(float(x), float(y), floor)
