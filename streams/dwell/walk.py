"""One visit from fix to fix: its filtered track, the department it is held to be in, and its live seconds."""

from __future__ import annotations

from typing import Any

from streams.dwell.arrays import NOWHERE, WHOLE
from streams.dwell.cells import DEPARTMENT_STEP_S, DISPLAY_STEP_S, LIVE, cell_of, seen
from streams.dwell.compiled import compiled, inlined
from streams.dwell.filter import begin, step
from streams.dwell.posterior import believe, most_probable

HYSTERESIS_S = 4.0
"""A department must have been the most probable for this long to replace another."""
CERTAIN_N = 33
"""… or be as probable as this, in 36ths."""


@compiled
def start(walk: Any, fix: Any, levels: Any, spots: Any, belief: Any) -> None:
    """A visit begins. `belief` is left as that of the fix."""
    walk.pings = 1
    walk.id_seq, walk.id_ts = fix.seq, fix.ts
    walk.first, walk.last = fix.ts, fix.ts
    begin(walk.track, fix.ts, fix.x, fix.y, fix.sigma, fix.floor)
    believe(belief, walk.track, levels, spots)
    walk.department = walk.challenger = belief.department[most_probable(belief.department_n, belief.departments)]
    walk.challenged = fix.ts


@inlined
def move(walk: Any, fix: Any, levels: Any, spots: Any, belief: Any) -> None:
    """A visit goes on. `belief` is left as that of the fix."""
    walk.pings += 1
    if fix.seq < walk.id_seq:
        walk.id_seq, walk.id_ts = fix.seq, fix.ts
    step(walk.track, fix.ts, fix.x, fix.y, fix.sigma, fix.floor)
    believe(belief, walk.track, levels, spots)
    _hold(walk, belief, fix.ts)
    walk.last = fix.ts


@inlined
def _hold(walk: Any, belief: Any, ts: int) -> None:
    """Hysteresis in seconds; a department is challenged from the middle of the way on."""
    best = most_probable(belief.department_n, belief.departments)
    zone = belief.department[best]
    if zone == walk.department:
        walk.challenger, walk.challenged = zone, ts
        return
    if zone != walk.challenger:
        walk.challenger, walk.challenged = zone, (ts + walk.last) // 2
    if belief.department_n[best] >= CERTAIN_N or (ts - walk.challenged) / 1000.0 >= HYSTERESIS_S:
        walk.department, walk.challenged = zone, ts


@inlined
def spend(cells: Any, book: Any, phone: Any, seconds: float) -> None:
    """Settled seconds where the walk is: the department that it is held to be in, displays by probability."""
    walk, belief = phone.walk, phone.belief
    _settle_cell(cells[cell_of(cells, book, phone, walk.department, DEPARTMENT_STEP_S)], seconds, walk.last)
    for i in range(belief.displays):
        if belief.display[i] != NOWHERE:
            at = cell_of(cells, book, phone, belief.display[i], DISPLAY_STEP_S)
            _settle_cell(cells[at], seconds * (belief.display_n[i] / WHOLE), walk.last)


@inlined
def _settle_cell(cell: Any, seconds: float, ts: int) -> None:
    cell.live_s += seconds
    seen(cell, LIVE, ts)


@inlined
def spend_now(cells: Any, book: Any, phone: Any, seconds: float) -> bool:
    """The same in seconds that may still change; whether one of the zones has come to its next moment."""
    live, belief = phone.live, phone.live_belief
    passed = _settle_now(cells[cell_of(cells, book, phone, live.department, DEPARTMENT_STEP_S)], seconds)
    for i in range(belief.displays):
        if belief.display[i] != NOWHERE:
            at = cell_of(cells, book, phone, belief.display[i], DISPLAY_STEP_S)
            passed |= _settle_now(cells[at], seconds * (belief.display_n[i] / WHOLE))
    return passed


@inlined
def _settle_now(cell: Any, seconds: float) -> bool:
    cell.now_s += seconds
    return cell.now_s >= cell.due_s
