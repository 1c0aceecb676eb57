"""The visit once more, later: each place corrected by the fixes of the next seconds, and spent by probability.

What the fixes before say of each tile meets what the later ones say of it, back over some lags (the forward-
backward algorithm: Rabiner 1989). The steps in between are places too, so that a ping a minute and a ping a second are
told alike. Only the oldest histogram is kept; those since then are made again from the fixes.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from streams.dwell.arrays import AREA, MODES, NO_FLOOR, NODES, NOWHERE, RING, ROW, SIDE, TRACED, WHOLE, Ground
from streams.dwell.backward import go_back, know_nothing, smooth
from streams.dwell.cells import DEPARTMENT_STEP_S, DISPLAY_STEP_S, SMOOTHED, SOLID, cell_of, seen
from streams.dwell.compiled import compiled, fast, inlined
from streams.dwell.filter import hear_floor, step_of
from streams.dwell.histogram import STEPS, carry, keep, load, note
from streams.dwell.posterior import tell, weigh
from streams.dwell.tiles import PACE_M_S, SIDES_M

LAG_S = 12.0
"""A position waits at least this long for fixes that correct it …"""
LAGS = 4.0
"""… and at most so many times as long: one way back corrects all but the last lag. Longer is cheaper.

Of a phone that pings as fast as once a second the ring holds less: its positions wait for half of it.
"""
SOLID_P = 0.25
"""A zone's first and last time in a visit are those at which it was at least this probable, where there are any."""


@compiled
def begin_ring(phone: Any) -> None:
    """A visit's first position; nothing is spent yet."""
    track = phone.walk.track
    phone.anchor_ts, phone.anchor_x, phone.anchor_y = track.ts, track.sx, track.sy
    phone.ringed, phone.smoothed, phone.age = 0, -1.0, 0.0
    phone.still = phone.histogram
    _put(phone, track.sx, track.sy)


@compiled
def add(cells: Any, book: Any, ground: Ground, phone: Any, x: float, y: float, work: Any) -> None:
    """Puts the walk's fix on the ring, and spends what has waited long enough."""
    now = (phone.walk.last - phone.anchor_ts) / 1000.0
    if phone.ringed == RING:
        emit(cells, book, ground, phone, RING // 2, work)
    elif phone.ringed > 1 and phone.ringed + _steps(phone, ground) > NODES - STEPS:
        emit(cells, book, ground, phone, phone.ringed - 1, work)
    _put(phone, x, y)
    if now - phone.ring[0].t < LAGS * LAG_S:
        return
    done = 1
    while done < phone.ringed - 1 and phone.ring[done].t <= now - LAG_S:
        done += 1
    emit(cells, book, ground, phone, done, work)


@inlined
def _steps(phone: Any, ground: Ground) -> int:
    """How many steps of time the ring spans, at the most."""
    at = phone.histogram.mosaic
    # off the plan now, but what is on the ring may have been on the finest tiles
    side_m = ground.mosaics[at].side if at >= 0 else SIDES_M[0]
    return int((phone.ring[phone.ringed - 1].t - phone.ring[0].t) * PACE_M_S / side_m) + 1


@inlined
def _put(phone: Any, x: float, y: float) -> None:
    stay, track, at = phone.ring[phone.ringed], phone.walk.track, phone.histogram
    phone.ringed += 1
    stay.t, stay.x, stay.y = (track.ts - phone.anchor_ts) / 1000.0, x - phone.anchor_x, y - phone.anchor_y
    stay.noise = phone.walk.noise
    stay.mosaic, stay.row, stay.column = at.mosaic, at.row, at.column
    stay.floors.floor, stay.floors.other, stay.floors.other_p = track.floor, track.other, track.other_p


@compiled
def emit(cells: Any, book: Any, ground: Ground, phone: Any, count: int, work: Any) -> None:
    """Spends the smoothed seconds of the first `count` fixes, corrected by all that are on the ring."""
    model = ground.model[0]
    _forward(ground, phone, count, work, model)
    _backward(ground, phone, work)
    _floors_back(ground, phone, work, model)
    at, heard = -1, 0
    for i in range(work.node_count):
        node = work.nodes[i]
        if node.bridge == 1:
            continue
        if node.bridge == 2:
            _bridge(cells, book, ground, phone, heard, i, at, work, model)
        if node.fix >= 0:
            at, heard = node.fix, i
        if at == count:
            break
        _spend(cells, book, ground, phone, i, at, work, model)
    ring = phone.ring
    for i in range(count, phone.ringed):
        ring[i - count] = ring[i]
    phone.ringed -= count
    if phone.ringed > 0:
        phone.still = work.next_still


@compiled
def _forward(ground: Ground, phone: Any, count: int, work: Any, model: Any) -> None:
    """Fills the nodes and their beliefs from the fixes of the ring."""
    ring, histogram, tiles = phone.ring, work.histogram, (ground.mosaics, ground.planes)
    work.histogram = phone.still
    load(histogram, work)
    work.node_count = 0
    note(histogram, work, False, True)
    work.nodes[0].t, work.nodes[0].fix = ring[0].t, 0
    for i in range(1, phone.ringed):
        stay, first = ring[i], work.node_count
        ts = phone.anchor_ts + round(stay.t * 1000.0)
        fix = (stay.x + phone.anchor_x, stay.y + phone.anchor_y, float(stay.noise))
        carry(histogram, work, (stay.mosaic, stay.row, stay.column), ts, fix, tiles, model, True)
        work.heard[i] = work.told
        if i == count:
            keep(histogram, work)
            work.next_still = histogram
        last = work.node_count - 1
        way = (stay.t - ring[i - 1].t) / (last - first + 1)
        for j in range(first, last + 1):
            work.nodes[j].t = ring[i - 1].t + (j - first + 1) * way
        work.nodes[last].fix = i
        side_m = ground.mosaics[stay.mosaic].side if stay.mosaic >= 0 else SIDES_M[0]
        if (stay.t - ring[i - 1].t) * model.pace_m_s > SIDE / 2 * side_m:
            for j in range(first, last):
                work.nodes[j].bridge = 1
            work.nodes[last].bridge = 2
    nodes = work.nodes
    for j in range(work.node_count):
        if j + 1 < work.node_count and nodes[j + 1].bridge > 0:
            nodes[j].until = nodes[j].t
        else:
            nodes[j].until = (nodes[j].t + nodes[min(j + 1, work.node_count - 1)].t) / 2


@compiled
def _backward(ground: Ground, phone: Any, work: Any) -> None:
    know_nothing(work)
    for j in range(work.node_count - 1, 0, -1):
        node, before = work.nodes[j], work.nodes[j - 1]
        smooth(work, j)
        if node.anew or node.mosaic < 0 or before.mosaic < 0:
            know_nothing(work)
        else:
            go_back(work, node, before, ground.mosaics, ground.planes)
    smooth(work, 0)


@compiled
def _floors_back(ground: Ground, phone: Any, work: Any, model: Any) -> None:
    """By fix of the ring, the floors that later fixes name, as before it was heard."""
    ring, floors, before = phone.ring, work.floors, work.before
    last = phone.ringed - 1
    floors[last].floor, floors[last].other, floors[last].other_p = ring[last].floors.floor, NO_FLOOR, model.floor_error
    for i in range(last - 1, -1, -1):
        step = step_of(ground.steps, ring[i + 1].t - ring[i].t, model)
        floors[i] = floors[i + 1]
        before[i] = floors[i]
        _change_floor(before[i], step.floor_change)
        if i > 0:
            hear_floor(floors[i], ring[i].floors.floor, step, model)


@inlined
def _change_floor(track: Any, change: float) -> None:
    track.other_p += (1 - 2 * track.other_p) * change


@inlined
def _meet_floors(both: Any, fore: Any, back: Any, model: Any) -> None:
    both.floor, both.other, both.other_p = fore.floor, fore.other, fore.other_p
    if fore.other == NO_FLOOR and back.floor != fore.floor:
        both.other = back.floor
    if both.other == NO_FLOOR:
        both.other_p = 0.0
        return
    one = (1 - fore.other_p) * _floor_p(back, both.floor, model)
    other = fore.other_p * _floor_p(back, both.other, model)
    both.other_p = other / (one + other)
    if both.other_p > 0.5:
        both.floor, both.other, both.other_p = both.other, both.floor, 1 - both.other_p


@inlined
def _floor_p(track: Any, floor: int, model: Any) -> float:
    if track.floor == floor:
        return 1 - track.other_p
    known = track.other == floor or track.other == NO_FLOOR
    return max(track.other_p if known else 0.0, model.floor_error**2)


@inlined
def _spend(cells: Any, book: Any, ground: Ground, phone: Any, number: int, at: int, work: Any, model: Any) -> None:
    """Spends what has not been spent up to the end of a node, which is at the ring's fix `at` or after it."""
    node, field = work.nodes[number], work.beliefs[number]
    ts = phone.anchor_ts + round(node.t * 1000.0)
    if work.traced >= 0 and node.fix >= 0:
        _trace(work, phone, ground, number, ts)
    floors, fix = _floors_at(phone, at, work, model), _fix(phone, at)
    count = weigh(work, 0, 1.0, field, node, floors, ts, fix, ground)
    tell(work.belief, work.spots, work.taken, count, ground.weights, ground.spots)
    stands = _standing(field) if node.mosaic >= 0 else 1.0
    _give(cells, book, phone, node.until, ts, stands, work, model)


@compiled
def _bridge(
    cells: Any, book: Any, ground: Ground, phone: Any, first: int, last: int, at: int, work: Any, model: Any
) -> None:
    """Spends a silence in which somebody can have been out of the window: they left the one place for the other at
    some time, and nobody knows when."""
    ts = phone.anchor_ts + round(work.nodes[last].t * 1000.0)
    before, after = _floors_at(phone, at, work, model), _floors_at(phone, at + 1, work, model)
    if phone.ring[at].floors.floor == phone.ring[at + 1].floors.floor:
        # on another floor for a single fix is not on it in the silences beside
        before = after = before if before[0] > after[0] else after
    nodes, beliefs = work.nodes, work.beliefs
    count = weigh(work, 0, 0.5, beliefs[first], nodes[first], before, ts, _fix(phone, at), ground)
    count = weigh(work, count, 0.5, beliefs[last], nodes[last], after, ts, _fix(phone, at + 1), ground)
    tell(work.belief, work.spots, work.taken, count, ground.weights, ground.spots)
    _give(cells, book, phone, work.nodes[last].t, ts, 0.0, work, model)


@inlined
def _fix(phone: Any, at: int) -> tuple[float, float, float]:
    stay = phone.ring[at]
    return stay.x + phone.anchor_x, stay.y + phone.anchor_y, float(stay.noise)


@compiled
def _floors_at(phone: Any, at: int, work: Any, model: Any) -> tuple[float, int]:
    """How probably somebody is on the floor of the window at a fix of the ring, and what other one it may be."""
    held, both = phone.ring[at].floors, work.both
    if at < phone.ringed - 1:
        _meet_floors(both, held, work.before[at], model)
    else:
        both.floor, both.other, both.other_p = held.floor, held.other, held.other_p
    if both.other == NO_FLOOR:
        return 1.0, NO_FLOOR
    if both.floor != held.floor:
        return both.other_p, both.floor
    return 1 - both.other_p, both.other


@compiled
def _give(cells: Any, book: Any, phone: Any, until: float, ts: int, stands: float, work: Any, model: Any) -> None:
    """Gives the seconds up to `until` to the zones of the belief; errors last as they do in standing and walking."""
    seconds = until - max(phone.smoothed, 0.0)
    phone.smoothed = until
    phone.age += seconds * (stands / model.standing_error_s + (1 - stands) / model.walking_error_s)
    belief = work.belief
    for i in range(belief.departments):
        to = cell_of(cells, book, phone, belief.department[i], DEPARTMENT_STEP_S)
        _share(cells[to], belief.department_n[i] / WHOLE, seconds, phone.age, ts, model.unsure)
    for i in range(belief.displays):
        if belief.display[i] != NOWHERE:
            to = cell_of(cells, book, phone, belief.display[i], DISPLAY_STEP_S)
            _share(cells[to], belief.display_n[i] / WHOLE, seconds, phone.age, ts, model.unsure)


@fast
def _standing(field: Any) -> float:
    """The probability of standing."""
    stands, walks = np.float32(1e-30), np.float32(0.0)
    for i in range(AREA):
        stands += field[0, i]
        walks += field[1, i] + field[2, i] + field[3, i] + field[4, i]
    return float(stands / (stands + walks))


@compiled
def _trace(work: Any, phone: Any, ground: Ground, number: int, ts: int) -> None:
    """Mean and standard deviation of a node's place."""
    node = work.nodes[number]
    if work.traced >= TRACED or node.mosaic < 0:
        return
    mosaic, field = ground.mosaics[node.mosaic], work.beliefs[number]
    whole, x, y, far = 1e-30, 0.0, 0.0, 0.0
    for m in range(MODES):
        for r in range(SIDE):
            for c in range(SIDE):
                p = float(field[m, r * ROW + 2 + c])
                whole += p
                x += p * c
                y += p * r
                far += p * (c * c + r * r)
    x, y = x / whole, y / whole
    variance = max(far / whole - x * x - y * y, 0.0) / 2 + 1 / 12
    row = work.trace[work.traced]
    across = mosaic.left + (node.column + x + 0.5) * mosaic.side
    along = mosaic.low + (node.row + y + 0.5) * mosaic.side
    row.ts, row.sd = ts, math.sqrt(variance) * mosaic.side
    row.x, row.y = mosaic.cos * across - mosaic.sin * along, mosaic.cos * along + mosaic.sin * across
    work.traced += 1


@inlined
def _share(cell: Any, p: float, seconds: float, age: float, ts: int, unsure: float) -> None:
    cell.dwell_s += p * seconds
    seen(cell, SOLID if p >= SOLID_P else SMOOTHED, ts)
    error = seconds * math.sqrt((p + unsure) * (1 - p + unsure))
    # an error is shared with those shortly before: they add up before they are squared
    shared = cell.tail * math.exp(cell.age - age)
    cell.variance += error * error + 2 * error * shared
    cell.tail, cell.age = shared + error, age
