"""One visit from fix to fix: its filtered track, the department it is held to be in, and its live seconds."""

from __future__ import annotations

from typing import Any

from streams.dwell.arrays import NOWHERE, Ground, State
from streams.dwell.cells import LIVE, cell_of, seen
from streams.dwell.compiled import compiled
from streams.dwell.filter import begin, step
from streams.dwell.posterior import believe, most_probable

HYSTERESIS_S = 4.0
"""A department must have been the most probable for this long to replace another."""
CERTAIN = 0.9
"""… or be as probable as this."""


@compiled
def start(walk: Any, fix: Any, ground: Ground, belief: Any) -> None:
    """A visit begins. `belief` is left as that of the fix."""
    walk.pings = 1
    walk.id_seq, walk.id_ts = fix.seq, fix.ts
    walk.first, walk.last = fix.ts, fix.ts
    begin(walk.track, fix.ts, fix.x, fix.y, fix.sigma, fix.floor)
    believe(belief, walk.track, ground)
    best = most_probable(belief.department, belief.department_p, belief.departments)
    walk.department = walk.challenger = belief.department[best]
    walk.challenged = fix.ts


@compiled
def move(walk: Any, fix: Any, ground: Ground, belief: Any) -> None:
    """A visit goes on. `belief` is left as that of the fix."""
    walk.pings += 1
    if fix.seq < walk.id_seq:
        walk.id_seq, walk.id_ts = fix.seq, fix.ts
    step(walk.track, fix.ts, fix.x, fix.y, fix.sigma, fix.floor)
    believe(belief, walk.track, ground)
    _hold(walk, belief, fix.ts)
    walk.last = fix.ts


@compiled
def _hold(walk: Any, belief: Any, ts: int) -> None:
    """Hysteresis in seconds; a department is challenged from the middle of the way on."""
    best = most_probable(belief.department, belief.department_p, belief.departments)
    zone = belief.department[best]
    if zone == walk.department:
        walk.challenger, walk.challenged = zone, ts
        return
    if zone != walk.challenger:
        walk.challenger, walk.challenged = zone, (ts + walk.last) // 2
    if belief.department_p[best] >= CERTAIN or (ts - walk.challenged) / 1000.0 >= HYSTERESIS_S:
        walk.department, walk.challenged = zone, ts


@compiled
def spend(state: State, phone: Any, walk: Any, belief: Any, seconds: float, pending: bool) -> None:
    """Live seconds where the walk is now: department time to the most probable one, display time by probability."""
    _spend(state, phone, walk.department, seconds, walk.last, pending)
    for i in range(belief.displays):
        if belief.display[i] != NOWHERE:
            _spend(state, phone, belief.display[i], seconds * belief.display_p[i], walk.last, pending)


@compiled
def _spend(state: State, phone: Any, zone: int, seconds: float, ts: int, pending: bool) -> None:
    cell = state.cells[cell_of(state, phone, zone)]
    if pending:
        cell.pending_s += seconds
    else:
        cell.live_s += seconds
        seen(cell, LIVE, ts)
