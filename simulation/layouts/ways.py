"""The shortest ways round the obstacles of one floor: from corner to corner, each in sight of the one before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulation.layout import Rect

Numbers = NDArray[np.float64]

CLEAR_M, CORNER_M = 0.3, 0.6
"""Nobody passes nearer to an obstacle, and corners are turned this far from it: between is room to walk beside."""
_ROOM_M = 0.25


@dataclass(frozen=True, eq=False)
class Ways:
    """`solid` holds x0, y0, x1, y1 of obstacles with CLEAR_M around; `after[i, j]` follows i on the way to j."""

    solid: Numbers
    corners: Numbers
    metres: Numbers
    after: NDArray[np.int64]

    @classmethod
    def of(cls, obstacles: Iterable[Rect], wide: float, deep: float) -> Ways:
        bounds = np.array([(r.x0, r.y0, r.x1, r.y1) for r in obstacles], float).reshape(-1, 4)
        solid = bounds + CLEAR_M * np.array([-1, -1, 1, 1])
        around = bounds + CORNER_M * np.array([-1, -1, 1, 1])
        corners = np.concatenate([around[:, [i, j]] for i in (0, 2) for j in (1, 3)])
        within = ((corners > CLEAR_M) & (corners < np.array([wide, deep]) - CLEAR_M)).all(axis=1)
        free = within & ~_inside(corners, solid)
        return cls(solid, corners[free], *_shortest(corners[free], solid))

    def way(
        self, start: tuple[float, float], end: tuple[float, float], aside_m: float = 0.0
    ) -> list[tuple[float, float]]:
        """The places between, each moved by up to ±_ROOM_M on both axes where `aside_m` is ±1."""
        a, b = np.array([start]), np.array([end])
        if not len(self.corners) or _sees(a, b, self.solid)[0]:
            return []
        begin, finish = (self._in_sight(np.array(place)) for place in (start, end))
        whole = begin[:, None] + self.metres + finish
        here, last = (int(i) for i in np.unravel_index(int(whole.argmin()), whole.shape))
        passed = [here]
        while here != last:
            here = int(self.after[here, last])
            passed.append(here)
        moved = self.corners[passed] + _ROOM_M * min(max(aside_m, -1.0), 1.0)
        return [(x, y) for x, y in moved.tolist()]

    def _in_sight(self, place: Numbers) -> Numbers:
        """Metres to each corner, infinite to those that an obstacle hides."""
        straight = np.hypot(*(self.corners - place).T)
        return np.where(_sees(np.broadcast_to(place, self.corners.shape), self.corners, self.solid), straight, np.inf)


def _inside(places: Numbers, solid: Numbers) -> NDArray[np.bool_]:
    x, y = places[:, :1], places[:, 1:]
    within = (solid[:, 0] < x) & (x < solid[:, 2]) & (solid[:, 1] < y) & (y < solid[:, 3])
    return np.asarray(within.any(axis=1))


def _sees(a: Numbers, b: Numbers, solid: Numbers) -> NDArray[np.bool_]:
    """Whether no obstacle lies on the straight way from each a to its b; touching an edge is no hindrance."""
    first, last = np.zeros((len(a), len(solid))), np.ones((len(a), len(solid)))
    for axis in (0, 1):
        start, change = a[:, axis, None], (b - a)[:, axis, None]
        low, high = solid[:, axis] - start, solid[:, axis + 2] - start
        stands = change == 0
        enter, leave = low / np.where(stands, 1, change), high / np.where(stands, 1, change)
        beside = stands & ((low >= 0) | (high <= 0))
        first = np.where(beside, 1.0, np.where(stands, first, np.maximum(first, np.minimum(enter, leave))))
        last = np.where(beside, 0.0, np.where(stands, last, np.minimum(last, np.maximum(enter, leave))))
    return np.asarray(~(last - first > 1e-9).any(axis=1))


def _shortest(corners: Numbers, solid: Numbers) -> tuple[Numbers, NDArray[np.int64]]:
    """Metres between all corners, and what comes next on each way (Floyd 1962, Algorithm 97)."""
    count = len(corners)
    metres, after = np.empty((count, count)), np.tile(np.arange(count), (count, 1))
    for i, corner in enumerate(corners):
        seen = _sees(np.broadcast_to(corner, corners.shape), corners, solid)
        metres[i] = np.where(seen, np.hypot(*(corners - corner).T), np.inf)
    for via in range(count):
        through = metres[:, via, None] + metres[via]
        shorter = through < metres
        metres, after = np.where(shorter, through, metres), np.where(shorter, after[:, via, None], after)
    return metres, after
