"""The visit once more, later: each position corrected by the fixes of the next seconds, and spent by probability.

Two filters: what was filtered forward meets what the same filter says backward from the later fixes (Fraser and Potter
1969). A silence is filled in on the way, so that a ping a minute and a ping a second are told alike.
"""

from __future__ import annotations

import math
from typing import Any

from streams.dwell.arrays import NO_FLOOR, NOWHERE, RING, TRACED, WHOLE
from streams.dwell.cells import DEPARTMENT_STEP_S, DISPLAY_STEP_S, SMOOTHED, SOLID, cell_of, seen
from streams.dwell.compiled import compiled, inlined
from streams.dwell.filter import (
    LEAST_P,
    begin,
    hear_floor,
    mean_place,
    predict,
    spread,
    standing_share,
    step_of,
    update,
)
from streams.dwell.posterior import believe

LAG_S = 12.0
"""A position waits at least this long for fixes that correct it, and at most four times as long.

Of a phone that pings as fast as once a second the ring holds less than three lags: its positions wait for half of it.
"""
STRIDE_S = 8.0
"""A longer silence is filled in at about such steps …"""
STRIDES = 40
"""… but no more of them."""
SOLID_P = 0.25
"""A zone's first and last time in a visit are those at which it was at least this probable, where there are any."""


@compiled
def begin_ring(phone: Any) -> None:
    """A visit's first position; nothing is spent yet."""
    track = phone.walk.track
    phone.anchor_ts, phone.anchor_x, phone.anchor_y = track.ts, track.sx, track.sy
    phone.ringed, phone.smoothed, phone.age = 0, -1.0, 0.0
    _put(phone, track.sx, track.sy)


@compiled
def add(
    cells: Any,
    book: Any,
    levels: Any,
    grid: Any,
    spots: Any,
    model: Any,
    steps: Any,
    phone: Any,
    x: float,
    y: float,
    work: Any,
) -> None:
    """Puts the walk's position and its fix on the ring. One way back over three lags corrects all of the older two."""
    if phone.ringed == RING:
        emit(cells, book, levels, grid, spots, model, steps, phone, RING // 2, work)
    _put(phone, x, y)
    now = phone.ring[phone.ringed - 1].t
    if now - phone.ring[0].t < 3 * LAG_S:
        return
    done = 1
    while done < phone.ringed - 1 and phone.ring[done].t <= now - LAG_S:
        done += 1
    emit(cells, book, levels, grid, spots, model, steps, phone, done, work)


@inlined
def _put(phone: Any, x: float, y: float) -> None:
    stay, track = phone.ring[phone.ringed], phone.walk.track
    phone.ringed += 1
    left, low = phone.anchor_x, phone.anchor_y
    stay.t, stay.zx, stay.zy = (track.ts - phone.anchor_ts) / 1000.0, x - left, y - low
    stay.noise = phone.walk.noise
    stay.stand, stay.sx, stay.sy, stay.sp = track.stand, track.sx - left, track.sy - low, track.sp
    stay.wx, stay.wy, stay.wvx, stay.wvy = track.wx - left, track.wy - low, track.wvx, track.wvy
    stay.wpp, stay.wpv, stay.wvv = track.wpp, track.wpv, track.wvv
    stay.floor, stay.other, stay.other_p = track.floor, track.other, track.other_p


@inlined
def _take(track: Any, stay: Any) -> None:
    """The track that was put; its times and places are relative to the anchor."""
    track.stand, track.sx, track.sy, track.sp = stay.stand, stay.sx, stay.sy, stay.sp
    track.wx, track.wy, track.wvx, track.wvy = stay.wx, stay.wy, stay.wvx, stay.wvy
    track.wpp, track.wpv, track.wvv = stay.wpp, stay.wpv, stay.wvv
    track.floor, track.other, track.other_p = stay.floor, stay.other, stay.other_p


@compiled
def emit(
    cells: Any, book: Any, levels: Any, grid: Any, spots: Any, model: Any, steps: Any, phone: Any, count: int, work: Any
) -> None:
    """Spends the smoothed seconds of the first `count` positions, corrected by all that are on the ring."""
    ring, back, before = phone.ring, work.back, work.before
    last = phone.ringed - 1
    begin(back[last], 0, ring[last].zx, ring[last].zy, ring[last].noise, ring[last].floor, model)
    for i in range(last - 1, -1, -1):
        step = step_of(steps, ring[i + 1].t - ring[i].t, model)
        back[i] = back[i + 1]
        predict(back[i], step, model)
        before[i] = back[i]
        if i > 0:
            hear_floor(back[i], ring[i].floor, step, model)
            update(back[i], ring[i].zx, ring[i].zy, ring[i].noise, model)
    for i in range(count):
        _take(work.here, ring[i])
        if i == last:
            _spend(
                cells,
                book,
                levels,
                grid,
                spots,
                model,
                phone,
                work.here,
                model.common * ring[i].noise,
                ring[i].t,
                ring[i].t,
                work,
            )
        else:
            _meet(work.both, work.here, before[i], model)
            gap_s = ring[i + 1].t - ring[i].t
            strides = min(max(math.ceil(gap_s / STRIDE_S), 1), STRIDES)
            stride_s = gap_s / strides
            _spend(
                cells,
                book,
                levels,
                grid,
                spots,
                model,
                phone,
                work.both,
                model.common * ring[i].noise,
                ring[i].t,
                ring[i].t + stride_s / 2,
                work,
            )
            for j in range(1, strides):
                _take(work.here, ring[i])
                predict(work.here, step_of(steps, j * stride_s, model), model)
                work.there = back[i + 1]
                predict(work.there, step_of(steps, gap_s - j * stride_s, model), model)
                _meet(work.both, work.here, work.there, model)
                t = ring[i].t + j * stride_s
                _spend(
                    cells,
                    book,
                    levels,
                    grid,
                    spots,
                    model,
                    phone,
                    work.both,
                    model.common * ring[i].noise,
                    t,
                    t + stride_s / 2,
                    work,
                )
    for i in range(count, phone.ringed):
        ring[i - count] = ring[i]
    phone.ringed -= count


@compiled
def _meet(both: Any, fore: Any, back: Any, model: Any) -> None:
    """What the fixes before and after say together; `both` gets no velocities. Backward ones have the other sign.

    Both filters begin with the same prior of modes and velocities, which counts once.
    """
    v2 = model.speed_m_s * model.speed_m_s / 2
    prior = standing_share(model)
    s = fore.sp + back.sp
    dx, dy = back.sx - fore.sx, back.sy - fore.sy
    stand = fore.stand * back.stand / prior * math.exp(-0.5 * (dx * dx + dy * dy) / s) / s
    gain = fore.sp / s
    both.sx, both.sy, both.sp = fore.sx + gain * dx, fore.sy + gain * dy, fore.sp * back.sp / s
    # walking: precisions of position and velocity add up
    pp, pv, vv = fore.wpp + back.wpp, fore.wpv - back.wpv, fore.wvv + back.wvv
    determinant = pp * vv - pv * pv
    dx, dy = back.wx - fore.wx, back.wy - fore.wy
    dvx, dvy = -back.wvx - fore.wvx, -back.wvy - fore.wvy
    far = (vv * (dx * dx + dy * dy) - 2 * pv * (dx * dvx + dy * dvy) + pp * (dvx * dvx + dvy * dvy)) / determinant
    walk = (1 - fore.stand) * (1 - back.stand) / (1 - prior) * 2 * v2 * math.exp(-0.5 * far) / determinant
    f, b = fore.wpp * fore.wvv - fore.wpv * fore.wpv, back.wpp * back.wvv - back.wpv * back.wpv
    ipp = fore.wvv / f + back.wvv / b
    ipv = -fore.wpv / f + back.wpv / b
    ivv = max(fore.wpp / f + back.wpp / b - 1 / v2, 0.1 / v2)
    ex = (fore.wvv * fore.wx - fore.wpv * fore.wvx) / f + (back.wvv * back.wx - back.wpv * back.wvx) / b
    ey = (fore.wvv * fore.wy - fore.wpv * fore.wvy) / f + (back.wvv * back.wy - back.wpv * back.wvy) / b
    ux = (-fore.wpv * fore.wx + fore.wpp * fore.wvx) / f + (back.wpv * back.wx - back.wpp * back.wvx) / b
    uy = (-fore.wpv * fore.wy + fore.wpp * fore.wvy) / f + (back.wpv * back.wy - back.wpp * back.wvy) / b
    d = max(ipp * ivv - ipv * ipv, 1e-300)
    both.wx, both.wy, both.wpp = (ivv * ex - ipv * ux) / d, (ivv * ey - ipv * uy) / d, ivv / d
    both.stand = min(max(stand / max(stand + walk, 1e-300), LEAST_P), 1 - LEAST_P)
    _meet_floors(both, fore, back, model)


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
    return max(track.other_p if track.other == floor else 0.0, model.floor_error**2)


@compiled
def _spend(
    cells: Any,
    book: Any,
    levels: Any,
    grid: Any,
    spots: Any,
    model: Any,
    phone: Any,
    track: Any,
    common: float,
    t: float,
    until: float,
    work: Any,
) -> None:
    """Spends what has not been spent up to `until` where somebody is at `t`, both seconds of the visit."""
    seconds = until - max(phone.smoothed, 0.0)
    phone.smoothed = until
    track.ts = phone.anchor_ts + round(t * 1000.0)
    track.sx, track.wx = track.sx + phone.anchor_x, track.wx + phone.anchor_x
    track.sy, track.wy = track.sy + phone.anchor_y, track.wy + phone.anchor_y
    if work.traced >= 0:
        _trace(work, track)
    believe(work.belief, track, common, levels, grid, spots, work)
    phone.age += seconds * (track.stand / model.standing_error_s + (1 - track.stand) / model.walking_error_s)
    belief = work.belief
    for i in range(belief.departments):
        at = cell_of(cells, book, phone, belief.department[i], DEPARTMENT_STEP_S)
        _share(cells[at], belief.department_n[i] / WHOLE, seconds, phone.age, track.ts, model.unsure)
    for i in range(belief.displays):
        if belief.display[i] != NOWHERE:
            at = cell_of(cells, book, phone, belief.display[i], DISPLAY_STEP_S)
            _share(cells[at], belief.display_n[i] / WHOLE, seconds, phone.age, track.ts, model.unsure)


@inlined
def _trace(work: Any, track: Any) -> None:
    if work.traced < TRACED:
        row = work.trace[work.traced]
        row.ts, row.sd = track.ts, spread(track)
        row.x, row.y = mean_place(track)
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
