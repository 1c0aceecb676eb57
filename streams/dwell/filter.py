"""The motion filter of one phone: a Gaussian over position and velocity, forward in time and smoothed backward.

Velocity is an Ornstein-Uhlenbeck process, so that a shopper who is not heard of slows down instead of flying on
(integrated Ornstein-Uhlenbeck motion; the smoother is Rauch, Tung and Striebel's of 1965).
"""

from __future__ import annotations

import math
from typing import Any

from streams.dwell.compiled import compiled, inlined

SPEED_SD = 0.6
"""Standard deviation of a shopper's velocity on each axis over a whole visit, m/s."""
SPEED_MEMORY_S = 4.0
"""Time after which a shopper's velocity is mostly another, s."""
SHARED_ERROR = 2.0
"""Successive fixes share their error: with correlation 1/3 a mean of many is worth (1 + ρ) / (1 − ρ), twice fewer."""
UNKNOWN_SIGMA_M = 3.0
"""Where the sender does not say: a usual Wi-Fi fix."""
FINEST_M, COARSEST_M = 0.01, 1000.0
"""Senders that say less or more are taken for these: beyond them the arithmetic, not the sensor, would decide."""
GATE = 16.0
"""Squared Mahalanobis distance past which a fix counts as an outlier and loses weight in proportion."""


@compiled
def begin(track: Any, ts: int, x: float, y: float, sigma: float, floor: int) -> None:
    """The first fix of a visit or floor."""
    track.ts, track.floor = ts, floor
    track.x, track.y, track.vx, track.vy = x, y, 0.0, 0.0
    track.pxx, track.pxv, track.pvv = variance(sigma), 0.0, SPEED_SD * SPEED_SD


@inlined
def variance(sigma: float) -> float:
    """A fix's variance on each axis as one of many that share their errors, m²."""
    return stated_variance(sigma) * SHARED_ERROR


@inlined
def stated_variance(sigma: float) -> float:
    """A fix's variance on each axis, m²."""
    known = min(max(sigma, FINEST_M), COARSEST_M) if sigma > 0 else UNKNOWN_SIGMA_M  # NaN is not > 0
    return known * known


@inlined
def transition(dt_s: float) -> tuple[float, float, float, float, float]:
    """Coefficients over dt: how velocity moves position and keeps itself, and the noise xx, xv, vv that is added."""
    a = dt_s / SPEED_MEMORY_S
    keep = math.exp(-a)
    gone = 1 - keep
    v2 = SPEED_SD * SPEED_SD
    xx = v2 * SPEED_MEMORY_S * SPEED_MEMORY_S * max(0.0, 2 * a - 3 + 4 * keep - keep * keep)
    return SPEED_MEMORY_S * gone, keep, xx, v2 * SPEED_MEMORY_S * gone * gone, v2 * (1 - keep * keep)


@inlined
def step(track: Any, ts: int, x: float, y: float, sigma: float, floor: int) -> None:
    """Predicts to `ts` and takes in a fix. Another floor begins anew: no walk leads there through the ceiling."""
    if floor != track.floor:
        begin(track, ts, x, y, sigma, floor)
        return
    move, keep, qxx, qxv, qvv = transition((ts - track.ts) / 1000.0)
    px, py = track.x + move * track.vx, track.y + move * track.vy
    vx, vy = keep * track.vx, keep * track.vy
    pxx = track.pxx + 2 * move * track.pxv + move * move * track.pvv + qxx
    pxv = keep * (track.pxv + move * track.pvv) + qxv
    pvv = keep * keep * track.pvv + qvv
    noise = variance(sigma)
    dx, dy = x - px, y - py
    distance = (dx * dx + dy * dy) / (pxx + noise)
    if distance > GATE:
        noise *= distance / GATE
    gain_x, gain_v, kept = pxx / (pxx + noise), pxv / (pxx + noise), noise / (pxx + noise)
    track.ts = ts
    track.x, track.y = px + gain_x * dx, py + gain_x * dy
    track.vx, track.vy = vx + gain_v * dx, vy + gain_v * dy
    track.pxx, track.pxv = kept * pxx, kept * pxv
    track.pvv = pvv - gain_v * pxv


@inlined
def smooth(earlier: Any, later: Any) -> None:
    """Replaces `earlier` (filtered) by what it is known to be given `later` (smoothed); other floors know nothing."""
    if earlier.floor != later.floor:
        return
    move, keep, qxx, qxv, qvv = transition((later.ts - earlier.ts) / 1000.0)
    fxx, fxv, fvv = earlier.pxx, earlier.pxv, earlier.pvv
    pxx = fxx + 2 * move * fxv + move * move * fvv + qxx
    pxv = keep * (fxv + move * fvv) + qxv
    pvv = keep * keep * fvv + qvv
    determinant = pxx * pvv - pxv * pxv
    # gain = P_f Fᵀ P_p⁻¹
    a, b, c, d = fxx + move * fxv, keep * fxv, fxv + move * fvv, keep * fvv
    g00, g01 = (a * pvv - b * pxv) / determinant, (b * pxx - a * pxv) / determinant
    g10, g11 = (c * pvv - d * pxv) / determinant, (d * pxx - c * pxv) / determinant
    dx, dvx = later.x - (earlier.x + move * earlier.vx), later.vx - keep * earlier.vx
    dy, dvy = later.y - (earlier.y + move * earlier.vy), later.vy - keep * earlier.vy
    earlier.x += g00 * dx + g01 * dvx
    earlier.vx += g10 * dx + g11 * dvx
    earlier.y += g00 * dy + g01 * dvy
    earlier.vy += g10 * dy + g11 * dvy
    exx, exv, evv = later.pxx - pxx, later.pxv - pxv, later.pvv - pvv
    earlier.pxx = fxx + g00 * g00 * exx + 2 * g00 * g01 * exv + g01 * g01 * evv
    earlier.pxv = fxv + g00 * g10 * exx + (g00 * g11 + g01 * g10) * exv + g01 * g11 * evv
    earlier.pvv = fvv + g10 * g10 * exx + 2 * g10 * g11 * exv + g11 * g11 * evv
