"""What the kernel gives out: settled answers, moments, and the visits that are over."""

from __future__ import annotations

from typing import Any

from streams.dwell.arrays import NOWHERE, Out
from streams.dwell.compiled import compiled, inlined
from streams.dwell.filter import mean_place, spread
from streams.dwell.posterior import likely_display, probability


@inlined
def answer(settled: Any, counts: Any, phone: Any, seq: int, model: Any) -> None:
    """The settled answer on one ping; a probability stands for the answer beside it, null answers too."""
    row, belief = settled[counts[0]], phone.belief
    row.seq = seq
    row.department = phone.walk.department
    row.department_p = probability(belief.department, belief.department_n, belief.departments, row.department)
    row.display = likely_display(belief, model.display_p)
    row.display_p = probability(belief.display, belief.display_n, belief.displays, row.display)
    counts[0] += 1


@compiled
def fire(cells: Any, out: Out, phone: Any, live: Any, ts: int) -> None:
    """Fires the highest threshold that each zone's live seconds have passed since it last fired."""
    start, fired = out.counts[2], False
    at = phone.cells
    while at >= 0:
        cell = cells[at]
        if cell.now_s >= cell.due_s:
            threshold_s = _pass(cell)
            fired = True
            moment = out.moments[out.counts[1]]
            moment.phone, moment.id_ts, moment.first, moment.ts = phone.phone, live.id_ts, live.first, ts
            moment.zone, moment.threshold_s, moment.live_s = cell.zone, threshold_s, cell.now_s
            moment.start, moment.stop = start, start
            moment.sums = phone.trail.sums
            out.counts[1] += 1
        at = cell.next
    if fired:
        _list_shares(cells, out, phone, start)


@compiled
def _pass(cell: Any) -> int:
    """The highest threshold that the cell has passed; the next one is due."""
    while cell.now_s >= cell.due_s:
        cell.due_s *= 2
    return cell.due_s // 2


@compiled
def _list_shares(cells: Any, out: Out, phone: Any, start: int) -> None:
    """The visit so far, once for all moments that this ping fired."""
    at = phone.cells
    while at >= 0:
        cell = cells[at]
        if cell.zone != NOWHERE and cell.now_s > 0:
            share = out.shares[out.counts[2]]
            share.zone, share.live_s = cell.zone, cell.now_s
            out.counts[2] += 1
        at = cell.next
    i = out.counts[1] - 1
    while i >= 0 and out.moments[i].start == start and out.moments[i].stop == start:
        out.moments[i].stop = out.counts[2]
        i -= 1


@compiled
def list_visit(cells: Any, out: Out, phone: Any) -> None:
    """Lists a visit that is over, unless just these pings have been listed before."""
    walk = phone.walk
    if phone.written == walk.pings or (phone.next_id_ts == walk.id_ts and phone.next_written == walk.pings):
        return
    phone.written = walk.pings
    visit = out.visits[out.counts[3]]
    visit.phone, visit.id_ts, visit.first, visit.last = phone.phone, walk.id_ts, walk.first, walk.last
    visit.pings = walk.pings
    visit.sums, visit.group = phone.trail.sums, phone.group
    visit.start = out.counts[4]
    at = phone.cells
    while at >= 0:
        out.finished[out.counts[4]] = cells[at]
        out.counts[4] += 1
        at = cells[at].next
    visit.stop = out.counts[4]
    out.counts[3] += 1


@compiled
def list_live(phones: Any, cells: Any, waits: Any, model: Any, slots: Any, live: Any, stops: Any, shares: Any) -> None:
    """The answers that were given at once on each slot's visit, its seconds by zone; `stops` says where they end."""
    count = 0
    for i in range(len(slots)):
        phone, answer = phones[slots[i]], live[i]
        if phone.live >= 0:
            _tell(answer, phone, waits[phone.live].walk, waits[phone.live].belief, model)
        else:
            _tell(answer, phone, phone.walk, phone.belief, model)
        # a visit that has only just begun has no settled ping, and its cells are still those of the one before
        at = -1 if phone.begun else phone.cells
        while at >= 0:
            cell = cells[at]
            if cell.zone != NOWHERE:
                shares[count].zone, shares[count].live_s = cell.zone, cell.now_s
                count += 1
            at = cell.next
        stops[i] = count


@inlined
def _tell(answer: Any, phone: Any, walk: Any, belief: Any, model: Any) -> None:
    track = walk.track
    answer.phone, answer.goes_on, answer.id_ts, answer.first = phone.phone, phone.changed, walk.id_ts, walk.first
    answer.x, answer.y = mean_place(track)
    answer.floor, answer.department = track.floor, walk.department
    answer.sd = spread(track)
    answer.display = likely_display(belief, model.display_p)
