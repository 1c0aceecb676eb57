"""Where somebody is likely to be: the zones under a Gaussian, by Gauss-Hermite quadrature over the plan's raster."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from streams.dwell.arrays import NOWHERE, WHOLE
from streams.dwell.compiled import inlined

# three-point Gauss-Hermite rule for a standard normal: −√3, 0, √3 with 1/6, 2/3, 1/6 (Abramowitz and Stegun, table
# 25.10); the product of two rules has its weights in 36ths
_NODE = math.sqrt(3.0)


@inlined
def believe(belief: Any, track: Any, levels: Any, spots: Any) -> None:
    """Fills `belief` from a track's position and its covariance, by the plan that held then."""
    belief.departments, belief.displays = 0, 0
    at = _level_of(track, levels)
    if at < 0:
        _add(belief, 0, WHOLE)
        return
    level = levels[at]
    reach = _NODE * math.sqrt(track.pxx) / level.side
    x, y = (track.x - level.left) / level.side, (track.y - level.low) / level.side
    # neighbours mostly lie on the same spot: a run of them is added once
    run, length = -1, 0
    for i in range(3):
        row = math.floor(y + (i - 1) * reach)
        inside = 0 <= row < level.rows
        start = level.start + np.int64(row) * level.columns if inside else 0
        for j in range(3):
            column = math.floor(x + (j - 1) * reach)
            on_plan = inside and 0 <= column < level.columns
            spot = spots[start + np.int64(column)] if on_plan else 0
            if spot != run and length > 0:
                _add(belief, run, length)
                length = 0
            run = spot
            length += (4 if i == 1 else 1) * (4 if j == 1 else 1)
    _add(belief, run, length)


@inlined
def _level_of(track: Any, levels: Any) -> int:
    """−1 for a floor that is not on the plan."""
    for i in range(len(levels)):
        level = levels[i]
        if level.floor == track.floor and level.since <= track.ts < level.until:
            return i
    return -1


@inlined
def _add(belief: Any, spot: int, n: int) -> None:
    """Adds n 36ths to a spot's department and display; spot 0 is off the plan."""
    department, display = (spot >> 16) - 1, (spot & 0xFFFF) - 1
    belief.departments = _tally(belief.department, belief.department_n, belief.departments, department, n)
    belief.displays = _tally(belief.display, belief.display_n, belief.displays, display, n)


@inlined
def _tally(zones: Any, parts: Any, count: int, zone: int, n: int) -> int:
    """Adds `n` to the parts of `zone`; how many zones there are then."""
    for i in range(count):
        if zones[i] == zone:
            parts[i] += n
            return count
    zones[count], parts[count] = zone, n
    return count + 1


@inlined
def most_probable(parts: Any, count: int) -> int:
    """Index of the greatest; the first of equals."""
    best = 0
    for i in range(1, count):
        if parts[i] > parts[best]:
            best = i
    return best


@inlined
def probability(zones: Any, parts: Any, count: int, zone: int) -> float:
    for i in range(count):
        if zones[i] == zone:
            return parts[i] / WHOLE
    return 0.0


@inlined
def likely_display(belief: Any, least_p: float) -> int:
    """The most probable display, or NOWHERE where it is less probable than `least_p`."""
    best = most_probable(belief.display_n, belief.displays)
    return belief.display[best] if belief.display_n[best] >= least_p * WHOLE else NOWHERE
