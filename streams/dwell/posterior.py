"""Where somebody is likely to be: the zones under a Gaussian, by Gauss-Hermite quadrature over the plan's raster."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.dwell.arrays import NOWHERE, Ground
from streams.dwell.compiled import compiled

# three-point Gauss-Hermite rule for a standard normal (Abramowitz and Stegun, table 25.10)
_NODES = np.array([-math.sqrt(3.0), 0.0, math.sqrt(3.0)])
_WEIGHTS = np.array([1 / 6, 2 / 3, 1 / 6])
POINTS = len(_NODES) ** 2


class Belief(NamedTuple):
    """Zones and their probabilities; `counts` says how many departments and displays are filled. Each sums to 1."""

    department: NDArray[np.int32]
    department_p: NDArray[np.float64]
    display: NDArray[np.int32]
    display_p: NDArray[np.float64]
    counts: NDArray[np.int64]


def new_belief() -> Belief:
    return Belief(
        np.zeros(POINTS, np.int32),
        np.zeros(POINTS),
        np.zeros(POINTS, np.int32),
        np.zeros(POINTS),
        np.zeros(2, np.int64),
    )


@compiled
def believe(belief: Belief, track: Any, ground: Ground) -> None:
    """Fills `belief` from a track's position and its covariance."""
    level = -1
    for i in range(len(ground.floors)):
        if ground.floors[i] == track.floor:
            level = i
    spread = math.sqrt(track.pxx)
    left, low, side = ground.corner
    x, y = (track.x - left) / side, (track.y - low) / side
    belief.counts[0] = _tally(ground.department, level, x, y, spread / side, belief.department, belief.department_p)
    belief.counts[1] = _tally(ground.display, level, x, y, spread / side, belief.display, belief.display_p)


@compiled
def _tally(grid: Any, level: int, x: float, y: float, spread: float, zones: Any, shares: Any) -> int:
    """Sums the weights by zone, x, y and spread in cells; how many zones there are."""
    rows, columns = grid.shape[1], grid.shape[2]
    count = 0
    for i in range(len(_NODES)):
        row = math.floor(y + spread * _NODES[i])
        for j in range(len(_NODES)):
            column = math.floor(x + spread * _NODES[j])
            zone = NOWHERE
            if level >= 0 and 0 <= row < rows and 0 <= column < columns:
                zone = grid[level, int(row), int(column)]
            at = 0
            while at < count and zones[at] != zone:
                at += 1
            if at == count:
                zones[at], shares[at] = zone, 0.0
                count += 1
            shares[at] += _WEIGHTS[i] * _WEIGHTS[j]
    return count


@compiled
def most_probable(zones: Any, shares: Any, count: int) -> int:
    """Index of the greatest share; the first of equals."""
    best = 0
    for i in range(1, count):
        if shares[i] > shares[best]:
            best = i
    return best


@compiled
def share_of(zones: Any, shares: Any, count: int, zone: int) -> float:
    for i in range(count):
        if zones[i] == zone:
            return shares[i]
    return 0.0
