"""A histogram filter (Thrun, Burgard and Fox 2005, ch. 4): where a visit is by tile, standing or walking.

Where people stand and walk is part of how they move, so that shelves and displays say where somebody has come to; who
stands, stands on wherever it is. A part of a fix's error is carried on to the next one: each of standing and walking
knows the mean of it given the tile, a line in the tile's place, for who is farther left must have an error farther
right. It lasts while somebody stands and is soon lost in walking: another place has other errors.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from streams.dwell.arrays import AREA, FIRST, MODES, NODES, PLANES, ROW, SIDE
from streams.dwell.compiled import by_its_bits, compiled, fast, fast_inlined, inlined
from streams.dwell.filter import standing_share
from streams.dwell.lanes import bordered_row, inner_row, roots_of, squares_of
from streams.dwell.tiles import PACE_M_S, SIDES_M

SIZES = len(SIDES_M)
STEPS = 150
"""In a longer silence somebody is anywhere after so many steps."""
_ROOT = np.float32(255.0)
_NONE, _ONE, _TWO = np.float32(0.0), np.float32(1.0), np.float32(2.0)
LEAST = np.float32(1e-30)
_FAR = AREA + ROW
"""Where a field begins that is moved by less than its own size."""
REACH, LEAST_M, WAY_M_S = 2.0, 2.0, 0.45
"""A window reaches at least so many standard deviations of a fix, and beyond that half of the way that somebody has
walked since the last one, but no less than `LEAST_M` and not by far more than the fix's own error: fine tiles are worth
more than those who went out of the window."""
STRAY = 1.5
"""So many tiles a visit's place may be off the window's middle on an axis: then the window moves."""
_LOST = 1e-3
"""A belief of which less than this is within the new window begins anew."""
NOISE = np.float32(1e-9)
"""A density (1/m²) that even a fix beyond all outliers has: it moves nobody."""


@inlined
def mosaic_of(level: int, noise: float, dt_s: float) -> int:
    """The mosaic of a level, or −1, of the smallest tiles with room for errors of this variance, m², and for the way
    from fix to fix."""
    sigma = math.sqrt(noise)
    size, reach = 0, REACH * sigma + min(max(LEAST_M, WAY_M_S * dt_s), LEAST_M + 2 * sigma)
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
def renew(histogram: Any, number: int, mosaics: Any) -> None:
    """Counts the window and its places from the corner of another mosaic, where that one is alike."""
    if histogram.mosaic < 0 or histogram.mosaic == number or not alike(mosaics[histogram.mosaic], mosaics[number]):
        return
    side = mosaics[number].side
    up, right = between(mosaics[histogram.mosaic], mosaics[number])
    histogram.mosaic, histogram.row, histogram.column = number, histogram.row + up, histogram.column + right
    for kind in range(2):
        bias = histogram.bias[kind]
        bias.x -= bias.slope * right * side
        bias.y -= bias.slope * up * side


@compiled
def window(mosaic: Any, x: float, y: float, histogram: Any, stays: bool) -> tuple[int, int]:
    """First row and column of the window for a point of the plan; where the histogram's window may stay, it does, as
    long as the point is near its middle. Row −1 of a point beyond all tiles."""
    across, along = place(mosaic, x, y)
    across, along = across / mosaic.side, along / mosaic.side
    if not (-0.5 <= along < mosaic.rows + 0.5 and -0.5 <= across < mosaic.columns + 0.5):
        return -1, -1
    row, column = (histogram.row, histogram.column) if stays else (-1, -1)
    return _begins(along, row, mosaic.rows), _begins(across, column, mosaic.columns)


@inlined
def _begins(middle: float, so_far: int, most: int) -> int:
    half = SIDE // 2
    if so_far >= 0 and abs(middle - so_far - half) <= STRAY:
        return so_far
    return int(min(max(math.floor(middle + 0.5) - half, 0), most - SIDE))


@fast
def load(histogram: Any, work: Any) -> None:
    """The histogram as it was kept, to be worked on."""
    for m in range(MODES):
        for r in range(SIDE):
            squares_of(work.now, m * AREA + r * ROW + 2, histogram.roots, (m * SIDE + r) * SIDE, _ONE)


@fast
def keep(histogram: Any, work: Any) -> None:
    """Keeps what was worked on."""
    scale = _ROOT * _ROOT / greatest(work.now)
    for m in range(MODES):
        for r in range(SIDE):
            roots_of(histogram.roots, (m * SIDE + r) * SIDE, work.now, m * AREA + r * ROW + 2, scale)


@fast_inlined
def greatest(field: Any) -> Any:
    """Of a field of numbers that are not negative: their bits are in the order of their size, and faster to compare."""
    bits, most = field.view(np.int32), np.int32(0)
    for m in range(MODES):
        for i in range(AREA):
            most = max(most, bits[m, i])
    return max(by_its_bits(most), LEAST)


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
            inner_row(here, plane * AREA + r * ROW + 2, planes, start + r * width, _ONE)


@compiled
def carry(
    histogram: Any,
    work: Any,
    at: tuple[int, int, int],
    ts: int,
    fix: tuple[float, float, float],
    tiles: tuple[Any, Any],
    model: Any,
    noting: bool,
) -> None:
    """The belief at work as of a fix (x, y, variance): carried to `ts`, ms, in the window `at` (mosaic, row, column).

    `tiles` are the ground's mosaics and planes. What a fix told is left in `work.told`; when noting, each step is noted
    for the smoother.
    """
    number, row, column = at
    if number < 0:
        histogram.mosaic = -1
        if noting:
            note(histogram, work, False, True)
        return
    mosaics, planes = tiles
    mosaic = mosaics[number]
    renew(histogram, number, mosaics)
    down, right = row - histogram.row, column - histogram.column
    anew = histogram.mosaic != number or abs(down) >= SIDE or abs(right) >= SIDE
    histogram.mosaic, histogram.row, histogram.column = number, row, column
    if not anew and (down != 0 or right != 0):
        anew = _shift(work, down, right) < _LOST
    look(work, histogram, mosaic, planes)
    moved = False
    if not anew:
        step_ms = mosaic.side / PACE_M_S * 1000.0
        wanted = round((ts - histogram.clock) / step_ms)
        steps = min(max(wanted, 0), STEPS)
        for i in range(steps):
            if noting and i > 0:
                note(histogram, work, True, False)
            anew = anew or not step(histogram, work, mosaic, model)
        moved = steps > 0
        histogram.clock = ts if steps < wanted else histogram.clock + int(steps * step_ms)
    if anew:
        _begin(histogram, work, ts, model)
    tell(work.told, histogram, mosaic, fix, model)
    if not hear(histogram, work, mosaic, fix, model):
        anew = True
        _begin(histogram, work, ts, model)
        tell(work.told, histogram, mosaic, fix, model)
        hear(histogram, work, mosaic, fix, model)
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
    before, after = LEAST, _NONE
    for m in range(MODES):
        for i in range(AREA):
            before += now[m, i]
    move(work, now, down, right, _ONE)
    for m in range(MODES):
        for i in range(AREA):
            after += now[m, i]
    return float(after / before)


@fast
def move(work: Any, field: Any, down: int, right: int, scale: float) -> None:
    """A field in a window that lies so many tiles farther up and to the right."""
    was, there, mask = work.moved, work.there, work.likes[0]
    for c in range(ROW):
        there[c] = scale if 2 <= c < SIDE + 2 and 2 <= c + right < SIDE + 2 else _NONE
    for r in range(SIDE):
        bordered_row(mask, r * ROW, there, 0, _ONE)
    for m in range(MODES):
        for i in range(AREA):
            was[m, _FAR + i] = field[m, i]
    start = _FAR + down * ROW + right
    for m in range(MODES):
        moved = was[m, start : start + AREA]
        for i in range(AREA):
            field[m, i] = moved[i] * mask[i]


@fast
def step(histogram: Any, work: Any, mosaic: Any, model: Any) -> bool:
    """A step of time; false where nothing is left of the belief."""
    now, mixed, planes = work.now, work.mixed, work.planes
    stays, starts, stops = mosaic.stays, mosaic.starts, mosaic.stops
    goes_on, turns = mosaic.goes_on, mosaic.turns
    stands, walks = LEAST, _NONE
    for i in range(AREA):
        stand, east, north, west, south = now[0, i], now[1, i], now[2, i], now[3, i], now[4, i]
        stands += stand
        walks += east + north + west + south
        set_out = starts * stand * planes[2, i]
        east, north, west, south = east * planes[3, i], north * planes[4, i], west * planes[5, i], south * planes[6, i]
        # who walks with a heading from now on: those who did, who set out, and who turn from the headings beside
        across, along = set_out + turns * (north + south), set_out + turns * (east + west)
        mixed[0, FIRST + i], mixed[2, FIRST + i] = goes_on * east + across, goes_on * west + across
        mixed[1, FIRST + i], mixed[3, FIRST + i] = goes_on * north + along, goes_on * south + along
        now[0, i] = stays * stand + stops * (east + north + west + south) * planes[0, i]
    _forget(histogram, mosaic, stands / (stands + walks), model.white)
    pass_on(work, mosaic, 0, -1, ROW, now, 1)
    pass_on(work, mosaic, 1, -ROW, 1, now, 2)
    pass_on(work, mosaic, 2, 1, ROW, now, 3)
    pass_on(work, mosaic, 3, ROW, 1, now, 4)
    left = _NONE
    for i in range(AREA):
        here = planes[1, i]
        east, north, west, south = now[1, i] * here, now[2, i] * here, now[3, i] * here, now[4, i] * here
        now[1, i], now[2, i], now[3, i], now[4, i] = east, north, west, south
        left += now[0, i] + east + north + west + south
    return bool(left > LEAST)


@fast_inlined
def pass_on(work: Any, mosaic: Any, heading: int, back: int, beside: int, out: Any, m: int) -> None:
    """What walks, a step later: from 0 to 2 tiles that lie `back` each, and now and then from one `beside`."""
    mixed, passed = work.mixed[heading], work.passed
    near, middle, far, aside = mosaic.near, mosaic.middle, mosaic.far, mosaic.aside
    straight = _ONE - _TWO * aside
    for i in range(FIRST, FIRST + AREA):
        passed[i] = near * mixed[i] + middle * mixed[i + back] + far * mixed[i + 2 * back]
    for i in range(AREA):
        at = FIRST + i
        out[m, i] = straight * passed[at] + aside * (passed[at - beside] + passed[at + beside])


@inlined
def _forget(histogram: Any, mosaic: Any, stands: float, white: float) -> None:
    """The carried part of the error a step later: those who change their mode take theirs along."""
    stand, walk = histogram.bias[0], histogram.bias[1]
    came, went = (1 - stands) * mosaic.stops, stands * (1 - mosaic.stays)
    to_stand = came / (came + stands * mosaic.stays + 1e-12)
    to_walk = went / (went + (1 - stands) * (1 - mosaic.stops) + 1e-12)
    kept_s, kept_w = mosaic.keeps_stand, mosaic.keeps_walk
    x, y, slope, variance = stand.x, stand.y, stand.slope, stand.variance
    stand.x = kept_s * (x + to_stand * (walk.x - x))
    stand.y = kept_s * (y + to_stand * (walk.y - y))
    stand.slope = kept_s * (slope + to_stand * (walk.slope - slope))
    mixed = variance + to_stand * (walk.variance - variance)
    stand.variance = kept_s * kept_s * mixed + (1 - kept_s * kept_s) * (1 - white)
    mixed = walk.variance + to_walk * (variance - walk.variance)
    walk.x = kept_w * (walk.x + to_walk * (x - walk.x))
    walk.y = kept_w * (walk.y + to_walk * (y - walk.y))
    walk.slope = kept_w * (walk.slope + to_walk * (slope - walk.slope))
    walk.variance = kept_w * kept_w * mixed + (1 - kept_w * kept_w) * (1 - white)


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
    change = math.exp(-side * side / wild)
    _bell(told.errs_x, 2, across - left, -side, 0.5 / wild, change)
    _bell(told.errs_y, 0, along - low, -side, 0.5 / wild, change)
    for kind in range(2):
        bias = histogram.bias[kind]
        variance = model.white + bias.variance + width / noise
        way = -side * (1 / sigma + bias.slope)
        told.fits[kind] = (1 - model.outlier_share) / (noise * variance)
        change, rate = math.exp(-way * way / variance), 0.5 / variance
        _bell(told.fits_x[kind], 2, (across - left) / sigma - bias.x - bias.slope * left, way, rate, change)
        _bell(told.fits_y[kind], 0, (along - low) / sigma - bias.y - bias.slope * low, way, rate, change)


@inlined
def _bell(out: Any, start: int, first: float, step: float, rate: float, change: float) -> None:
    """exp(−rate · (first + i · step)²), outward from where it is greatest: each is the one before times a ratio, which
    changes by exp(−2 · rate · step²) each time."""
    top = 0
    if step != 0:
        top = int(min(max(-first / step + 0.5, 0.0), SIDE - 1.0))
    at = first + top * step
    most, up = math.exp(-rate * at * at), math.exp(-rate * step * (2 * at + step))
    out[start + top] = most
    value, ratio = most, up
    for i in range(top + 1, SIDE):
        value *= ratio
        ratio *= change
        out[start + i] = value if value > 1e-30 else 0.0  # slower than slow are numbers that are next to none
    if top == 0:
        return
    value, ratio = most, change / max(up, 1e-300)
    for i in range(top - 1, -1, -1):
        value *= ratio
        ratio *= change
        out[start + i] = value if value > 1e-30 else 0.0


@fast_inlined
def spread(work: Any, told: Any) -> None:
    """What a fix says of each tile, as a field each: of who stands, of who walks, and as an outlier."""
    stand, walk, wild = work.likes[0], work.likes[1], work.likes[2]
    for r in range(SIDE):
        bordered_row(stand, r * ROW, told.fits_x, 0, told.fits[0] * told.fits_y[0, r])
        bordered_row(walk, r * ROW, told.fits_x, ROW, told.fits[1] * told.fits_y[1, r])
        bordered_row(wild, r * ROW, told.errs_x, 0, told.errs * told.errs_y[r])


@fast
def hear(histogram: Any, work: Any, mosaic: Any, fix: tuple[float, float, float], model: Any) -> bool:
    """Takes in what was told; false where it fits nowhere."""
    now, likes = work.now, work.likes
    spread(work, work.told)
    stand_fit, stand_all, walk_fit, walk_all = _NONE, LEAST, _NONE, LEAST
    for i in range(AREA):
        wild = likes[2, i] + NOISE
        good, stand = likes[0, i], now[0, i]
        heard = stand * (good + wild)
        now[0, i] = heard
        stand_fit += stand * good
        stand_all += heard
        good, east, north, west, south = likes[1, i], now[1, i], now[2, i], now[3, i], now[4, i]
        like, walking = good + wild, east + north + west + south
        now[1, i], now[2, i], now[3, i], now[4, i] = east * like, north * like, west * like, south * like
        walk_fit += walking * good
        walk_all += walking * like
    _learn(histogram.bias[0], mosaic, fix, stand_fit / stand_all, model)
    _learn(histogram.bias[1], mosaic, fix, walk_fit / walk_all, model)
    whole = stand_all + walk_all
    if not whole > _TWO * _TWO * LEAST:
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
