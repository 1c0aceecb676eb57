"""Pings in arrival order through the engine: settle what is 3 s old, answer at once for the rest, fire moments.

Two answers a ping. *Settled*: pings are taken in the order of their `ts` once no earlier one can come that is not late,
so the answer is a function of the pings alone. *Live*: the settled state carried through the pings that still wait; a
ping that is the newest carries the live answer before it one step on, which is the same to the bit.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from streams.dwell.arrays import PENDING, POINTS, RING, Ground, Out, State
from streams.dwell.cells import forget_waiting, free_cells
from streams.dwell.compiled import borrowed, compiled, inlined
from streams.dwell.filter import stated_variance
from streams.dwell.listing import answer, fire, list_visit
from streams.dwell.smoother import add, begin_ring, emit
from streams.dwell.trail import begin_trail, follow
from streams.dwell.walk import move, spend, spend_now, start

LATENESS_MS = 3_000
STORE_LATENESS_MS = 1_800_000
ROOM = 4 * (PENDING + RING) * POINTS
"""Cells and answers that one ping can need at the most."""
_COPY = -1
_END = np.int64(2**62)


@compiled
def advance(
    state: State,
    ground: Ground,
    out: Out,
    slots: Any,
    pings: Any,
    first: int,
    newest: int,
    silence_ms: int,
    due_ms: int,
    work: Any,
) -> tuple[int, int, int]:
    """Takes pings from row `first` on while there is room; (next row, store's newest ts, late pings among them).

    `slots` gives each row's phone; a late ping and a copy change nothing. `work` is one record to write on. A ping of
    `due_ms` or later is not taken: visits have ended before it.
    """
    phones, cells, book = borrowed(state.phones), borrowed(state.cells), borrowed(state.book)[0]
    levels, spots, roles = borrowed(ground.levels), borrowed(ground.spots), borrowed(ground.roles)
    lists = (borrowed(out.settled), borrowed(out.moments), borrowed(out.shares), borrowed(out.visits))
    out = Out(*lists, borrowed(out.finished), borrowed(out.counts))
    counts, room = out.counts, len(out.settled) - ROOM
    late = 0
    for row in range(first, len(pings)):
        phone = phones[slots[row]]
        if pings[row].ts >= due_ms:
            return row, newest, late
        if book.used + ROOM > len(cells) or _most(counts) + phone.cell_count > room:
            return row, newest, late
        ping = pings[row]
        if ping.ts < newest - STORE_LATENESS_MS or (phone.newest > 0 and ping.ts < phone.newest - LATENESS_MS):
            late += 1
            continue
        newest = max(newest, ping.ts)
        place = _wait(phone, ping)
        if place == _COPY:
            continue
        is_newest = place == phone.waiting - 1
        phone.newest = max(phone.newest, ping.ts)
        phone.changed = phone.unshown = 1
        entered = _settle(
            cells, book, levels, spots, roles, out, phone, phone.newest - LATENESS_MS, silence_ms, work[0]
        )
        if is_newest and not entered:
            passed = _extend(cells, book, levels, spots, phone, ping, silence_ms)
        else:
            passed = carry(cells, book, levels, spots, phone, silence_ms)
        if passed:
            fire(cells, out, phone, ping.ts)
        # only a visit that has begun among the waiting can be cut off from the walk: they came within 3 s
        phone.ends = phone.walk.last if phone.begun and phone.walk.pings > phone.written else phone.newest
    return len(pings), newest, late


@compiled
def settle_all(state: State, ground: Ground, out: Out, slot: int, silence_ms: int, work: Any) -> None:
    """Settles whatever still waits: nothing more is to come, or this is a copy of the state for an interim answer."""
    cells, book, levels, spots, roles = state.cells, state.book[0], ground.levels, ground.spots, ground.roles
    phone = state.phones[slot]
    _settle(cells, book, levels, spots, roles, out, phone, _END, silence_ms, work[0])
    if phone.walk.pings > 0:
        _finish(cells, book, levels, spots, out, phone, work[0])


@compiled
def due(phones: Any, last_before: int) -> Any:
    """Slots with a visit whose last ping is no later than `last_before` and that has not been listed yet."""
    found = np.zeros(len(phones), np.int64)
    count = 0
    for slot in range(len(phones)):
        if phones[slot].used and phones[slot].changed and phones[slot].ends <= last_before:
            found[count] = slot
            count += 1
    return found[:count]


@inlined
def _most(counts: Any) -> int:
    most = 0
    for i in range(len(counts)):
        most = max(most, counts[i])
    return most


@inlined
def _wait(phone: Any, ping: Any) -> int:
    """Puts a ping among the waiting in the order of `ts` and says where, or that it is a copy."""
    if phone.walk.pings > 0 and ping.ts <= phone.walk.last:
        return _COPY
    pending = phone.pending
    at = phone.waiting
    while at > 0 and pending[at - 1].ts > ping.ts:
        at -= 1
    if at > 0 and pending[at - 1].ts == ping.ts:
        return _COPY
    for i in range(phone.waiting, at, -1):
        pending[i] = pending[i - 1]
    pending[at] = ping
    phone.waiting += 1
    return at


@inlined
def _settle(
    cells: Any,
    book: Any,
    levels: Any,
    spots: Any,
    roles: Any,
    out: Out,
    phone: Any,
    until: int,
    silence_ms: int,
    work: Any,
) -> bool:
    """Takes the waiting pings up to `until`; whether one of them began a visit."""
    done, entered, pending = 0, False, phone.pending
    # one place stays free for the next ping, however fast they come
    while done < phone.waiting and (pending[done].ts <= until or phone.waiting - done >= PENDING):
        fix = pending[done]
        if phone.walk.pings == 0 or fix.ts - phone.walk.last >= silence_ms:
            if phone.walk.pings > 0:
                _finish(cells, book, levels, spots, out, phone, work)
            _enter(cells, book, levels, spots, roles, phone, fix)
            entered = True
        else:
            _go_on(cells, book, levels, spots, roles, phone, fix, work)
        answer(out.settled, out.counts, phone, fix.seq)
        done += 1
    if done > 0:
        for i in range(done, phone.waiting):
            pending[i - done] = pending[i]
        phone.waiting -= done
    return entered


@compiled
def _enter(cells: Any, book: Any, levels: Any, spots: Any, roles: Any, phone: Any, fix: Any) -> None:
    free_cells(cells, book, phone)
    phone.written = 0
    start(phone.walk, fix, levels, spots, phone.belief)
    begin_ring(phone)
    begin_trail(phone.trail, levels, roles, fix.ts, fix.x, fix.y, fix.floor)
    phone.group.judged, phone.group.id_ts = 0, 0


@inlined
def _go_on(cells: Any, book: Any, levels: Any, spots: Any, roles: Any, phone: Any, fix: Any, work: Any) -> None:
    """Live seconds up to this fix, and what the smoother can now give."""
    before_ms, x, y = phone.walk.last, phone.walk.track.x, phone.walk.track.y
    half = (fix.ts - phone.walk.last) / 2000.0
    spend(cells, book, phone, half)
    move(phone.walk, fix, levels, spots, phone.belief)
    spend(cells, book, phone, half)
    add(cells, book, levels, spots, phone, work)
    track, noise = phone.walk.track, stated_variance(fix.sigma)
    follow(phone.trail, levels, roles, before_ms, x, y, fix.ts, track.x, track.y, track.floor, noise)


@compiled
def carry(cells: Any, book: Any, levels: Any, spots: Any, phone: Any, silence_ms: int) -> bool:
    """Carries the settled state through all that waits. Seconds may have changed anywhere: all zones are looked at."""
    forget_waiting(cells, phone)
    phone.live, phone.live_belief = phone.walk, phone.belief
    phone.begun = 0
    for i in range(phone.waiting):
        _extend(cells, book, levels, spots, phone, phone.pending[i], silence_ms)
    return not phone.begun


@inlined
def _extend(cells: Any, book: Any, levels: Any, spots: Any, phone: Any, fix: Any, silence_ms: int) -> bool:
    """Carries the answer that is given at once one fix on; whether a zone has come to its next moment."""
    live, belief = phone.live, phone.live_belief
    if live.pings == 0 or fix.ts - live.last >= silence_ms:
        phone.begun = 1
        start(live, fix, levels, spots, belief)
        return False
    if phone.begun:
        move(live, fix, levels, spots, belief)
        return False
    half = (fix.ts - live.last) / 2000.0
    passed = spend_now(cells, book, phone, half)
    move(live, fix, levels, spots, belief)
    return spend_now(cells, book, phone, half) or passed


@compiled
def _finish(cells: Any, book: Any, levels: Any, spots: Any, out: Out, phone: Any, work: Any) -> None:
    emit(cells, book, levels, spots, phone, phone.ringed, work)
    list_visit(cells, out, phone)
