"""Where somebody is likely to be: the zones under a Gaussian, by Gauss-Hermite quadrature over the plan's raster."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from streams.dwell.arrays import NOWHERE, Ground
from streams.dwell.compiled import compiled

# three-point Gauss-Hermite rule for a standard normal: −√3, 0, √3 (Abramowitz and Stegun, table 25.10)
_NODE = math.sqrt(3.0)
_WEIGHTS = np.array([1 / 6, 2 / 3, 1 / 6])


@compiled
def believe(belief: Any, track: Any, ground: Ground) -> None:
    """Fills `belief` from a track's position and its covariance, by the plan that held then."""
    spots = _spots(belief, track, ground)
    belief.departments, belief.displays = 0, 0
    for i in range(spots):
        spot, p = belief.spot[i], belief.spot_p[i]
        department, display = (spot >> 16) - 1, (spot & 0xFFFF) - 1
        belief.departments = _tally(belief.department, belief.department_p, belief.departments, department, p)
        belief.displays = _tally(belief.display, belief.display_p, belief.displays, display, p)


@compiled
def _spots(belief: Any, track: Any, ground: Ground) -> int:
    """Weights by spot, 0 for off the plan; how many spots there are."""
    at = _level_of(track, ground)
    if at < 0:
        return _tally(belief.spot, belief.spot_p, 0, 0, 1.0)
    level = ground.levels[at]
    reach = _NODE * math.sqrt(track.pxx) / level.side
    x, y = (track.x - level.left) / level.side, (track.y - level.low) / level.side
    for j in range(3):
        column = math.floor(x + (j - 1) * reach)
        belief.column[j] = np.int64(column) if 0 <= column < level.columns else -1
    count = 0
    for i in range(3):
        row = math.floor(y + (i - 1) * reach)
        inside = 0 <= row < level.rows
        first = level.start + np.int64(row) * level.columns if inside else 0
        for j in range(3):
            spot = ground.spots[first + belief.column[j]] if inside and belief.column[j] >= 0 else 0
            count = _tally(belief.spot, belief.spot_p, count, spot, _WEIGHTS[i] * _WEIGHTS[j])
    return count


@compiled
def _level_of(track: Any, ground: Ground) -> int:
    """−1 for a floor that is not on the plan."""
    for i in range(len(ground.levels)):
        level = ground.levels[i]
        if level.floor == track.floor and level.since <= track.ts < level.until:
            return i
    return -1


@compiled
def _tally(names: Any, shares: Any, count: int, name: int, p: float) -> int:
    """Adds `p` to the share of `name`; how many names there are then."""
    for i in range(count):
        if names[i] == name:
            shares[i] += p
            return count
    names[count], shares[count] = name, p
    return count + 1


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


@compiled
def likely_display(belief: Any, least_p: float) -> int:
    """The most probable display, or NOWHERE where it is less probable than `least_p`."""
    best = most_probable(belief.display, belief.display_p, belief.displays)
    return belief.display[best] if belief.display_p[best] >= least_p else NOWHERE
