"""The motion filter of one phone: two interacting models, standing and walking (Blom and Bar-Shalom 1988).

Who stands sways a little; who walks or browses has an Ornstein-Uhlenbeck velocity, so that a shopper who is not heard
of slows down instead of flying on. Both are the same forward and backward in time: the smoother runs this filter back.
"""

from __future__ import annotations

import math
from typing import Any

from streams.dwell.arrays import NO_FLOOR
from streams.dwell.compiled import compiled, inlined

FINEST_M, COARSEST_M = 0.01, 1000.0
"""Senders that say less or more are taken for these: beyond them the arithmetic, not the sensor, would decide."""
LEAST_P = 1e-4
"""No mode is ever given up."""
STEP_S, STEPS = 0.01, 1_024
"""Steps of time are told apart by so much, up to ten seconds; longer ones are exact."""
EVIDENCE_S = 4.0
"""Fixes closer in time than this share most of their error: together they tell little more of its size than one."""
ERRORS_S = 300.0
"""The size of a phone's errors is learned over about this long."""
_NOISE = 1e-12
"""A density (1/m²) that even a fix beyond all outliers has: it moves nobody."""


@inlined
def known_sigma(sigma: float, model: Any) -> float:
    """Standard deviation of a fix on each axis before what the phone has shown, m."""
    said = sigma * model.sigma_factor
    return min(max(said, FINEST_M), COARSEST_M) if sigma > 0 else model.sigma_m  # NaN is not > 0


@compiled
def begin(track: Any, ts: int, x: float, y: float, noise: float, floor: int, model: Any) -> None:
    """The first fix of a visit; `noise` is its variance on each axis, m²."""
    track.ts, track.floor, track.other, track.other_p = ts, floor, NO_FLOOR, model.floor_error
    track.sx, track.sy, track.sp = x, y, noise
    track.wx, track.wy, track.wvx, track.wvy = x, y, 0.0, 0.0
    track.wpp, track.wpv, track.wvv = noise, 0.0, model.speed_m_s * model.speed_m_s / 2
    track.stand = standing_share(model)


@inlined
def standing_share(model: Any) -> float:
    """The probability of standing when nothing is known."""
    return model.stand_s / (model.stand_s + model.walk_s)


@compiled
def fill_steps(steps: Any, model: Any) -> None:
    """What a time step does to a track, by hundredths of a second; the last row is filled anew for longer ones."""
    for i in range(len(steps)):
        _fill(steps[i], i * STEP_S, model)


@inlined
def step_of(steps: Any, dt_s: float, model: Any) -> Any:
    """The step nearest to `dt_s`: the exponentials of a step take longer than all else."""
    last = len(steps) - 1
    i = round(dt_s / STEP_S)
    if i < last:
        return steps[i]
    _fill(steps[last], dt_s, model)
    return steps[last]


@compiled
def _fill(step: Any, dt_s: float, model: Any) -> None:
    stops, starts = 1 / model.walk_s, 1 / model.stand_s
    rest, both = stops / (stops + starts), math.exp(-(stops + starts) * dt_s)
    step.dt_s = dt_s
    step.stays = math.exp(-starts * dt_s)
    step.returns = max(0.0, rest + (1 - rest) * both - step.stays)
    step.starts, step.stops = (1 - rest) * (1 - both), rest * (1 - both)
    step.walks = 1 - step.stops
    step.move, step.keep, step.pp, step.pv, step.vv = walked(dt_s, model)
    step.move_half, keep_half, step.pp_half, pv_half, _ = walked(dt_s / 2, model)
    v2 = model.speed_m_s * model.speed_m_s / 2
    step.start_pp = step.move_half * step.move_half * v2 + step.pp_half
    step.start_pv = keep_half * step.move_half * v2 + pv_half
    step.sway = model.sway_m2_s * dt_s
    step.news, step.memory = 1 - math.exp(-dt_s / EVIDENCE_S), math.exp(-dt_s / ERRORS_S)
    # however long nothing was heard, one fix moves nobody to another floor
    step.floor_change = min(1 - math.exp(-dt_s / model.floor_s), model.floor_error / 4)
    floor_news = 1 - math.exp(-dt_s / model.flicker_s)
    step.floor_ratio = math.pow((1 - model.floor_error) / model.floor_error, floor_news)


@compiled
def walked(dt_s: float, model: Any) -> tuple[float, float, float, float, float]:
    """Coefficients over dt: how velocity moves position and keeps itself, and the noise pp, pv, vv that is added."""
    memory_s, v2 = model.speed_memory_s, model.speed_m_s * model.speed_m_s / 2
    a = dt_s / memory_s
    keep = math.exp(-a)
    gone = 1 - keep
    pp = v2 * memory_s * memory_s * max(0.0, 2 * a - 3 + 4 * keep - keep * keep)
    return memory_s * gone, keep, pp, v2 * memory_s * gone * gone, v2 * (1 - keep * keep)


@compiled
def predict(track: Any, step: Any, model: Any) -> None:
    """Carries a track over a step of any direction of time: modes change at their rates, in the middle of the way."""
    stand, walk = track.stand, 1 - track.stand
    v2 = model.speed_m_s * model.speed_m_s / 2
    # three ways to stand then: stood on, walked meanwhile, stopped half-way
    a, b, c = stand * step.stays, stand * step.returns, walk * step.stops
    half_x, half_y = track.wx + step.move_half * track.wvx, track.wy + step.move_half * track.wvy
    half_pp = track.wpp + step.move_half * (2 * track.wpv + step.move_half * track.wvv) + step.pp_half
    # two to walk: from the middle on, all the way
    d, e = stand * step.starts, walk * step.walks
    full_x, full_y = track.wx + step.move * track.wvx, track.wy + step.move * track.wvy
    full_pp = track.wpp + step.move * (2 * track.wpv + step.move * track.wvv) + step.pp
    full_pv = step.keep * (track.wpv + step.move * track.wvv) + step.pv
    full_vv = step.keep * step.keep * track.wvv + step.vv
    start_pp, start_pv = track.sp + step.start_pp, step.start_pv
    ab, abc, de = a + b, a + b + c, d + e
    u = c / abc
    dx, dy = half_x - track.sx, half_y - track.sy
    sp = (a * (track.sp + step.sway) + b * start_pp + c * half_pp) / abc + ab / abc * u * (dx * dx + dy * dy) / 2
    w = e / de
    gx, gy = full_x - track.sx, full_y - track.sy
    hx, hy = step.keep * track.wvx, step.keep * track.wvy
    track.wpp = (1 - w) * start_pp + w * full_pp + w * (1 - w) * (gx * gx + gy * gy) / 2
    track.wpv = (1 - w) * start_pv + w * full_pv + w * (1 - w) * (gx * hx + gy * hy) / 2
    track.wvv = (1 - w) * v2 + w * full_vv + w * (1 - w) * (hx * hx + hy * hy) / 2
    track.wx, track.wy = track.sx + w * gx, track.sy + w * gy
    track.wvx, track.wvy = w * hx, w * hy
    track.sx, track.sy, track.sp = track.sx + u * dx, track.sy + u * dy, sp
    track.stand = abc / (abc + de)


@compiled
def update(track: Any, x: float, y: float, noise: float, known: float, model: Any) -> tuple[float, float]:
    """Takes in a fix; the variance of errors that it speaks for over the modes, times how much it says of it, and that:
    1 where the place was known before, less the farther somebody can have gone (Fisher's information on a variance,
    which is taken to be `known` for it: with what was learned so far, small errors would stop being learned).
    """
    sx, sy, wx, wy = x - track.sx, y - track.sy, x - track.wx, y - track.wy
    far_s, far_w = sx * sx + sy * sy, wx * wx + wy * wy
    like_s, gain_s, more_s = _robust(far_s, track.sp + noise, noise, model)
    like_w, gain_w, more_w = _robust(far_w, track.wpp + noise, noise, model)
    excess_s, excess_w = far_s / 2 - track.sp, far_w / 2 - track.wpp
    says_s, says_w = known / (known + track.sp), known / (known + track.wpp)
    like_s, like_w = track.stand * like_s, (1 - track.stand) * like_w
    likelihood = like_s + like_w
    track.stand = min(max(like_s / likelihood, LEAST_P), 1 - LEAST_P)
    track.sx += track.sp * gain_s * sx
    track.sy += track.sp * gain_s * sy
    track.sp += track.sp * track.sp * more_s
    pp, pv = track.wpp, track.wpv
    track.wx += pp * gain_w * wx
    track.wy += pp * gain_w * wy
    track.wvx += pv * gain_w * wx
    track.wvy += pv * gain_w * wy
    track.wpp += pp * pp * more_w
    track.wpv += pp * pv * more_w
    track.wvv += pv * pv * more_w
    says_s, says_w = track.stand * says_s * says_s, (1 - track.stand) * says_w * says_w
    return says_s * excess_s + says_w * excess_w, says_s + says_w


@inlined
def _robust(far2: float, whole: float, noise: float, model: Any) -> tuple[float, float, float]:
    """A fix that is now and then an outlier: its likelihood, gain per m² and what is added to the variance per m⁴."""
    scale = model.outlier_scale
    wide = whole + noise * (scale * scale - 1)
    one = (1 - model.outlier_share) * math.exp(-0.5 * far2 / whole) / whole
    other = model.outlier_share * math.exp(-0.5 * far2 / wide) / wide + _NOISE
    p = one / (one + other)
    q = (1 - p) * (1 - _NOISE / other)  # beyond all outliers a fix says nothing
    gain, difference = p / whole + q / wide, 1 / whole - 1 / wide
    return one + other, gain, p * q * difference * difference * far2 / 2 - gain


@inlined
def mean_place(track: Any) -> tuple[float, float]:
    """The expected position over both modes, m."""
    return track.wx + track.stand * (track.sx - track.wx), track.wy + track.stand * (track.sy - track.wy)


@inlined
def spread(track: Any) -> float:
    """The standard deviation of the position on each axis over both modes, m."""
    dx, dy, p = track.sx - track.wx, track.sy - track.wy, track.stand
    return math.sqrt(p * track.sp + (1 - p) * track.wpp + p * (1 - p) * (dx * dx + dy * dy) / 2)


@inlined
def hear_floor(track: Any, floor: int, step: Any, model: Any) -> None:
    """Takes in the floor that a fix names. Fixes name wrong ones for a while: the closer, the less a second says."""
    if floor == track.floor and track.other == NO_FLOOR:
        track.other_p = max(track.other_p / step.floor_ratio, step.floor_change)
        return
    change, ratio = step.floor_change, step.floor_ratio
    p = track.other_p + (1 - 2 * track.other_p) * change
    if floor == track.floor:
        track.other_p = p / (p + (1 - p) * ratio)
        return
    if floor != track.other:
        p = max(change, p) if track.other == NO_FLOOR else max(change, model.floor_error * p)
        track.other = floor
    p = p * ratio / (p * ratio + 1 - p)
    if p > 0.5:
        track.floor, track.other, p = floor, track.floor, 1 - p
    track.other_p = p
