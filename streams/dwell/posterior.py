"""Which zones somebody is likely to be in: a histogram's tiles by the spots that they are made of.

Of a floor that fixes name now and then no histogram is kept: a Gaussian is summed over the plan's raster at five by
five places there, weighted by how densely people stand.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from streams.dwell.arrays import AREA, FIRST, NO_FLOOR, NOWHERE, ROW, SIDE, SPOTS, WHOLE, ZONES, Ground
from streams.dwell.compiled import compiled, fast, inlined
from streams.dwell.filter import mean_place, spread

_STEP = 0.9
"""Between two places, in standard deviations."""
_NEAR, _FAR = math.exp(-0.5 * _STEP**2), math.exp(-0.5 * (2 * _STEP) ** 2)
_LEAST_N = WHOLE // 128
"""A spot less probable than this is none: every zone that a visit touches costs state and time."""
_LEAST_TILE = np.float32(1e-4)
"""… and a tile less probable than this."""
_UNLIKELY = 0.01
"""Floors less probable than this are left out."""


@compiled
def believe(belief: Any, work: Any, histogram: Any, track: Any, ground: Ground) -> None:
    """Fills `belief` from the histogram at work and, of another floor, from the track."""
    x, y = mean_place(track)
    p = 1.0 if track.other == NO_FLOOR else 1 - track.other_p
    sd = spread(track) if p <= 1 - _UNLIKELY else 0.0
    tell(
        belief,
        work,
        weigh(work, 0, 1.0, work.now, histogram, (p, track.other), track.ts, (x, y, sd * sd), ground),
        ground,
    )


@compiled
def weigh(
    work: Any,
    count: int,
    weight: float,
    field: Any,
    at: Any,
    floors: tuple[float, int],
    ts: int,
    fix: tuple[float, float, float],
    ground: Ground,
) -> int:
    """Adds a weight of spots to `count` others, and says how many they are then: from a field of the window `at`, as
    probably as `floors` says that its floor is the right one, else from a Gaussian (x, y, variance) on another."""
    p = floors[0] * weight
    if floors[0] >= _UNLIKELY:
        if at.mosaic < 0:
            count = _tally(work, count, 0, p)
        else:
            mosaic = ground.mosaics[at.mosaic]
            count = _weigh_tiles(work, count, p, field, mosaic, at.row, at.column, ground.firsts, ground.pieces)
    if floors[0] <= 1 - _UNLIKELY:
        count = _weigh_floor(work, count, weight - p, floors[1], ts, fix, ground.levels, ground.cells, ground.spots)
    return count


@fast
def _weigh_tiles(
    work: Any, count: int, p: float, field: Any, mosaic: Any, row: int, column: int, firsts: Any, pieces: Any
) -> int:
    """Adds the spots of the window's tiles; how many spots there are then."""
    walks = work.mixed
    whole = np.float32(1e-30)
    for i in range(AREA):
        w = field[1, i] + field[2, i] + field[3, i] + field[4, i]
        walks[FIRST + i] = w
        whole += field[0, i] + w
    scale, least = p / whole, _LEAST_TILE * whole
    run, weight = -1, 0.0
    for r in range(SIDE):
        start = mosaic.first + (row + r) * mosaic.columns + column - 2
        for c in range(2, SIDE + 2):
            s, w = field[0, r * ROW + c], walks[FIRST + r * ROW + c]
            if s + w > least:
                for i in range(firsts[start + c], firsts[start + c + 1]):
                    piece = pieces[i]
                    if piece.spot != run:
                        if weight > 0:
                            count = _tally(work, count, run, weight * scale)
                        run, weight = piece.spot, 0.0
                    weight += s * piece.stand + w * piece.walk
    return _tally(work, count, run, weight * scale) if weight > 0 else count


@inlined
def level_of(floor: int, ts: int, levels: Any) -> int:
    """−1 for a floor that is not on the plan."""
    for i in range(len(levels)):
        level = levels[i]
        if level.floor == floor and level.since <= ts < level.until:
            return i
    return -1


@compiled
def _weigh_floor(
    work: Any,
    count: int,
    p: float,
    floor: int,
    ts: int,
    fix: tuple[float, float, float],
    levels: Any,
    cells: Any,
    spots: Any,
) -> int:
    """Adds the spots of another floor under a Gaussian (x, y, variance), p in all; how many spots there are then."""
    number = level_of(floor, ts, levels)
    if number < 0:
        return _tally(work, count, 0, p)
    level = levels[number]
    whole = 0.0
    for i in range(-2, 3):
        for j in range(-2, 3):
            whole += _share(i) * _share(j) * spots[_spot_at(level, cells, fix, i, j)].stand
    for i in range(-2, 3):
        for j in range(-2, 3):
            spot = _spot_at(level, cells, fix, i, j)
            count = _tally(work, count, spot, p * _share(i) * _share(j) * spots[spot].stand / whole)
    return count


@inlined
def _share(steps: int) -> float:
    """A Gaussian's height so many steps from its middle, relative to that."""
    return 1.0 if steps == 0 else (_NEAR if -1 <= steps <= 1 else _FAR)


@inlined
def _spot_at(level: Any, cells: Any, fix: tuple[float, float, float], up: int, right: int) -> int:
    reach = _STEP * math.sqrt(fix[2])
    column = math.floor((fix[0] + right * reach - level.left) / level.side)
    row = math.floor((fix[1] + up * reach - level.low) / level.side)
    if 0 <= row < level.rows and 0 <= column < level.columns:
        return cells[level.start + int(row) * level.columns + int(column)]
    return 0


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
def tell(belief: Any, work: Any, count: int, ground: Ground) -> None:
    """Fills `belief` from weights: parts of WHOLE, by department and by display."""
    spots = ground.spots
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
