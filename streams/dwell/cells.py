"""A visit's seconds by zone: a linked list of cells per phone in one pool, so that state stays flat and bounded.

Functions of the hot path take plain arrays and records: a tuple of arrays costs two atomic counts a call.
"""

from __future__ import annotations

from typing import Any

from streams.dwell.arrays import NOWHERE
from streams.dwell.compiled import compiled, inlined

NONE, LIVE, SMOOTHED, SOLID = 0, 1, 2, 3
"""What a zone's first and last time rest on: a better evidence replaces a lesser one."""
DISPLAY_STEP_S, DEPARTMENT_STEP_S = 10, 60
"""Moments fire at these live seconds and at every doubling."""
_NEVER_S = 2**30


@inlined
def cell_of(cells: Any, book: Any, phone: Any, zone: int, step_s: int) -> int:
    """Index of the phone's cell for a zone, made now if it has none; it is the first of the list from now on."""
    before, at = -1, phone.cells
    while at >= 0:
        cell = cells[at]
        if cell.zone == zone:
            if before >= 0:
                cells[before].next = cell.next
                cell.next, phone.cells = phone.cells, at
            return at
        before, at = at, cell.next
    at = take(cells, book)
    cell = cells[at]
    cell.zone, cell.next, cell.evidence = zone, phone.cells, NONE
    cell.due_s = _NEVER_S if zone == NOWHERE else step_s
    cell.live_s, cell.now_s, cell.dwell_s, cell.variance = 0.0, 0.0, 0.0, 0.0
    cell.tail, cell.age = 0.0, 0.0
    cell.first, cell.last = 0, 0
    phone.cells = at
    phone.cell_count += 1
    return at


@inlined
def seen(cell: Any, evidence: int, ts: int) -> None:
    """The visit was in the cell's zone at `ts`."""
    if evidence > cell.evidence:
        cell.evidence, cell.first = evidence, ts
    if evidence == cell.evidence:
        cell.last = ts


@compiled
def forget_waiting(cells: Any, phone: Any) -> None:
    """Takes back what the waiting pings have added."""
    at = phone.cells
    while at >= 0:
        cell = cells[at]
        cell.now_s = cell.live_s
        at = cell.next


@compiled
def take(pool: Any, book: Any) -> int:
    """A record of a pool that nobody has."""
    free = book.free
    if free >= 0:
        book.free = pool[free].next
        return free
    book.used += 1
    return book.used - 1


@compiled
def free_cells(cells: Any, book: Any, phone: Any) -> None:
    """Gives a phone's cells back to the pool."""
    at = phone.cells
    while at >= 0:
        following = cells[at].next
        cells[at].next = book.free
        book.free = at
        at = following
    phone.cells, phone.cell_count = -1, 0
