"""Which zones somebody is likely to be in: a histogram's tiles by the spots that they are made of.

Of a floor that fixes name now and then no histogram is kept: a Gaussian is summed over the plan's raster at five by
five places there, weighted by how densely people stand.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from streams.dwell.arrays import AREA, NO_FLOOR, NOWHERE, ROW, SIDE, WHOLE, ZONES, Ground
from streams.dwell.compiled import compiled, fast, inlined
from streams.dwell.filter import mean_place, spread

_STEP = 0.9
"""Between two places, in standard deviations."""
_NEAR, _FAR = math.exp(-0.5 * _STEP**2), math.exp(-0.5 * (2 * _STEP) ** 2)
_LEAST_N = WHOLE // 128
"""A spot less probable than this is none: every zone that a visit touches costs state and time."""
_LEAST_TILE = np.float32(1e-3)
"""… and a tile less probable than this."""
_UNLIKELY = 0.01
"""Floors less probable than this are left out."""


@inlined
def believe(belief: Any, work: Any, histogram: Any, track: Any, ground: Ground) -> None:
    """Fills `belief` from the histogram at work and, of another floor, from the track."""
    x, y = mean_place(track)
    p = 1.0 if track.other == NO_FLOOR else 1 - track.other_p
    sd = spread(track) if p <= 1 - _UNLIKELY else 0.0
    fix = (x, y, sd * sd)
    count = weigh(work, 0, 1.0, work.now, histogram, (p, track.other), track.ts, fix, ground)
    tell(belief, work.spots, work.taken, count, ground.weights, ground.spots)


@inlined
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
    """Adds to the weights of spots, of which there are `count` so far, and says how many there are then: from a field
    of the window `at`, as probably as `floors` says that its floor is the right one, else from a Gaussian (x, y,
    variance) on another."""
    p = floors[0] * weight
    if floors[0] >= _UNLIKELY:
        if at.mosaic < 0:
            count = _tally(work.spots, ground.weights, count, 0, p)
        else:
            mosaic = ground.mosaics[at.mosaic]
            first = mosaic.first + at.row * mosaic.columns + at.column
            tiles = (first, mosaic.columns, ground.firsts, ground.pieces)
            count = _weigh_tiles(work, ground.weights, count, p, field, tiles)
    if floors[0] <= 1 - _UNLIKELY:
        count = _weigh_floor(work.spots, count, weight - p, floors[1], ts, fix, ground)
    return count


@fast
def _weigh_tiles(work: Any, weights: Any, count: int, p: float, field: Any, tiles: tuple[int, int, Any, Any]) -> int:
    """Adds the spots of the window's tiles; how many spots there are then."""
    first, columns, firsts, pieces = tiles
    everybody, likely, spots = work.everybody, work.likely, work.spots
    whole = np.float32(1e-30)
    for i in range(AREA):
        here = field[0, i] + field[1, i] + field[2, i] + field[3, i] + field[4, i]
        everybody[i] = here
        whole += here
    scale, least, found = p / whole, _LEAST_TILE * whole, 0
    for r in range(SIDE):
        # no branch: nobody can guess which tiles are likely, least of all the processor
        for c in range(2, SIDE + 2):
            likely[found] = r * ROW + c
            found += everybody[r * ROW + c] > least
    for k in range(found):
        i = likely[k]
        tile = first + (i // ROW) * columns + i % ROW - 2
        stand = scale * field[0, i]
        walk = scale * everybody[i] - stand
        for j in range(firsts[tile], firsts[tile + 1]):
            piece = pieces[j]
            # neighbours are mostly of one spot: two sums are added up side by side, one would wait for itself
            at = 2 * piece.spot + (k & 1)
            before = weights[at]
            weights[at] = before + stand * piece.stand + walk * piece.walk
            spots[count] = piece.spot
            count += before == 0
    return count


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
    found: Any, count: int, p: float, floor: int, ts: int, fix: tuple[float, float, float], ground: Ground
) -> int:
    """Adds the spots of another floor under a Gaussian (x, y, variance), p in all; how many spots there are then."""
    number = level_of(floor, ts, ground.levels)
    if number < 0:
        return _tally(found, ground.weights, count, 0, p)
    level, cells, spots = ground.levels[number], ground.cells, ground.spots
    whole = 0.0
    for i in range(-2, 3):
        for j in range(-2, 3):
            whole += _share(i) * _share(j) * spots[_spot_at(level, cells, fix, i, j)].stand
    for i in range(-2, 3):
        for j in range(-2, 3):
            spot = _spot_at(level, cells, fix, i, j)
            weight = p * _share(i) * _share(j) * spots[spot].stand / whole
            count = _tally(found, ground.weights, count, spot, weight)
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
def _tally(found: Any, weights: Any, count: int, spot: int, weight: float) -> int:
    """Adds to the weight of a spot; how many spots there are then."""
    before = weights[2 * spot]
    weights[2 * spot] = before + weight
    found[count] = spot
    return count + 1 if before == 0 else count


@compiled
def tell(belief: Any, found: Any, taken: Any, count: int, weights: Any, spots: Any) -> None:
    """Fills `belief` from the weights of the spots that were found, which are 0 again then: parts of WHOLE, by
    department and by display."""
    whole, most, number = 0.0, 0.0, 0
    for i in range(count):
        at = 2 * found[i]
        weight = weights[at] + weights[at + 1]
        # a spot may stand there twice: once its weight is taken it has none
        weights[at], weights[at + 1] = 0.0, 0.0
        taken[i] = weight
        whole += weight
        if weight > most:
            most, number = weight, i
    belief.departments, belief.displays = 0, 0
    given, scale = 0, WHOLE / whole
    for i in range(count):
        n = int(taken[i] * scale)
        if n >= _LEAST_N and i != number:
            given += n
            _give(belief, spots[found[i]], n)
    # the most probable has what rounding and what is too small have left over
    _give(belief, spots[found[number]], WHOLE - given)


@inlined
def _give(belief: Any, spot: Any, n: int) -> None:
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
