"""Where somebody is likely to be: zones under the Gaussians, weighted by how densely people stand and walk there.

A Gaussian is summed over the plan's raster at five by five places, about a standard deviation apart. The densities are
no evidence that adds up from fix to fix: they weigh each answer once, and the filter goes on without them.
"""

from __future__ import annotations

import math
from typing import Any

from streams.dwell.arrays import NO_FLOOR, NOWHERE, SPOTS, WHOLE, ZONES
from streams.dwell.compiled import compiled, inlined

_STEP = 0.9
"""Between two places, in standard deviations."""
_NEAR, _FAR = math.exp(-0.5 * _STEP**2), math.exp(-0.5 * (2 * _STEP) ** 2)
_LEAST_N = WHOLE // 128
"""A spot less probable than this is none: every zone that a visit touches costs state and time."""
_UNLIKELY = 0.01
"""Modes and floors less probable than this are left out."""


@compiled
def believe(belief: Any, track: Any, common: float, levels: Any, cells: Any, spots: Any, work: Any) -> None:
    """Fills `belief` from a track, by the plan that held then; `common` is a variance that no fix lessens, m²."""
    count = 0
    if track.other_p < _UNLIKELY or track.other == NO_FLOOR:
        count = _weigh_floor(work, count, 1.0, track, common, track.floor, levels, cells, spots)
    else:
        count = _weigh_floor(work, count, 1 - track.other_p, track, common, track.floor, levels, cells, spots)
        count = _weigh_floor(work, count, track.other_p, track, common, track.other, levels, cells, spots)
    _tell(belief, work, count, spots)


@inlined
def _weigh_floor(
    work: Any, count: int, p: float, track: Any, common: float, floor: int, levels: Any, cells: Any, spots: Any
) -> int:
    """Weighs the spots of one floor; how many spots there are then."""
    at = _level_of(floor, track.ts, levels)
    if at < 0:
        return _tally(work, count, 0, p)
    level = levels[at]
    if track.stand > _UNLIKELY:
        count = _weigh(work, count, p * track.stand, True, track.sx, track.sy, track.sp + common, level, cells, spots)
    if track.stand < 1 - _UNLIKELY:
        count = _weigh(
            work, count, p * (1 - track.stand), False, track.wx, track.wy, track.wpp + common, level, cells, spots
        )
    return count


@inlined
def _level_of(floor: int, ts: int, levels: Any) -> int:
    """−1 for a floor that is not on the plan."""
    for i in range(len(levels)):
        level = levels[i]
        if level.floor == floor and level.since <= ts < level.until:
            return i
    return -1


@compiled
def _weigh(
    work: Any,
    count: int,
    p: float,
    stands: bool,
    x: float,
    y: float,
    variance: float,
    level: Any,
    cells: Any,
    spots: Any,
) -> int:
    """Adds the spots under one Gaussian; neighbours mostly lie on the same spot: a run of them is added once."""
    reach = _STEP * math.sqrt(variance) / level.side
    x, y = (x - level.left) / level.side, (y - level.low) / level.side
    run, length = -1, 0.0
    for i in range(-2, 3):
        row = math.floor(y + i * reach)
        inside = 0 <= row < level.rows
        start = level.start + int(row) * level.columns if inside else 0
        across = p * (1.0 if i == 0 else (_NEAR if -1 <= i <= 1 else _FAR))
        for j in range(-2, 3):
            column = math.floor(x + j * reach)
            on_plan = inside and 0 <= column < level.columns
            spot = cells[start + int(column)] if on_plan else 0
            if spot != run:
                if length > 0:
                    count = _tally(work, count, run, length * _density(spots[run], stands))
                run, length = spot, 0.0
            length += across * (1.0 if j == 0 else (_NEAR if -1 <= j <= 1 else _FAR))
    return _tally(work, count, run, length * _density(spots[run], stands))


@inlined
def _density(spot: Any, stands: bool) -> float:
    return spot.stand if stands else spot.walk


@inlined
def _tally(work: Any, count: int, spot: int, weight: float) -> int:
    """Adds a weight to a spot's; how many spots there are then."""
    for i in range(count):
        if work.spots[i] == spot:
            work.weights[i] += weight
            return count
    if count == SPOTS:
        work.weights[count - 1] += weight
        return count
    work.spots[count], work.weights[count] = spot, weight
    return count + 1


@compiled
def _tell(belief: Any, work: Any, count: int, spots: Any) -> None:
    """Weights as parts of WHOLE, by department and by display."""
    whole = 0.0
    for i in range(count):
        whole += work.weights[i]
    belief.departments, belief.displays = 0, 0
    given, most = 0, 0
    for i in range(count):
        if work.weights[i] > work.weights[most]:
            most = i
    for i in range(count + 1):
        # the most probable has what rounding and what is too small have left over
        at = most if i == count else i
        n = WHOLE - given if i == count else int(work.weights[i] * (WHOLE / whole))
        if n >= _LEAST_N or i == count:
            given += n
            spot = spots[work.spots[at]]
            belief.departments = _add(belief.department, belief.department_n, belief.departments, spot.department, n)
            belief.displays = _add(belief.display, belief.display_n, belief.displays, spot.display, n)


@inlined
def _add(zones: Any, parts: Any, count: int, zone: int, n: int) -> int:
    """Adds `n` to the parts of `zone`; how many zones there are then."""
    for i in range(count):
        if zones[i] == zone:
            parts[i] += n
            return count
    if count == ZONES - 1 and zone != NOWHERE:
        # no room for more names: the last place is for nowhere
        return _add_nowhere(zones, parts, count, n)
    if count == ZONES:
        parts[count - 1] += n
        return count
    zones[count], parts[count] = zone, n
    return count + 1


@inlined
def _add_nowhere(zones: Any, parts: Any, count: int, n: int) -> int:
    for i in range(count):
        if zones[i] == NOWHERE:
            parts[i] += n
            return count
    zones[count], parts[count] = NOWHERE, n
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
