"""Pings in arrival order through the engine: settle what is 3 s old, answer at once for the rest, fire moments.

Two answers a ping. *Settled*: pings are taken in the order of their `ts` once no earlier one can come that is not late,
so the answer is a function of the pings alone. *Live*: given at once. Both are one computation: a ping that waits keeps
the visit as of it, which is carried anew only where an earlier ping comes after it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from streams.dwell.arrays import NODES, PENDING, ZONES, Ground, Out, State
from streams.dwell.cells import forget_waiting, free_cells, take
from streams.dwell.compiled import borrowed, compiled, inlined
from streams.dwell.filter import known_sigma, mean_place, step_of
from streams.dwell.histogram import SIZES, carry, keep, load, mosaic_of, renew, window
from streams.dwell.listing import answer, fire, list_visit
from streams.dwell.posterior import believe, level_of
from streams.dwell.smoother import add, begin_ring, emit
from streams.dwell.trail import begin_trail, follow
from streams.dwell.walk import first_department, hold, move, spend, spend_now, start

LATENESS_MS = 3_000
STORE_LATENESS_MS = 1_800_000
_COPY, _LATE = -1, -2
_END = np.int64(2**62)


@compiled
def room_for(waiting: int) -> int:
    """Cells and answers that a ping can need at the most when so many wait before it."""
    return 2 * (3 * waiting + NODES + 4) * ZONES


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
    phones, cells, waits = borrowed(state.phones), borrowed(state.cells), borrowed(state.waits)
    books = borrowed(state.book)
    ground = lent(ground)
    lists = (borrowed(out.settled), borrowed(out.moments), borrowed(out.shares), borrowed(out.visits))
    out = Out(*lists, borrowed(out.finished), borrowed(out.counts))
    counts = out.counts
    book, desk = books[0], work[0]
    late = 0
    for row in range(first, len(pings)):
        phone = phones[slots[row]]
        need = room_for(phone.waiting)
        full = book.used + need > len(cells) or books[1].used == len(waits)
        if pings[row].ts >= due_ms or full or _most(counts) + phone.cell_count + need > len(out.settled):
            return row, newest, late
        ping = pings[row]
        if ping.ts < newest - STORE_LATENESS_MS or (phone.newest > 0 and ping.ts < phone.newest - LATENESS_MS):
            late += 1
            continue
        newest = max(newest, ping.ts)
        place = _wait(waits, books[1], phone, ping)
        if place < 0:
            late += place == _LATE
            continue
        is_newest = waits[place].next < 0
        phone.newest = max(phone.newest, ping.ts)
        phone.changed = phone.unshown = 1
        _carry(waits, ground, phone, place, silence_ms, desk)
        until = phone.newest - LATENESS_MS
        entered = _settle(cells, books, waits, ground, out, phone, until, desk)
        if is_newest and not entered:
            passed = _spend_on(cells, book, waits, phone, place)
        else:
            passed = spend_waiting(cells, book, waits, phone)
        if passed:
            fire(cells, out, phone, waits[phone.live].walk, ping.ts)
        # only a visit that has begun among the waiting can be cut off from the walk: they came within 3 s
        phone.ends = phone.walk.last if phone.begun and phone.walk.pings > phone.written else phone.newest
    return len(pings), newest, late


@compiled
def settle_all(state: State, ground: Ground, out: Out, slot: int, work: Any) -> None:
    """Settles whatever still waits: nothing more is to come, or this is a copy of the state for an interim answer."""
    cells, waits, books, desk = state.cells, state.waits, state.book, work[0]
    phone = state.phones[slot]
    _settle(cells, books, waits, ground, out, phone, _END, desk)
    if phone.walk.pings > 0:
        _finish(cells, books[0], ground, out, phone, desk)


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


@compiled
def forget(cells: Any, waits: Any, books: Any, phone: Any) -> None:
    """Gives back what a phone has in the pools."""
    free_cells(cells, books[0], phone)
    while phone.waits >= 0:
        _free_first(waits, books[1], phone)


@inlined
def lent(ground: Ground) -> Ground:
    """The same without its owners: see `borrowed`."""
    return Ground(
        borrowed(ground.levels),
        borrowed(ground.cells),
        borrowed(ground.roles),
        borrowed(ground.spots),
        borrowed(ground.model),
        borrowed(ground.steps),
        borrowed(ground.mosaics),
        borrowed(ground.planes),
        borrowed(ground.firsts),
        borrowed(ground.pieces),
        borrowed(ground.weights),
    )


@inlined
def _most(counts: Any) -> int:
    most = 0
    for i in range(len(counts)):
        most = max(most, counts[i])
    return most


@inlined
def _wait(waits: Any, book: Any, phone: Any, ping: Any) -> int:
    """Puts a ping among the waiting in the order of `ts` and says where, or that it is a copy or late."""
    if phone.walk.pings > 0 and ping.ts <= phone.walk.last:
        return _COPY if ping.ts == phone.walk.last else _LATE
    before, after = -1, phone.waits
    if phone.live >= 0 and waits[phone.live].fix.ts < ping.ts:
        before, after = phone.live, -1
    while after >= 0 and waits[after].fix.ts < ping.ts:
        before, after = after, waits[after].next
    if after >= 0 and waits[after].fix.ts == ping.ts:
        return _COPY
    at = take(waits, book)
    waits[at].fix, waits[at].next = ping, after
    if before < 0:
        phone.waits = at
    else:
        waits[before].next = at
    if after < 0:
        phone.live = at
    phone.waiting += 1
    return at


@inlined
def _carry(waits: Any, ground: Ground, phone: Any, place: int, silence_ms: int, work: Any) -> None:
    """The visit as of a ping that has come to wait, and as of those after it."""
    model = ground.model[0]
    before, at = -1, phone.waits
    while at != place:
        before, at = at, waits[at].next
    while at >= 0:
        here = waits[at]
        if before < 0:
            here.walk, here.histogram = phone.walk, phone.histogram
        else:
            here.walk, here.histogram = waits[before].walk, waits[before].histogram
        if here.walk.pings == 0 or here.fix.ts - here.walk.last >= silence_ms:
            start(here.walk, here.fix, model)
            here.histogram.mosaic = -1
            _place(here, 0.0, ground, model, work)
            first_department(here.walk, here.belief)
        else:
            step = step_of(ground.steps, (here.fix.ts - here.walk.last) / 1000.0, model)
            move(here.walk, here.fix, step, model)
            _place(here, step.dt_s, ground, model, work)
            hold(here.walk, here.belief, step.dt_s, model)
        before, at = at, here.next


@inlined
def _place(here: Any, dt_s: float, ground: Ground, model: Any, work: Any) -> None:
    """The histogram as of a waiting ping whose track has been moved, and what is believed of its zones."""
    track, fix, histogram = here.walk.track, here.fix, here.histogram
    level = level_of(track.floor, fix.ts, ground.levels)
    if histogram.mosaic >= 0 and level >= 0 and here.walk.pings > 2:
        number = level * SIZES + histogram.mosaic % SIZES
    else:
        number = mosaic_of(level, here.walk.noise, dt_s)
    row, column = 0, 0
    if number >= 0:
        renew(histogram, number, ground.mosaics)
        x, y = mean_place(track)
        row, column = window(ground.mosaics[number], x, y, histogram, histogram.mosaic == number)
        if row < 0:
            number = -1
    load(histogram, work)
    tiles = (ground.mosaics, ground.planes)
    carry(histogram, work, (number, row, column), fix.ts, (fix.x, fix.y, here.walk.noise), tiles, model, False)
    keep(histogram, work)
    believe(here.belief, work, histogram, track, ground)


@inlined
def _settle(cells: Any, books: Any, waits: Any, ground: Ground, out: Out, phone: Any, until: int, work: Any) -> bool:
    """Takes the waiting pings up to `until`; whether one of them began a visit."""
    entered, book = False, books[0]
    # one place stays free for the next ping, however fast they come
    while phone.waits >= 0 and (waits[phone.waits].fix.ts <= until or phone.waiting >= PENDING):
        here = waits[phone.waits]
        if here.walk.pings == 1:
            if phone.walk.pings > 0:
                _finish(cells, book, ground, out, phone, work)
            free_cells(cells, book, phone)
            phone.written = 0
            phone.walk, phone.histogram, phone.belief = here.walk, here.histogram, here.belief
            begin_ring(phone)
            begin_trail(phone.trail, ground.levels, ground.roles, here.fix.ts, here.fix.x, here.fix.y, here.fix.floor)
            phone.group.judged, phone.group.id_ts = 0, 0
            entered = True
        else:
            half = (here.fix.ts - phone.walk.last) / 2000.0
            spend(cells, book, phone, half)
            _follow(phone, here.walk, here.fix.sigma, ground)
            phone.walk, phone.histogram, phone.belief = here.walk, here.histogram, here.belief
            spend(cells, book, phone, half)
            add(cells, book, ground, phone, here.fix.x, here.fix.y, work)
        answer(out.settled, out.counts, phone, here.fix.seq, ground.model[0])
        _free_first(waits, books[1], phone)
    return entered


@inlined
def _follow(phone: Any, walk: Any, sigma: float, ground: Ground) -> None:
    """The trail from where the phone's walk is to the next settled one. A move has to be more than what any errors do:
    those that the sender says, and those that were seen."""
    before, after = phone.walk.track, walk.track
    (x0, y0), (x1, y1) = mean_place(before), mean_place(after)
    known = known_sigma(sigma, ground.model[0])
    noise = max(known * known, walk.noise)
    follow(phone.trail, ground.levels, ground.roles, before.ts, x0, y0, after.ts, x1, y1, after.floor, noise)


@inlined
def _free_first(waits: Any, book: Any, phone: Any) -> None:
    """Takes the first off a phone's waiting pings."""
    first = phone.waits
    phone.waits = waits[first].next
    if phone.waits < 0:
        phone.live = -1
    phone.waiting -= 1
    waits[first].next, book.free = book.free, first


@compiled
def spend_waiting(cells: Any, book: Any, waits: Any, phone: Any) -> bool:
    """Live seconds with all that waits, anew; whether a zone may have come to its next moment: any may have."""
    forget_waiting(cells, phone)
    phone.begun = 0
    at = phone.waits
    while at >= 0:
        _spend_on(cells, book, waits, phone, at)
        at = waits[at].next
    return not phone.begun


@inlined
def _spend_on(cells: Any, book: Any, waits: Any, phone: Any, place: int) -> bool:
    """Adds the live seconds of the way to a waiting ping; whether a zone has come to its next moment."""
    here = waits[place]
    if here.walk.pings == 1:
        phone.begun = 1
    if phone.begun:
        return False
    before, at = -1, phone.waits
    while at != place:
        before, at = at, waits[at].next
    if before < 0:
        half = (here.fix.ts - phone.walk.last) / 2000.0
        passed = spend_now(cells, book, phone, phone.walk, phone.belief, half)
    else:
        half = (here.fix.ts - waits[before].fix.ts) / 2000.0
        passed = spend_now(cells, book, phone, waits[before].walk, waits[before].belief, half)
    return spend_now(cells, book, phone, here.walk, here.belief, half) or passed


@compiled
def _finish(cells: Any, book: Any, ground: Ground, out: Out, phone: Any, work: Any) -> None:
    emit(cells, book, ground, phone, phone.ringed, work)
    list_visit(cells, out, phone)
