"""What the kernel gives out: settled answers, moments, and the visits that are over."""

from __future__ import annotations

from typing import Any

from streams.dwell.arrays import NOWHERE, Ground, Out, State
from streams.dwell.compiled import compiled
from streams.dwell.posterior import likely_display, share_of

DISPLAY_P = 0.5
"""A display less probable than this is not published as fact."""
DISPLAY_STEP_S, DEPARTMENT_STEP_S = 10, 60
"""Moments fire at these live seconds and at every doubling."""


@compiled
def answer(out: Out, phone: Any, seq: int, belief: Any) -> None:
    """The settled answer on one ping; a probability stands for the answer beside it, null answers too."""
    row = out.settled[out.counts[0]]
    row.seq = seq
    row.department = phone.walk.department
    row.department_p = share_of(belief.department, belief.department_p, belief.departments, row.department)
    row.display = likely_display(belief, DISPLAY_P)
    row.display_p = share_of(belief.display, belief.display_p, belief.displays, row.display)
    out.counts[0] += 1


@compiled
def fire(state: State, ground: Ground, out: Out, phone: Any, ts: int) -> None:
    """Fires the highest threshold that each zone's live seconds have passed since it last fired."""
    if phone.walk.pings == 0 or phone.live_id_ts != phone.walk.id_ts:
        return
    start, fired = out.counts[2], False
    at = phone.cells
    while at >= 0:
        cell = state.cells[at]
        if cell.zone != NOWHERE and _passes(cell, ground):
            fired = True
            moment = out.moments[out.counts[1]]
            moment.phone, moment.id_ts, moment.first, moment.ts = phone.phone, phone.walk.id_ts, phone.walk.first, ts
            moment.zone, moment.threshold_s = cell.zone, _step(cell, ground) << cell.fired
            moment.live_s = cell.live_s + cell.pending_s
            moment.start, moment.stop = start, start
            out.counts[1] += 1
        at = cell.next
    if fired:
        _list_shares(state, out, phone, start)


@compiled
def _passes(cell: Any, ground: Ground) -> bool:
    """Whether the cell has passed a threshold that it had not before; `fired` is the highest one's number."""
    before = cell.fired
    while cell.live_s + cell.pending_s >= _step(cell, ground) << (cell.fired + 1):
        cell.fired += 1
    return cell.fired > before


@compiled
def _step(cell: Any, ground: Ground) -> int:
    return DISPLAY_STEP_S if ground.is_display[cell.zone] else DEPARTMENT_STEP_S


@compiled
def _list_shares(state: State, out: Out, phone: Any, start: int) -> None:
    """The visit so far, once for all moments that this ping fired."""
    at = phone.cells
    while at >= 0:
        cell = state.cells[at]
        if cell.zone != NOWHERE and cell.live_s + cell.pending_s > 0:
            share = out.shares[out.counts[2]]
            share.zone, share.live_s = cell.zone, cell.live_s + cell.pending_s
            out.counts[2] += 1
        at = cell.next
    i = out.counts[1] - 1
    while i >= 0 and out.moments[i].start == start and out.moments[i].stop == start:
        out.moments[i].stop = out.counts[2]
        i -= 1


@compiled
def list_visit(state: State, out: Out, phone: Any) -> None:
    """Lists a visit that is over, unless just these pings have been listed before."""
    walk = phone.walk
    if phone.written == walk.pings or (phone.next_id_ts == walk.id_ts and phone.next_written == walk.pings):
        return
    phone.written = walk.pings
    visit = out.visits[out.counts[3]]
    visit.phone, visit.id_ts, visit.first, visit.last = phone.phone, walk.id_ts, walk.first, walk.last
    visit.pings = walk.pings
    visit.start = out.counts[4]
    at = phone.cells
    while at >= 0:
        out.finished[out.counts[4]] = state.cells[at]
        out.counts[4] += 1
        at = state.cells[at].next
    visit.stop = out.counts[4]
    out.counts[3] += 1


@compiled
def list_live(state: State, slots: Any, stops: Any, zones: Any, seconds: Any) -> None:
    """Live seconds by zone of each slot's visit, one after the other; `stops` says where each ends."""
    count = 0
    for i in range(len(slots)):
        phone = state.phones[slots[i]]
        # a visit that has only just begun has no settled ping, and its cells are still those of the one before
        at = phone.cells if phone.walk.pings > 0 and phone.walk.id_ts == phone.live_id_ts else -1
        while at >= 0:
            cell = state.cells[at]
            if cell.zone != NOWHERE:
                zones[count], seconds[count] = cell.zone, cell.live_s + cell.pending_s
                count += 1
            at = cell.next
        stops[i] = count
