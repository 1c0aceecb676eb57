"""Pings in arrival order through the engine: settle what is 3 s old, answer at once for the rest, fire moments.

Two answers a ping. *Settled*: pings are taken in the order of their `ts` once no earlier one can come that is not late,
so the answer is a function of the pings alone. *Live*: the settled state carried through the pings that still wait.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from streams.dwell.arrays import NOWHERE, PENDING, RING, Ground, Out, State
from streams.dwell.cells import cell_of, free_cells
from streams.dwell.compiled import compiled
from streams.dwell.filter import begin, smooth, step
from streams.dwell.posterior import POINTS, Belief, believe, most_probable, share_of

LATENESS_MS = 3_000
STORE_LATENESS_MS = 1_800_000
LAG_MS = 12_000
"""How much later a ping may be that still corrects the smoothed answer."""
HYSTERESIS_S = 4.0
"""A department must have been the most probable for this long to replace another."""
CERTAIN = 0.9
"""… or be as probable as this."""
DISPLAY_P = 0.5
"""A display less probable than this is not published as fact."""
SHARED_S = 10.0
"""Errors of position are alike for about this long: it widens the interval on dwell."""
SOLID_P = 0.25
"""A zone's first and last time in a visit are those at which it was at least this probable."""
DISPLAY_STEP_S, DEPARTMENT_STEP_S = 10, 60
"""Moments fire at these live seconds and at every doubling."""
ROOM = 4 * (PENDING + RING) * POINTS
"""Cells and answers that one ping can need at the most."""


@compiled
def advance(
    state: State,
    ground: Ground,
    out: Out,
    slots: Any,
    pings: Any,
    start: int,
    newest: int,
    silence_ms: int,
    belief: Belief,
) -> tuple[int, int, int]:
    """Takes pings from row `start` on while there is room; (next row, store's newest ts, late pings among them).

    `slots` gives each row's phone; a late ping and a copy change nothing.
    """
    late = 0
    for row in range(start, len(pings)):
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
        _settle(state, ground, out, phone, phone.newest - LATENESS_MS, silence_ms, belief)
        _live(state, ground, phone, silence_ms, belief)
        _fire(state, ground, out, phone, ping.ts)
    return len(pings), newest, late


@compiled
def settle_all(state: State, ground: Ground, out: Out, slot: int, silence_ms: int, belief: Belief) -> None:
    """Settles whatever still waits: nothing more is to come, or this is a copy of the state for an answer in between."""
    phone = state.phones[slot]
    _settle(state, ground, out, phone, np.int64(2**62), silence_ms, belief)
    _finish(state, ground, out, phone, belief)


@compiled
def _no_room(state: State, out: Out, phone: Any) -> bool:
    need = ROOM + phone.cell_count
    if state.meta[0] + ROOM > len(state.cells):
        return True
    settled, moments, shares, visits, finished = out.counts
    return (
        settled + need > len(out.settled)
        or moments + need > len(out.moments)
        or shares + need > len(out.shares)
        or visits + need > len(out.visits)
        or finished + need > len(out.finished)
    )


@compiled
def _wait(phone: Any, ping: Any) -> bool:
    """Puts a ping among the waiting in the order of `ts`; False for a copy."""
    if phone.pings > 0 and ping.ts <= phone.track.ts:
        return False
    at = phone.waiting
    for i in range(phone.waiting):
        if phone.pending[i].ts == ping.ts:
            return False
        if phone.pending[i].ts > ping.ts:
            at = i
            break
    for i in range(phone.waiting, at, -1):
        phone.pending[i] = phone.pending[i - 1]
    phone.pending[at] = ping
    phone.waiting += 1
    return True


@compiled
def _settle(state: State, ground: Ground, out: Out, phone: Any, until: int, silence_ms: int, belief: Belief) -> None:
    done = 0
    # one place stays free for the next ping, however fast they come
    while done < phone.waiting and (phone.pending[done].ts <= until or phone.waiting - done >= PENDING):
        fix = phone.pending[done]
        if phone.pings == 0 or fix.ts - phone.last >= silence_ms:
            if phone.pings > 0:
                _finish(state, ground, out, phone, belief)
            _enter(state, phone, fix, ground, belief)
        else:
            _go_on(state, ground, phone, fix, belief)
        _answer(out, phone, fix.seq, belief)
        done += 1
    for i in range(done, phone.waiting):
        phone.pending[i - done] = phone.pending[i]
    phone.waiting -= done


@compiled
def _enter(state: State, phone: Any, fix: Any, ground: Ground, belief: Belief) -> None:
    """A visit begins. `belief` is left as that of the fix."""
    free_cells(state, phone)
    phone.pings, phone.written = 1, 0
    phone.id_seq, phone.id_ts = fix.seq, fix.ts
    phone.first, phone.last = fix.ts, fix.ts
    begin(phone.track, fix.ts, fix.x, fix.y, fix.sigma, fix.floor)
    phone.ring[0] = phone.track
    phone.ringed = 1
    phone.smoothed.ts = -1
    believe(belief, phone.track, ground)
    best = most_probable(belief.department, belief.department_p, belief.counts[0])
    phone.department = phone.challenger = belief.department[best]
    phone.challenged = fix.ts


@compiled
def _go_on(state: State, ground: Ground, phone: Any, fix: Any, belief: Belief) -> None:
    """A visit goes on: live seconds up to this fix, and what the smoother can now give."""
    phone.pings += 1
    if fix.seq < phone.id_seq:
        phone.id_seq, phone.id_ts = fix.seq, fix.ts
    half = (fix.ts - phone.last) / 2000.0
    middle = (fix.ts + phone.last) // 2
    believe(belief, phone.track, ground)
    _spend_live(state, phone, phone.department, belief, half, phone.last, False)
    step(phone.track, fix.ts, fix.x, fix.y, fix.sigma, fix.floor)
    phone.last = fix.ts
    if phone.ringed == RING:
        _emit(state, ground, phone, 1, belief)
    phone.ring[phone.ringed] = phone.track
    phone.ringed += 1
    _smooth_settled(state, ground, phone, belief)
    believe(belief, phone.track, ground)
    department, challenger, since = _hold(phone.department, phone.challenger, phone.challenged, middle, fix.ts, belief)
    phone.department, phone.challenger, phone.challenged = department, challenger, since
    _spend_live(state, phone, phone.department, belief, half, fix.ts, False)


@compiled
def _hold(department: int, challenger: int, since: int, middle: int, ts: int, belief: Belief) -> tuple[int, int, int]:
    """Hysteresis in seconds: (department, challenger, since when it is one)."""
    best = most_probable(belief.department, belief.department_p, belief.counts[0])
    zone, p = belief.department[best], belief.department_p[best]
    if zone == department:
        return department, department, ts
    if zone != challenger:
        challenger, since = zone, middle
    if p >= CERTAIN or (ts - since) / 1000.0 >= HYSTERESIS_S:
        return zone, zone, ts
    return department, challenger, since


@compiled
def _spend_live(
    state: State, phone: Any, department: int, belief: Belief, seconds: float, ts: int, pending: bool
) -> None:
    """Department time goes to the most probable one, display time by probability."""
    _spend(state, phone, department, seconds, ts, pending)
    for i in range(belief.counts[1]):
        if belief.display[i] != NOWHERE:
            _spend(state, phone, belief.display[i], seconds * belief.display_p[i], ts, pending)


@compiled
def _spend(state: State, phone: Any, zone: int, seconds: float, ts: int, pending: bool) -> None:
    cell = state.cells[cell_of(state, phone, zone, ts)]
    if pending:
        cell.pending_s += seconds
    else:
        cell.live_s += seconds


@compiled
def _smooth_settled(state: State, ground: Ground, phone: Any, belief: Belief) -> None:
    """Lets those positions go that the last fix is too late to correct."""
    done = 0
    while done < phone.ringed - 1 and phone.ring[done].ts < phone.last - LAG_MS:
        done += 1
    if done:
        _emit(state, ground, phone, done, belief)


@compiled
def _emit(state: State, ground: Ground, phone: Any, count: int, belief: Belief) -> None:
    """Spends the smoothed seconds of the first `count` positions; each is corrected by fixes within the lag only."""
    for i in range(count):
        last = i
        while last + 1 < phone.ringed and phone.ring[last + 1].ts <= phone.ring[i].ts + LAG_MS:
            last += 1
        # the ring keeps what was filtered: corrections are made on a copy
        copy = phone.ring[i : last + 1].copy()
        for j in range(last - i - 1, -1, -1):
            smooth(copy[j], copy[j + 1])
        _spend_smoothed(state, ground, phone, copy[0], belief)
    for i in range(count, phone.ringed):
        phone.ring[i - count] = phone.ring[i]
    phone.ringed -= count


@compiled
def _spend_smoothed(state: State, ground: Ground, phone: Any, track: Any, belief: Belief) -> None:
    """Half of the way since the position before goes by that one's zones, half by this one's."""
    if phone.smoothed.ts >= 0:
        seconds = (track.ts - phone.smoothed.ts) / 1000.0
        believe(belief, phone.smoothed, ground)
        _share(state, phone, belief, seconds / 2, phone.smoothed.ts)
        believe(belief, track, ground)
        _share(state, phone, belief, seconds / 2, track.ts)
    phone.smoothed = track


@compiled
def _share(state: State, phone: Any, belief: Belief, seconds: float, ts: int) -> None:
    for i in range(belief.counts[0]):
        _spend_share(state, phone, belief.department[i], belief.department_p[i], seconds, ts)
    for i in range(belief.counts[1]):
        if belief.display[i] != NOWHERE:
            _spend_share(state, phone, belief.display[i], belief.display_p[i], seconds, ts)


@compiled
def _spend_share(state: State, phone: Any, zone: int, p: float, seconds: float, ts: int) -> None:
    cell = state.cells[cell_of(state, phone, zone, ts)]
    cell.dwell_s += p * seconds
    cell.variance += p * (1 - p) * seconds * (seconds + 2 * SHARED_S)
    if p >= SOLID_P:
        if not cell.solid:
            cell.solid, cell.first = 1, ts
        cell.last = ts


@compiled
def _answer(out: Out, phone: Any, seq: int, belief: Belief) -> None:
    """The settled answer on one ping; a probability stands for the answer beside it, null answers too."""
    row = out.settled[out.counts[0]]
    row.seq = seq
    row.department = phone.department
    row.department_p = share_of(belief.department, belief.department_p, belief.counts[0], phone.department)
    best = most_probable(belief.display, belief.display_p, belief.counts[1])
    known = belief.display[best] != NOWHERE and belief.display_p[best] >= DISPLAY_P
    row.display = belief.display[best] if known else NOWHERE
    row.display_p = share_of(belief.display, belief.display_p, belief.counts[1], row.display)
    out.counts[0] += 1


@compiled
def _live(state: State, ground: Ground, phone: Any, silence_ms: int, belief: Belief) -> None:
    """Carries the settled state through the waiting pings into the answer that is given at once."""
    at = phone.cells if phone.pings > 0 else -1
    while at >= 0:
        state.cells[at].pending_s = 0.0
        at = state.cells[at].next
    track = np.zeros(1, phone.ring.dtype)[0]
    known = phone.pings > 0
    id_seq, id_ts, first, last = phone.id_seq, phone.id_ts, phone.first, phone.last
    department, challenger, since = phone.department, phone.challenger, phone.challenged
    same_visit = known
    if known:
        _copy(track, phone.track)
    for i in range(phone.waiting):
        fix = phone.pending[i]
        if not known or fix.ts - last >= silence_ms:
            same_visit = False
            id_seq, id_ts, first = fix.seq, fix.ts, fix.ts
            begin(track, fix.ts, fix.x, fix.y, fix.sigma, fix.floor)
            believe(belief, track, ground)
            best = most_probable(belief.department, belief.department_p, belief.counts[0])
            department = challenger = belief.department[best]
            since = fix.ts
        else:
            if fix.seq < id_seq:
                id_seq, id_ts = fix.seq, fix.ts
            half = (fix.ts - last) / 2000.0
            if same_visit:
                believe(belief, track, ground)
                _spend_live(state, phone, department, belief, half, last, True)
            step(track, fix.ts, fix.x, fix.y, fix.sigma, fix.floor)
            believe(belief, track, ground)
            department, challenger, since = _hold(department, challenger, since, (fix.ts + last) // 2, fix.ts, belief)
            if same_visit:
                _spend_live(state, phone, department, belief, half, fix.ts, True)
        known, last = True, fix.ts
    best = most_probable(belief.display, belief.display_p, belief.counts[1])
    phone.live_id_ts, phone.live_first = id_ts, first
    phone.live_x, phone.live_y, phone.live_floor = track.x, track.y, track.floor
    phone.live_department = department
    phone.live_display = belief.display[best] if belief.display_p[best] >= DISPLAY_P else NOWHERE


@compiled
def _copy(to: Any, track: Any) -> None:
    to.ts, to.floor = track.ts, track.floor
    to.x, to.vx, to.y, to.vy = track.x, track.vx, track.y, track.vy
    to.pxx, to.pxv, to.pvv = track.pxx, track.pxv, track.pvv


@compiled
def _fire(state: State, ground: Ground, out: Out, phone: Any, ts: int) -> None:
    """Fires the highest threshold that each zone's live seconds have passed since it last fired."""
    if phone.pings == 0 or phone.live_id_ts != phone.id_ts:
        return
    start, fired = out.counts[2], False
    at = phone.cells
    while at >= 0:
        cell = state.cells[at]
        if cell.zone != NOWHERE:
            seconds = cell.live_s + cell.pending_s
            base = DISPLAY_STEP_S if ground.is_display[cell.zone] else DEPARTMENT_STEP_S
            level = cell.fired
            while seconds >= base << (level + 1):
                level += 1
            if level > cell.fired:
                cell.fired, fired = level, True
                moment = out.moments[out.counts[1]]
                moment.phone, moment.id_ts, moment.first, moment.ts = phone.phone, phone.id_ts, phone.first, ts
                moment.zone, moment.threshold_s, moment.live_s = cell.zone, base << level, seconds
                moment.start, moment.stop = start, start
                out.counts[1] += 1
        at = cell.next
    if fired:
        _list_shares(state, out, phone, start)


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
def _finish(state: State, ground: Ground, out: Out, phone: Any, belief: Belief) -> None:
    """Lists a visit that is over, unless just these pings have been listed before."""
    _emit(state, ground, phone, phone.ringed, belief)
    if phone.written == phone.pings or (phone.next_id_ts == phone.id_ts and phone.next_written == phone.pings):
        return
    phone.written = phone.pings
    visit = out.visits[out.counts[3]]
    visit.phone, visit.id_ts, visit.first, visit.last = phone.phone, phone.id_ts, phone.first, phone.last
    visit.pings = phone.pings
    visit.start = out.counts[4]
    at = phone.cells
    while at >= 0:
        out.finished[out.counts[4]] = state.cells[at]
        out.counts[4] += 1
        at = state.cells[at].next
    visit.stop = out.counts[4]
    out.counts[3] += 1


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
