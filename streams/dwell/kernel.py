"""Pings in arrival order through the engine: settle what is 3 s old, answer at once for the rest, fire moments.

Two answers a ping. *Settled*: pings are taken in the order of their `ts` once no earlier one can come that is not late,
so the answer is a function of the pings alone. *Live*: the settled state carried through the pings that still wait.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from streams.dwell.arrays import PENDING, POINTS, RING, Ground, Out, State
from streams.dwell.cells import clear_pending, free_cells
from streams.dwell.compiled import compiled
from streams.dwell.listing import DISPLAY_P, answer, fire, list_visit
from streams.dwell.posterior import believe, likely_display
from streams.dwell.smoother import add, begin_ring, emit
from streams.dwell.walk import move, spend, start

LATENESS_MS = 3_000
STORE_LATENESS_MS = 1_800_000
ROOM = 4 * (PENDING + RING) * POINTS
"""Cells and answers that one ping can need at the most."""


@compiled
def advance(
    state: State, ground: Ground, out: Out, slots: Any, pings: Any, first: int, newest: int, silence_ms: int, work: Any
) -> tuple[int, int, int]:
    """Takes pings from row `first` on while there is room; (next row, store's newest ts, late pings among them).

    `slots` gives each row's phone; a late ping and a copy change nothing. `work` is one record to write on.
    """
    late = 0
    for row in range(first, len(pings)):
        phone = state.phones[slots[row]]
        if _no_room(state, out, phone):
            return row, newest, late
        ping = pings[row]
        if ping.ts < newest - STORE_LATENESS_MS or (phone.newest > 0 and ping.ts < phone.newest - LATENESS_MS):
            late += 1
            continue
        newest = max(newest, ping.ts)
        if not _wait(phone, ping):
            continue
        phone.newest = max(phone.newest, ping.ts)
        phone.changed = 1
        _settle(state, ground, out, phone, phone.newest - LATENESS_MS, silence_ms, work[0])
        _live(state, ground, phone, silence_ms, work[0])
        fire(state, ground, out, phone, ping.ts)
    return len(pings), newest, late


@compiled
def settle_all(state: State, ground: Ground, out: Out, slot: int, silence_ms: int, work: Any) -> None:
    """Settles whatever still waits: nothing more is to come, or this is a copy of the state for an interim answer."""
    phone = state.phones[slot]
    _settle(state, ground, out, phone, np.int64(2**62), silence_ms, work[0])
    if phone.walk.pings > 0:
        _finish(state, ground, out, phone, work[0])


@compiled
def _no_room(state: State, out: Out, phone: Any) -> bool:
    if state.meta[0] + ROOM > len(state.cells):
        return True
    most = 0
    for i in range(len(out.counts)):
        most = max(most, out.counts[i])
    return most + ROOM + phone.cell_count > len(out.settled)


@compiled
def _wait(phone: Any, ping: Any) -> bool:
    """Puts a ping among the waiting in the order of `ts`; False for a copy."""
    if phone.walk.pings > 0 and ping.ts <= phone.walk.last:
        return False
    at = phone.waiting
    while at > 0 and phone.pending[at - 1].ts > ping.ts:
        at -= 1
    if at > 0 and phone.pending[at - 1].ts == ping.ts:
        return False
    for i in range(phone.waiting, at, -1):
        phone.pending[i] = phone.pending[i - 1]
    phone.pending[at] = ping
    phone.waiting += 1
    return True


@compiled
def _settle(state: State, ground: Ground, out: Out, phone: Any, until: int, silence_ms: int, work: Any) -> None:
    """Takes the waiting pings up to `until`; `work.now` is left as the belief of the last one settled."""
    if phone.walk.pings > 0:
        believe(work.now, phone.walk.track, ground)
    done = 0
    # one place stays free for the next ping, however fast they come
    while done < phone.waiting and (phone.pending[done].ts <= until or phone.waiting - done >= PENDING):
        fix = phone.pending[done]
        if phone.walk.pings == 0 or fix.ts - phone.walk.last >= silence_ms:
            if phone.walk.pings > 0:
                _finish(state, ground, out, phone, work)
            _enter(state, ground, phone, fix, work)
        else:
            _go_on(state, ground, phone, fix, work)
        answer(out, phone, fix.seq, work.now)
        done += 1
    for i in range(done, phone.waiting):
        phone.pending[i - done] = phone.pending[i]
    phone.waiting -= done


@compiled
def _enter(state: State, ground: Ground, phone: Any, fix: Any, work: Any) -> None:
    free_cells(state, phone)
    phone.written = 0
    start(phone.walk, fix, ground, work.now)
    begin_ring(phone)


@compiled
def _go_on(state: State, ground: Ground, phone: Any, fix: Any, work: Any) -> None:
    """Live seconds up to this fix, and what the smoother can now give."""
    half = (fix.ts - phone.walk.last) / 2000.0
    spend(state, phone, phone.walk, work.now, half, False)
    move(phone.walk, fix, ground, work.now)
    spend(state, phone, phone.walk, work.now, half, False)
    add(state, ground, phone, work)


@compiled
def _live(state: State, ground: Ground, phone: Any, silence_ms: int, work: Any) -> None:
    """Carries the settled state through the waiting pings into the answer that is given at once."""
    clear_pending(state, phone)
    work.walk = phone.walk
    walk = work.walk
    settled = walk.pings > 0
    for i in range(phone.waiting):
        fix = phone.pending[i]
        if walk.pings == 0 or fix.ts - walk.last >= silence_ms:
            settled = False  # a visit that has only begun has no cells yet
            start(walk, fix, ground, work.now)
        elif settled:
            half = (fix.ts - walk.last) / 2000.0
            spend(state, phone, walk, work.now, half, True)
            move(walk, fix, ground, work.now)
            spend(state, phone, walk, work.now, half, True)
        else:
            move(walk, fix, ground, work.now)
    phone.live_id_ts, phone.live_first = walk.id_ts, walk.first
    phone.live_x, phone.live_y, phone.live_floor = walk.track.x, walk.track.y, walk.track.floor
    phone.live_department = walk.department
    phone.live_display = likely_display(work.now, DISPLAY_P)


@compiled
def _finish(state: State, ground: Ground, out: Out, phone: Any, work: Any) -> None:
    emit(state, ground, phone, phone.ringed, work)
    list_visit(state, out, phone)


@compiled
def due(phones: Any, last_before: int) -> Any:
    """Slots whose visit's last ping is no later than `last_before` and has not been answered for yet."""
    found = np.zeros(len(phones), np.int64)
    count = 0
    for slot in range(len(phones)):
        if phones[slot].used and phones[slot].changed and phones[slot].newest <= last_before:
            found[count] = slot
            count += 1
    return found[:count]
