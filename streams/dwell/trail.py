"""Where a visit has been, coarsely: a place every 20 s on a grid of event time that all phones share, and their sums.

A place is the mean over 20 s of the way between settled positions, a straight line from each to the next: the same
definition for a ping every second and for one a minute. Kinds (kinds.py) are judged by the sums, groups
(companions.py) by the last places. Functions of the hot path take plain records: see cells.py.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from streams.dwell.compiled import compiled, inlined

BLOCK_MS = 20_000
PLACES = 80
"""Places that are kept: nearly 27 minutes."""
QUARTERS = 4
"""Places are whole quarters of a metre, modulo 16 km: differences are exact wherever a plan's origin lies."""
FLOOR = 4_096
"""Another floor lies 1,024 m further up, modulo 16 floors: nobody is near somebody there."""
NO_PLACE = -(2**15)
LONGEST_WAY_MS = 75_000
"""Between positions further apart in time nobody knows where the phone was."""
_LEAST_S = 5.0
"""A place that rests on less of its 20 s is none."""

STEP_M, STEP_SIGMAS = 4.0, 4.0
"""A phone has moved when it is as far as this, and as this many standard deviations of a fix, from where it was."""

STAFF, TILL, DOOR, HAS_DOOR = 1, 2, 4, 8
"""Bits of a cell's roles: in a staff zone, in a checkout, near an entrance; the plan has entrances at all."""

SUMS = np.dtype(
    [
        # over the visit's places, relative to its first one, in quarters of a metre
        ("places", "i4"),
        ("home_x", "i2"),
        ("home_y", "i2"),
        ("sum_x", "i8"),
        ("sum_y", "i8"),
        ("sum_squares", "i8"),
        ("noise", "f4"),
        ("staff", "i4"),
        ("till", "i4"),
        ("began", "u1"),
        # moves so far, and from where the next one is measured
        ("from_x", "i2"),
        ("from_y", "i2"),
        ("moves", "i4"),
    ]
)
"""`noise` is the sum of the fixes' variances at each place, m²; `began` are the roles where the visit began; `staff`
and `till` count places in such zones."""

TRAIL = np.dtype(
    [
        # the place that is being measured: when it ends, and the integrals over it so far (m s, s)
        ("until", "i8"),
        ("x_s", "f8"),
        ("y_s", "f8"),
        ("s", "f8"),
        ("floor", "i2"),
        ("sums", SUMS),
        # the visit's last places: that of block k at k modulo PLACES
        ("x", "i2", (PLACES,)),
        ("y", "i2", (PLACES,)),
    ]
)
"""Of one visit, as far as it is settled."""


@compiled
def begin_trail(trail: Any, levels: Any, roles: Any, ts: int, x: float, y: float, floor: int) -> None:
    """A visit begins."""
    sums = trail.sums
    sums.places, sums.moves, sums.staff, sums.till = 0, 0, 0, 0
    sums.sum_x, sums.sum_y, sums.sum_squares, sums.noise = 0, 0, 0, 0.0
    sums.began = role_at(levels, roles, ts, x, y, floor)
    trail.x[:] = NO_PLACE
    _open(trail, ts // BLOCK_MS, floor)


@inlined
def follow(
    trail: Any,
    levels: Any,
    roles: Any,
    before_ms: int,
    x0: float,
    y0: float,
    ts: int,
    x1: float,
    y1: float,
    floor: int,
    noise: float,
) -> None:
    """The way from the position before to the one at `ts`, whose fix has the variance `noise` (m²) on each axis."""
    if ts < trail.until and floor == trail.floor:
        _walk(trail, (ts - before_ms) / 1000.0, x0, y0, x1, y1)
    else:
        _cross(trail, levels, roles, before_ms, x0, y0, ts, x1, y1, floor, noise)


@inlined
def _walk(trail: Any, seconds: float, x0: float, y0: float, x1: float, y1: float) -> None:
    half = 0.5 * seconds
    trail.x_s += half * (x0 + x1)
    trail.y_s += half * (y0 + y1)
    trail.s += seconds


@compiled
def _cross(
    trail: Any,
    levels: Any,
    roles: Any,
    before_ms: int,
    x0: float,
    y0: float,
    ts: int,
    x1: float,
    y1: float,
    floor: int,
    noise: float,
) -> None:
    """The same over the end of a block or more, or to another floor."""
    if floor != trail.floor or ts - before_ms > LONGEST_WAY_MS:
        _close(trail, levels, roles, noise)
        _leave_out(trail, ts)
        _open(trail, ts // BLOCK_MS, floor)
        return
    at, x, y = before_ms, x0, y0
    while ts >= trail.until:
        share = (trail.until - before_ms) / (ts - before_ms)
        to_x, to_y = x0 + share * (x1 - x0), y0 + share * (y1 - y0)
        _walk(trail, (trail.until - at) / 1000.0, x, y, to_x, to_y)
        at, x, y = trail.until, to_x, to_y
        _close(trail, levels, roles, noise)
        _open(trail, trail.until // BLOCK_MS, floor)
    _walk(trail, (ts - at) / 1000.0, x, y, x1, y1)


@compiled
def _open(trail: Any, block: int, floor: int) -> None:
    trail.until, trail.floor = (block + 1) * BLOCK_MS, floor
    trail.x_s, trail.y_s, trail.s = 0.0, 0.0, 0.0


@compiled
def _leave_out(trail: Any, ts: int) -> None:
    """There is no place in the blocks between the one that was measured and that of `ts`."""
    first, last = trail.until // BLOCK_MS, ts // BLOCK_MS
    for block in range(max(first, last - PLACES), last):
        trail.x[block % PLACES] = NO_PLACE


@compiled
def _close(trail: Any, levels: Any, roles: Any, noise: float) -> None:
    """Keeps the place that was measured, where there was time enough, and counts it."""
    block = trail.until // BLOCK_MS - 1
    at = block % PLACES
    if trail.s < _LEAST_S:
        # a change of floor within a block may have left a place there
        trail.x[at] = NO_PLACE
        return
    x_m, y_m = trail.x_s / trail.s, trail.y_s / trail.s
    x = quarters(math.floor(x_m * QUARTERS))
    y = quarters(math.floor(y_m * QUARTERS) + trail.floor * FLOOR)
    trail.x[at], trail.y[at] = max(x, NO_PLACE + 1), y
    _count(trail.sums, role_at(levels, roles, block * BLOCK_MS, x_m, y_m, trail.floor), x, y, noise)


@compiled
def _count(sums: Any, role: int, x: int, y: int, noise: float) -> None:
    sums.staff += role & STAFF
    sums.till += (role & TILL) // TILL
    sums.noise += noise
    if sums.places == 0:
        sums.home_x = sums.from_x = x
        sums.home_y = sums.from_y = y
    sums.places += 1
    dx, dy = quarters(x - sums.home_x), quarters(y - sums.home_y)
    sums.sum_x += dx
    sums.sum_y += dy
    sums.sum_squares += dx * dx + dy * dy
    _move(sums, x, y, noise)


@inlined
def quarters(value: int) -> int:
    """A difference of places, or a place, as the 16 bits that hold it."""
    return ((value + 2**15) & 0xFFFF) - 2**15


@compiled
def _move(sums: Any, x: int, y: int, noise: float) -> None:
    dx, dy = quarters(x - sums.from_x), quarters(y - sums.from_y)
    if math.sqrt(dx * dx + dy * dy) / QUARTERS >= max(STEP_M, STEP_SIGMAS * math.sqrt(noise)):
        sums.moves += 1
        sums.from_x, sums.from_y = x, y


@compiled
def role_at(levels: Any, roles: Any, ts: int, x: float, y: float, floor: int) -> int:
    """The roles of a cell by the plan that held then; none off the plan."""
    for i in range(len(levels)):
        level = levels[i]
        if level.floor == floor and level.since <= ts < level.until:
            row, column = math.floor((y - level.low) / level.side), math.floor((x - level.left) / level.side)
            if 0 <= row < level.rows and 0 <= column < level.columns:
                return int(roles[level.start + np.int64(row) * level.columns + np.int64(column)])
            return 0
    return 0
