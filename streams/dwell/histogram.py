"""A histogram filter (Thrun, Burgard and Fox 2005, ch. 4): where a visit is by tile, standing or walking.

Where people stand and walk is part of how they move, so that shelves and displays say where somebody has come to; who
stands, stands on wherever it is. Most of a fix's error is carried on to the next one: each of standing and walking
knows the mean of it given the tile, a line in the tile's place, for who is farther left must have an error farther
right. It lasts while somebody stands and is soon lost in walking: another place has other errors.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from streams.dwell.arrays import AREA, FIRST, MODES, NODES, PLANES, ROW, SIDE, Ground
from streams.dwell.compiled import by_its_bits, compiled, fast, fast_inlined, inlined
from streams.dwell.filter import standing_share
from streams.dwell.tiles import PACE_M_S, SIDES_M

SIZES = len(SIDES_M)
STEPS = 150
"""In a longer silence somebody is anywhere after so many steps."""
_ROOT = np.float32(255.0)
_NONE, _HALF, _ONE, _TWO = np.float32(0.0), np.float32(0.5), np.float32(1.0), np.float32(2.0)
_LEAST = np.float32(1e-30)
_LOST = 1e-3
"""A belief of which less than this is within the new window begins anew."""
_NOISE = np.float32(1e-9)
"""A density (1/m²) that even a fix beyond all outliers has: it moves nobody."""


@inlined
def mosaic_of(level: int, noise: float) -> int:
    """The mosaic of a level, or −1, of the smallest tiles with room for errors of this variance, m², and a step."""
    size, reach = 0, 2.5 * math.sqrt(noise) + 2.0
    while size < SIZES - 1 and SIDE / 2 * SIDES_M[size] < reach:
        size += 1
    return level * SIZES + size if level >= 0 else -1


@inlined
def place(mosaic: Any, x: float, y: float) -> tuple[float, float]:
    """A point of the plan in metres from the mosaic's corner, along its columns and rows."""
    return mosaic.cos * x + mosaic.sin * y - mosaic.left, mosaic.cos * y - mosaic.sin * x - mosaic.low


@inlined
def alike(one: Any, other: Any) -> bool:
    """Whether two mosaics are of one floor and have the same tiles: those of a plan and of the one after it."""
    same = one.cos == other.cos and one.sin == other.sin
    return same and one.side == other.side and one.floor == other.floor


@inlined
def between(one: Any, other: Any) -> tuple[int, int]:
    """By how many rows and columns the first of two mosaics that are alike begins farther up and to the right."""
    return round((one.low - other.low) / one.side), round((one.left - other.left) / one.side)


@compiled
def _use(histogram: Any, was: Any, mosaic: Any) -> None:
    """Counts the window and its places from the corner of another mosaic that is alike."""
    up, right = between(was, mosaic)
    histogram.row, histogram.column = histogram.row + up, histogram.column + right
    for kind in range(2):
        bias = histogram.bias[kind]
        bias.x -= bias.slope * right * mosaic.side
        bias.y -= bias.slope * up * mosaic.side


@compiled
def window(mosaic: Any, x: float, y: float) -> tuple[int, int]:
    """First row and column of the window round a point of the plan; of a point beyond all tiles, row −1."""
    across, along = place(mosaic, x, y)
    column, row = math.floor(across / mosaic.side + 0.5), math.floor(along / mosaic.side + 0.5)
    if not (0 <= row <= mosaic.rows and 0 <= column <= mosaic.columns):
        return -1, -1
    half = SIDE // 2
    return int(min(max(row - half, 0), mosaic.rows - SIDE)), int(min(max(column - half, 0), mosaic.columns - SIDE))


@fast
def load(histogram: Any, work: Any) -> None:
    """The histogram as it was kept, to be worked on."""
    now, roots = work.now, histogram.roots
    for m in range(MODES):
        for r in range(SIDE):
            for c in range(SIDE):
                root = np.float32(roots[m, r, c])
                now[m, r * ROW + 2 + c] = root * root


@fast
def keep(histogram: Any, work: Any) -> None:
    """Keeps what was worked on."""
    now, flat, roots = work.now, work.roots, histogram.roots
    scale = _ROOT * _ROOT / _greatest(now)
    for m in range(MODES):
        for i in range(AREA):
            flat[m, i] = np.int32(math.sqrt(now[m, i] * scale) + _HALF)
    for m in range(MODES):
        for r in range(SIDE):
            for c in range(SIDE):
                roots[m, r, c] = flat[m, r * ROW + 2 + c]


@fast_inlined
def _greatest(field: Any) -> Any:
    """Of a field of numbers that are not negative: their bits are in the order of their size, and faster to compare."""
    bits, most = field.view(np.int32), np.int32(0)
    for m in range(MODES):
        for i in range(AREA):
            most = max(most, bits[m, i])
    return max(by_its_bits(most), _LEAST)


@fast
def look(work: Any, histogram: Any, mosaic: Any, planes: Any) -> None:
    """Has the window's part of the planes at work."""
    at = work.planes_at
    if at.mosaic == histogram.mosaic + 1 and at.row == histogram.row and at.column == histogram.column:
        return
    at.mosaic, at.row, at.column = histogram.mosaic + 1, histogram.row, histogram.column
    here = work.planes
    size, width = mosaic.rows * mosaic.columns, mosaic.columns
    for plane in range(PLANES):
        start = mosaic.start + plane * size + histogram.row * width + histogram.column
        for r in range(SIDE):
            row = planes[start + r * width : start + r * width + SIDE]
            for c in range(SIDE):
                here[plane, r * ROW + 2 + c] = row[c]


@compiled
def carry(
    histogram: Any,
    work: Any,
    at: tuple[int, int, int],
    ts: int,
    fix: tuple[float, float, float],
    ground: Ground,
    model: Any,
    noting: bool,
) -> None:
    """The belief at work as of a fix (x, y, variance): carried to `ts`, ms, in the window `at` (mosaic, row, column).

    What a fix told is left in `work.told`; when noting, each step is noted for the smoother.
    """
    number, row, column = at
    if number < 0:
        histogram.mosaic = -1
        if noting:
            note(histogram, work, False, True)
        return
    mosaic = ground.mosaics[number]
    if histogram.mosaic >= 0 and histogram.mosaic != number and alike(ground.mosaics[histogram.mosaic], mosaic):
        _use(histogram, ground.mosaics[histogram.mosaic], mosaic)
        histogram.mosaic = number
    down, right = row - histogram.row, column - histogram.column
    anew = histogram.mosaic != number or abs(down) >= SIDE or abs(right) >= SIDE
    histogram.mosaic, histogram.row, histogram.column = number, row, column
    if not anew and (down != 0 or right != 0):
        anew = _shift(work, down, right) < _LOST
    look(work, histogram, mosaic, ground.planes)
    moved = False
    if not anew:
        step_ms = mosaic.side / PACE_M_S * 1000.0
        wanted = round((ts - histogram.clock) / step_ms)
        steps = min(max(wanted, 0), STEPS)
        for i in range(steps):
            if noting and i > 0:
                note(histogram, work, True, False)
            anew = anew or not _step(histogram, work, mosaic, model)
        moved = steps > 0
        histogram.clock = ts if steps < wanted else histogram.clock + int(steps * step_ms)
    if anew:
        _begin(histogram, work, ts, model)
    tell(work.told, histogram, mosaic, fix, model)
    if not _hear(histogram, work, mosaic, fix, model):
        anew = True
        _begin(histogram, work, ts, model)
        tell(work.told, histogram, mosaic, fix, model)
        _hear(histogram, work, mosaic, fix, model)
    if noting:
        note(histogram, work, moved, anew)


@fast
def _begin(histogram: Any, work: Any, ts: int, model: Any) -> None:
    """Anywhere in the window, as people stand and walk there."""
    now, planes = work.now, work.planes
    stand = np.float32(standing_share(model))
    walk = (_ONE - stand) / np.float32(MODES - 1)
    for i in range(AREA):
        now[0, i] = stand * planes[0, i]
    for m in range(1, MODES):
        for i in range(AREA):
            now[m, i] = walk * planes[1, i]
    histogram.clock = ts
    for kind in range(2):
        bias = histogram.bias[kind]
        bias.x, bias.y, bias.slope, bias.variance = 0.0, 0.0, 0.0, 1.0 - model.white


@fast
def _shift(work: Any, down: int, right: int) -> float:
    """Moves the window; the share of the belief that is in it still."""
    now = work.now
    before, after = _LEAST, _NONE
    for m in range(MODES):
        for i in range(AREA):
            before += now[m, i]
    _move(work, now, down, right, _ONE)
    for m in range(MODES):
        for i in range(AREA):
            after += now[m, i]
    return float(after / before)


@fast
def _move(work: Any, field: Any, down: int, right: int, scale: float) -> None:
    """A field in a window that lies so many tiles farther up and to the right."""
    was, there = work.moved, work.there
    for c in range(ROW):
        there[c] = scale if 2 <= c < SIDE + 2 and 2 <= c + right < SIDE + 2 else _NONE
    for m in range(MODES):
        for i in range(AREA):
            was[FIRST + i] = field[m, i]
        for r in range(SIDE):
            row = field[m, r * ROW : (r + 1) * ROW]
            if 0 <= r + down < SIDE:
                start = FIRST + (r + down) * ROW + right
                from_row = was[start : start + ROW]
                for c in range(ROW):
                    row[c] = from_row[c] * there[c]
            else:
                for c in range(ROW):
                    row[c] = _NONE


@fast
def _step(histogram: Any, work: Any, mosaic: Any, model: Any) -> bool:
    """A step of time; false where nothing is left of the belief."""
    now, given, planes = work.now, work.given, work.planes
    stands, walks = _LEAST, _NONE
    for i in range(AREA):
        stands += now[0, i]
        walks += now[1, i] + now[2, i] + now[3, i] + now[4, i]
    for m in range(MODES):
        for i in range(AREA):
            given[m, i] = now[m, i] * planes[2 + m, i]
    _forget(histogram, mosaic, stands / (stands + walks), model)
    _mix(work, mosaic, 1, 2, 4)
    _pass_on(work, mosaic, -1, ROW, now, 1)
    _mix(work, mosaic, 2, 3, 1)
    _pass_on(work, mosaic, -ROW, 1, now, 2)
    _mix(work, mosaic, 3, 4, 2)
    _pass_on(work, mosaic, 1, ROW, now, 3)
    _mix(work, mosaic, 4, 1, 3)
    _pass_on(work, mosaic, ROW, 1, now, 4)
    stays, stops = mosaic.stays, mosaic.stops
    left = _NONE
    for i in range(AREA):
        walking = given[1, i] + given[2, i] + given[3, i] + given[4, i]
        now[0, i] = stays * now[0, i] + stops * walking * planes[0, i]
        for m in range(1, MODES):
            now[m, i] *= planes[1, i]
        left += now[0, i] + now[1, i] + now[2, i] + now[3, i] + now[4, i]
    return bool(left > _LEAST)


@fast_inlined
def _mix(work: Any, mosaic: Any, heading: int, left: int, right: int) -> None:
    """Who walks with a heading from now on: those who did, who set out, and who turn from the headings beside."""
    given, mixed = work.given, work.mixed
    starts, goes_on, turns = mosaic.starts, mosaic.goes_on, mosaic.turns
    for i in range(AREA):
        mixed[FIRST + i] = (
            starts * given[0, i] + goes_on * given[heading, i] + turns * (given[left, i] + given[right, i])
        )


@fast_inlined
def _pass_on(work: Any, mosaic: Any, back: int, beside: int, out: Any, m: int) -> None:
    """What walks, a step later: from 0 to 2 tiles that lie `back` each, and now and then from one `beside`."""
    mixed, passed = work.mixed, work.passed
    near, middle, far, aside = mosaic.near, mosaic.middle, mosaic.far, mosaic.aside
    straight = _ONE - _TWO * aside
    for i in range(FIRST, FIRST + AREA):
        passed[i] = near * mixed[i] + middle * mixed[i + back] + far * mixed[i + 2 * back]
    for i in range(AREA):
        at = FIRST + i
        out[m, i] = straight * passed[at] + aside * (passed[at - beside] + passed[at + beside])


@inlined
def _forget(histogram: Any, mosaic: Any, stands: float, model: Any) -> None:
    """The carried part of the error a step later: those who change their mode take theirs along."""
    stand, walk = histogram.bias[0], histogram.bias[1]
    came, went = (1 - stands) * mosaic.stops, stands * (1 - mosaic.stays)
    to_stand = came / (came + stands * mosaic.stays + 1e-12)
    to_walk = went / (went + (1 - stands) * (1 - mosaic.stops) + 1e-12)
    step_s = mosaic.side / PACE_M_S
    kept_s, kept_w = 1 - step_s / (step_s + model.standing_error_s), math.exp(-step_s / model.walking_error_s)
    x, y, slope, variance = stand.x, stand.y, stand.slope, stand.variance
    stand.x = kept_s * (x + to_stand * (walk.x - x))
    stand.y = kept_s * (y + to_stand * (walk.y - y))
    stand.slope = kept_s * (slope + to_stand * (walk.slope - slope))
    mixed = variance + to_stand * (walk.variance - variance)
    stand.variance = kept_s * kept_s * mixed + (1 - kept_s * kept_s) * (1 - model.white)
    mixed = walk.variance + to_walk * (variance - walk.variance)
    walk.x = kept_w * (walk.x + to_walk * (x - walk.x))
    walk.y = kept_w * (walk.y + to_walk * (y - walk.y))
    walk.slope = kept_w * (walk.slope + to_walk * (slope - walk.slope))
    walk.variance = kept_w * kept_w * mixed + (1 - kept_w * kept_w) * (1 - model.white)


@compiled
def tell(told: Any, histogram: Any, mosaic: Any, fix: tuple[float, float, float], model: Any) -> None:
    """What a fix says of each tile of the window."""
    x, y, noise = fix
    side, scale = mosaic.side, model.outlier_scale
    across, along = place(mosaic, x, y)
    left, low = (histogram.column + 0.5) * side, (histogram.row + 0.5) * side
    sigma, width = math.sqrt(noise), side * side / 12
    wild = noise * scale * scale + width
    told.errs = model.outlier_share / wild
    _bell(told.errs_x, 2, across - left, -side, 0.5 / wild)
    _bell(told.errs_y, 0, along - low, -side, 0.5 / wild)
    for kind in range(2):
        bias = histogram.bias[kind]
        variance = model.white + bias.variance + width / noise
        step = -side * (1 / sigma + bias.slope)
        told.fits[kind] = (1 - model.outlier_share) / (noise * variance)
        _bell(told.fits_x[kind], 2, (across - left) / sigma - bias.x - bias.slope * left, step, 0.5 / variance)
        _bell(told.fits_y[kind], 0, (along - low) / sigma - bias.y - bias.slope * low, step, 0.5 / variance)


@inlined
def _bell(out: Any, start: int, first: float, step: float, rate: float) -> None:
    """exp(−rate · (first + i · step)²), outward from where it is greatest: each is the one before times a ratio."""
    top = 0
    if step != 0:
        top = int(min(max(-first / step + 0.5, 0.0), SIDE - 1.0))
    at = first + top * step
    most, change = math.exp(-rate * at * at), math.exp(-2 * rate * step * step)
    out[start + top] = most
    value, ratio = most, math.exp(-rate * step * (2 * at + step))
    for i in range(top + 1, SIDE):
        value *= ratio
        ratio *= change
        out[start + i] = value if value > 1e-30 else 0.0  # slower than slow are numbers that are next to none
    value, ratio = most, math.exp(-rate * step * (step - 2 * at))
    for i in range(top - 1, -1, -1):
        value *= ratio
        ratio *= change
        out[start + i] = value if value > 1e-30 else 0.0


@fast
def _hear(histogram: Any, work: Any, mosaic: Any, fix: tuple[float, float, float], model: Any) -> bool:
    """Takes in what was told; false where it fits nowhere."""
    now, told = work.now, work.told
    fit, total = _NONE, _LEAST
    for r in range(SIDE):
        across, wild = told.fits[0] * told.fits_y[0, r], told.errs * told.errs_y[r]
        for c in range(ROW):
            i = r * ROW + c
            good = across * told.fits_x[0, c]
            now_p = now[0, i]
            p = now_p * (good + wild * told.errs_x[c] + _NOISE)
            now[0, i] = p
            fit += now_p * good
            total += p
    whole = total
    _learn(histogram.bias[0], mosaic, fix, fit / total, model)
    fit, total = _NONE, _LEAST
    for r in range(SIDE):
        across, wild = told.fits[1] * told.fits_y[1, r], told.errs * told.errs_y[r]
        for c in range(ROW):
            i = r * ROW + c
            good = across * told.fits_x[1, c]
            like = good + wild * told.errs_x[c] + _NOISE
            walking = now[1, i] + now[2, i] + now[3, i] + now[4, i]
            now[1, i] *= like
            now[2, i] *= like
            now[3, i] *= like
            now[4, i] *= like
            fit += walking * good
            total += walking * like
    whole += total
    _learn(histogram.bias[1], mosaic, fix, fit / total, model)
    if not whole > _TWO * _TWO * _LEAST:
        return False
    scale = _ONE / whole
    for m in range(MODES):
        for i in range(AREA):
            now[m, i] *= scale
    return True


@inlined
def _learn(bias: Any, mosaic: Any, fix: tuple[float, float, float], fits: float, model: Any) -> None:
    """The error's carried part given the tile, from a fix that is so probably no outlier."""
    x, y, noise = fix
    across, along = place(mosaic, x, y)
    sigma = math.sqrt(noise)
    gain = bias.variance / (model.white + bias.variance + mosaic.side * mosaic.side / 12 / noise) * fits
    bias.x += gain * (across / sigma - bias.x)
    bias.y += gain * (along / sigma - bias.y)
    bias.slope -= gain * (1 / sigma + bias.slope)
    bias.variance *= 1 - gain


@fast
def note(histogram: Any, work: Any, moved: bool, anew: bool) -> None:
    """A step of the smoother, which fills in when it was and what was heard."""
    number = work.node_count
    if number == NODES:
        return
    node = work.nodes[number]
    node.mosaic, node.row, node.column = histogram.mosaic, histogram.row, histogram.column
    node.moved, node.anew, node.fix, node.bridge = moved, anew, -1, 0
    beliefs, now = work.beliefs, work.now
    for m in range(MODES):
        for i in range(AREA):
            beliefs[number, m, i] = now[m, i]
    work.node_count = number + 1


@fast
def know_nothing(work: Any) -> None:
    """Nothing is said of what comes later."""
    back = work.back
    for m in range(MODES):
        for i in range(AREA):
            back[m, i] = _ONE


@fast
def go_back(work: Any, node: Any, before: Any, mosaics: Any, planes: Any) -> None:
    """`work.back` holds what is heard after a node, by tile: makes it what is heard after the one before it."""
    back, mosaic = work.back, mosaics[node.mosaic]
    look(work, node, mosaic, planes)
    if node.fix >= 0:
        _hear_back(work, work.heard[node.fix])
    if node.moved:
        _step_back(work, mosaic)
    scale = _ONE / _greatest(back)
    up, aside = between(mosaics[before.mosaic], mosaic)
    down, right = before.row + up - node.row, before.column + aside - node.column
    if down == 0 and right == 0:
        for m in range(MODES):
            for i in range(AREA):
                back[m, i] *= scale
    else:
        _move(work, back, down, right, scale)


@fast
def _step_back(work: Any, mosaic: Any) -> None:
    back, given, here = work.back, work.given, work.planes
    for i in range(AREA):
        given[0, i] = back[0, i] * here[0, i]
    # who walks back walks the other way
    _pass_back(work, mosaic, 1, ROW, 1)
    _pass_back(work, mosaic, ROW, 1, 2)
    _pass_back(work, mosaic, -1, ROW, 3)
    _pass_back(work, mosaic, -ROW, 1, 4)
    stays, starts = mosaic.stays, mosaic.starts
    for i in range(AREA):
        walks = given[1, i] + given[2, i] + given[3, i] + given[4, i]
        back[0, i] = stays * back[0, i] + starts * walks * here[2, i]
    _mix_back(work, mosaic, 1, 2, 4)
    _mix_back(work, mosaic, 2, 3, 1)
    _mix_back(work, mosaic, 3, 4, 2)
    _mix_back(work, mosaic, 4, 1, 3)


@fast_inlined
def _pass_back(work: Any, mosaic: Any, ahead: int, beside: int, m: int) -> None:
    back, mixed, here = work.back, work.mixed, work.planes
    for i in range(AREA):
        mixed[FIRST + i] = back[m, i] * here[1, i]
    _pass_on(work, mosaic, ahead, beside, work.given, m)


@fast_inlined
def _mix_back(work: Any, mosaic: Any, heading: int, left: int, right: int) -> None:
    back, given, here = work.back, work.given, work.planes
    stops, goes_on, turns = mosaic.stops, mosaic.goes_on, mosaic.turns
    for i in range(AREA):
        value = stops * given[0, i] + goes_on * given[heading, i] + turns * (given[left, i] + given[right, i])
        back[heading, i] = value * here[2 + heading, i]


@fast
def _hear_back(work: Any, told: Any) -> None:
    back = work.back
    for kind in range(2):
        first, last = (0, 1) if kind == 0 else (1, MODES)
        for r in range(SIDE):
            across, wild = told.fits[kind] * told.fits_y[kind, r], told.errs * told.errs_y[r]
            for m in range(first, last):
                for c in range(ROW):
                    back[m, r * ROW + c] *= across * told.fits_x[kind, c] + wild * told.errs_x[c] + _NOISE


@fast
def smooth(work: Any, number: int) -> None:
    """A node's belief with what is heard after it."""
    given, back, beliefs = work.given, work.back, work.beliefs
    total = _NONE
    for m in range(MODES):
        for i in range(AREA):
            p = beliefs[number, m, i] * back[m, i]
            given[m, i] = p
            total += p
    if not total > _LEAST:
        return
    scale = _ONE / total
    for m in range(MODES):
        for i in range(AREA):
            beliefs[number, m, i] = given[m, i] * scale
