"""A visit's seconds by zone: a linked list of cells per phone in one pool, so that state stays flat and bounded."""

from __future__ import annotations

from typing import Any

from streams.dwell.arrays import State
from streams.dwell.compiled import compiled

NONE, LIVE, SMOOTHED, SOLID = 0, 1, 2, 3
"""What a zone's first and last time rest on: a better evidence replaces a lesser one."""


@compiled
def cell_of(state: State, phone: Any, zone: int) -> int:
    """Index of the phone's cell for a zone, made now if it has none."""
    at = phone.cells
    while at >= 0:
        if state.cells[at].zone == zone:
            return at
        at = state.cells[at].next
    at = _take(state)
    cell = state.cells[at]
    cell.zone, cell.next, cell.fired, cell.evidence = zone, phone.cells, -1, NONE
    cell.live_s, cell.pending_s, cell.dwell_s, cell.variance = 0.0, 0.0, 0.0, 0.0
    cell.first, cell.last = 0, 0
    phone.cells = at
    phone.cell_count += 1
    return at


@compiled
def seen(cell: Any, evidence: int, ts: int) -> None:
    """The visit was in the cell's zone at `ts`."""
    if evidence > cell.evidence:
        cell.evidence, cell.first = evidence, ts
    if evidence == cell.evidence:
        cell.last = ts


@compiled
def clear_pending(state: State, phone: Any) -> None:
    """Forgets what the waiting pings had added."""
    at = phone.cells
    while at >= 0:
        state.cells[at].pending_s = 0.0
        at = state.cells[at].next


@compiled
def _take(state: State) -> int:
    free = state.meta[1]
    if free >= 0:
        state.meta[1] = state.cells[free].next
        return free
    state.meta[0] += 1
    return state.meta[0] - 1


@compiled
def free_cells(state: State, phone: Any) -> None:
    """Gives a phone's cells back to the pool."""
    at = phone.cells
    while at >= 0:
        following = state.cells[at].next
        state.cells[at].next = state.meta[1]
        state.meta[1] = at
        at = following
    phone.cells, phone.cell_count = -1, 0
