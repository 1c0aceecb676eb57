"""The visit once more, later: each position corrected by the fixes of the next seconds, and spent by probability."""

from __future__ import annotations

from typing import Any

from streams.dwell.arrays import NOWHERE, RING, Ground, State
from streams.dwell.cells import SMOOTHED, SOLID, cell_of, seen
from streams.dwell.compiled import compiled
from streams.dwell.filter import smooth
from streams.dwell.posterior import believe

LAG_MS = 12_000
"""How much later a ping may be that still corrects the smoothed answer."""
SHARED_S = 10.0
"""Errors of position are alike for about this long: it widens the interval on dwell."""
SOLID_P = 0.25
"""A zone's first and last time in a visit are those at which it was at least this probable, where there are any."""


@compiled
def begin_ring(phone: Any) -> None:
    """A visit's first position; nothing is spent yet."""
    phone.ring[0] = phone.walk.track
    phone.ringed = 1
    phone.smoothed.ts = -1


@compiled
def add(state: State, ground: Ground, phone: Any, work: Any) -> None:
    """Puts the walk's position on the ring, and lets those go that it is too late to correct."""
    if phone.ringed == RING:
        emit(state, ground, phone, 1, work)
    phone.ring[phone.ringed] = phone.walk.track
    phone.ringed += 1
    done = 0
    while done < phone.ringed - 1 and phone.ring[done].ts < phone.walk.last - LAG_MS:
        done += 1
    if done:
        emit(state, ground, phone, done, work)


@compiled
def emit(state: State, ground: Ground, phone: Any, count: int, work: Any) -> None:
    """Spends the smoothed seconds of the first `count` positions; each is corrected by fixes within the lag only."""
    for i in range(count):
        last = i
        while last + 1 < phone.ringed and phone.ring[last + 1].ts <= phone.ring[i].ts + LAG_MS:
            last += 1
        # the ring keeps what was filtered: corrections are made on a copy
        for j in range(i, last + 1):
            work.ring[j] = phone.ring[j]
        for j in range(last - 1, i - 1, -1):
            smooth(work.ring[j], work.ring[j + 1])
        _spend(state, ground, phone, work.ring[i], work.past)
    for i in range(count, phone.ringed):
        phone.ring[i - count] = phone.ring[i]
    phone.ringed -= count


@compiled
def _spend(state: State, ground: Ground, phone: Any, track: Any, belief: Any) -> None:
    """Half of the way since the position before goes by that one's zones, half by this one's."""
    if phone.smoothed.ts >= 0:
        seconds = (track.ts - phone.smoothed.ts) / 1000.0
        believe(belief, phone.smoothed, ground)
        _share(state, phone, belief, seconds / 2, phone.smoothed.ts)
        believe(belief, track, ground)
        _share(state, phone, belief, seconds / 2, track.ts)
    phone.smoothed = track


@compiled
def _share(state: State, phone: Any, belief: Any, seconds: float, ts: int) -> None:
    for i in range(belief.departments):
        _add_share(state, phone, belief.department[i], belief.department_p[i], seconds, ts)
    for i in range(belief.displays):
        if belief.display[i] != NOWHERE:
            _add_share(state, phone, belief.display[i], belief.display_p[i], seconds, ts)


@compiled
def _add_share(state: State, phone: Any, zone: int, p: float, seconds: float, ts: int) -> None:
    cell = state.cells[cell_of(state, phone, zone)]
    cell.dwell_s += p * seconds
    # weights may add up to a little more than 1
    cell.variance += p * max(0.0, 1 - p) * seconds * (seconds + 2 * SHARED_S)
    seen(cell, SOLID if p >= SOLID_P else SMOOTHED, ts)
