"""The visit once more, later: each position corrected by the fixes of the next seconds, and spent by probability."""

from __future__ import annotations

from typing import Any

from streams.dwell.arrays import NOWHERE, RING, WHOLE
from streams.dwell.cells import DEPARTMENT_STEP_S, DISPLAY_STEP_S, SMOOTHED, SOLID, cell_of, seen
from streams.dwell.compiled import compiled, inlined
from streams.dwell.filter import smooth
from streams.dwell.posterior import believe

LAG_MS = 12_000
"""A position waits at least this long for fixes that correct it, and at most three times as long.

Of a phone that pings faster than once a second the ring holds less than two lags: its positions wait for half of it.
"""
SHARED_S = 10.0
"""Errors of position are alike for about this long: it widens the interval on dwell."""
SOLID_P = 0.25
"""A zone's first and last time in a visit are those at which it was at least this probable, where there are any."""


@compiled
def begin_ring(phone: Any) -> None:
    """A visit's first position; nothing is spent yet."""
    phone.ring[0] = phone.walk.track
    phone.ringed = 1
    phone.smoothed = -1


@inlined
def add(cells: Any, book: Any, levels: Any, spots: Any, phone: Any, work: Any) -> None:
    """Puts the walk's position on the ring. One way back over two lags corrects all positions of the older one."""
    if phone.ringed == RING:
        emit(cells, book, levels, spots, phone, RING // 2, work)
    phone.ring[phone.ringed] = phone.walk.track
    phone.ringed += 1
    if phone.walk.last - phone.ring[0].ts < 2 * LAG_MS:
        return
    done = 1
    while done < phone.ringed - 1 and phone.ring[done].ts <= phone.walk.last - LAG_MS:
        done += 1
    emit(cells, book, levels, spots, phone, done, work)


@compiled
def emit(cells: Any, book: Any, levels: Any, spots: Any, phone: Any, count: int, work: Any) -> None:
    """Spends the smoothed seconds of the first `count` positions, corrected by all that are on the ring."""
    # the ring keeps what was filtered: corrections are made on a copy
    for i in range(phone.ringed):
        work.ring[i] = phone.ring[i]
    for i in range(phone.ringed - 2, -1, -1):
        # what came after a longer silence came too late
        if work.ring[i + 1].ts - work.ring[i].ts <= LAG_MS:
            smooth(work.ring[i], work.ring[i + 1])
    for i in range(count):
        here = work.ring[i]
        before = (here.ts - phone.smoothed) / 2000.0 if phone.smoothed >= 0 else 0.0
        after = (work.ring[i + 1].ts - here.ts) / 2000.0 if i + 1 < phone.ringed else 0.0
        if before + after > 0:
            _spend(cells, book, levels, spots, phone, here, before, after, work.belief)
        phone.smoothed = here.ts
    for i in range(count, phone.ringed):
        phone.ring[i - count] = phone.ring[i]
    phone.ringed -= count


@inlined
def _spend(
    cells: Any, book: Any, levels: Any, spots: Any, phone: Any, track: Any, before: float, after: float, belief: Any
) -> None:
    """Half of the ways from the position before and to the next one go by this one's zones."""
    believe(belief, track, levels, spots)
    seconds = before + after
    # an error is shared for a while: two halves of one way err together
    spread = before * before + after * after + 2 * SHARED_S * seconds
    for i in range(belief.departments):
        at = cell_of(cells, book, phone, belief.department[i], DEPARTMENT_STEP_S)
        _share(cells[at], belief.department_n[i] / WHOLE, seconds, spread, track.ts)
    for i in range(belief.displays):
        if belief.display[i] != NOWHERE:
            at = cell_of(cells, book, phone, belief.display[i], DISPLAY_STEP_S)
            _share(cells[at], belief.display_n[i] / WHOLE, seconds, spread, track.ts)


@inlined
def _share(cell: Any, p: float, seconds: float, spread: float, ts: int) -> None:
    cell.dwell_s += p * seconds
    cell.variance += p * (1 - p) * spread
    seen(cell, SOLID if p >= SOLID_P else SMOOTHED, ts)
