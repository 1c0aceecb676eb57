"""How probable pings are under a law of errors and of movement: two modes of movement and an error with a memory.

As the engine's filter (Blom and Bar-Shalom 1988: standing and walking), with one more number in the state: the part of
the error that is correlated in time, an Ornstein-Uhlenbeck process of variance 1. A filter that knows of it tells a
drifting error from a drifting person where the engine's, made for two million pings a second, cannot.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from streams.dwell.compiled import compiled

STEP_S, STEPS = 4.0, 30
"""A longer time between two pings is gone through in such steps: modes change at most once in each."""
_LAW = (
    *("sigma_m", "sigma_factor", "correlated", "correlation_s", "outlier_share", "outlier_scale"),
    *("speed_m_s", "speed_memory_s", "stand_s", "walk_s", "sway_m2_s"),
)
LAW = np.dtype([(name, "f8") for name in _LAW])
"""`correlated` is a share of the error's variance; the rest is new with every ping."""
SEEN = np.dtype([(name, "f8") for name in ("x", "y", "surprise", "regular", "stand")])
"""Of each ping: the mean position after it; the innovation's square over its expected one (1 on average); the
probability that it is no outlier; and that somebody stands."""


@compiled
def filtered(t_s: Any, x: Any, y: Any, sigma: Any, size: Any, begins: Any, law: Any, seen: Any) -> float:
    """The logarithm of the probability density of all pings but each visit's first; fills `seen`.

    Visits lie one behind the other in the order of time; `begins` is true where one begins. `sigma` is NaN where the
    sender does not say; `size` is how many times larger the errors are than the law says.
    """
    mean, cov = np.zeros((2, 2, 3)), np.zeros((2, 3, 3))
    mixed_mean, mixed_cov, before = np.zeros((2, 2, 3)), np.zeros((2, 3, 3)), np.zeros((3, 3))
    gain, p = np.zeros(3), np.zeros(2)
    total = 0.0
    for i in range(len(t_s)):
        s = size[i] * (sigma[i] * law.sigma_factor if sigma[i] > 0 else law.sigma_m)
        heard, white = s * math.sqrt(law.correlated), s * s * (1 - law.correlated)
        if begins[i]:
            _begin(mean, cov, p, x[i], y[i], heard, white, law)
            seen[i].surprise, seen[i].regular = 1.0, 1.0
        else:
            left_s = t_s[i] - t_s[i - 1]
            steps = min(max(math.ceil(left_s / STEP_S), 1), STEPS)
            for _ in range(steps):
                _mix(mean, cov, mixed_mean, mixed_cov, p, left_s / steps, law)
                _predict(mean, cov, before, left_s / steps, law)
            total += _update(mean, cov, gain, p, x[i], y[i], heard, white, s * s, law, seen[i])
        seen[i].stand = p[0]
        seen[i].x = p[0] * mean[0, 0, 0] + p[1] * mean[1, 0, 0]
        seen[i].y = p[0] * mean[0, 1, 0] + p[1] * mean[1, 1, 0]
    return total


@compiled
def _begin(mean: Any, cov: Any, p: Any, x: float, y: float, heard: float, white: float, law: Any) -> None:
    """All that is known is the first fix: the person is where it is, less its error."""
    for mode in range(2):
        mean[mode] = 0.0
        mean[mode, 0, 0], mean[mode, 1, 0] = x, y
        cov[mode] = 0.0
        cov[mode, 0, 0], cov[mode, 2, 2] = white + heard * heard, 1.0
        cov[mode, 0, 2] = cov[mode, 2, 0] = -heard
        cov[mode, 1, 1] = law.speed_m_s * law.speed_m_s / 2
    p[0] = law.stand_s / (law.stand_s + law.walk_s)
    p[1] = 1 - p[0]


@compiled
def _mix(mean: Any, cov: Any, mixed_mean: Any, mixed_cov: Any, p: Any, dt_s: float, law: Any) -> None:
    """Who stood may walk now and the other way round: each mode takes its part of the other's Gaussian."""
    rest = law.stand_s / (law.stand_s + law.walk_s)
    both = math.exp(-(1 / law.stand_s + 1 / law.walk_s) * dt_s)
    to_stand_0, to_stand_1 = rest + (1 - rest) * both, rest * (1 - both)
    stand = p[0] * to_stand_0 + p[1] * to_stand_1
    from_walk = (p[1] * to_stand_1 / stand, p[1] * (1 - to_stand_1) / (1 - stand))
    for mode in range(2):
        w = from_walk[mode]
        for j in range(3):
            for axis in range(2):
                mixed_mean[mode, axis, j] = (1 - w) * mean[0, axis, j] + w * mean[1, axis, j]
            for k in range(3):
                apart = 0.0
                for axis in range(2):
                    apart += (mean[1, axis, j] - mean[0, axis, j]) * (mean[1, axis, k] - mean[0, axis, k]) / 2
                mixed_cov[mode, j, k] = (1 - w) * cov[0, j, k] + w * cov[1, j, k] + w * (1 - w) * apart
    mean[:], cov[:] = mixed_mean, mixed_cov
    p[0], p[1] = stand, 1 - stand


@compiled
def _predict(mean: Any, cov: Any, before: Any, dt_s: float, law: Any) -> None:
    """Standing: a slow drift, and a velocity of the next walk that nobody knows. Walking: a velocity with a memory."""
    v2, memory_s = law.speed_m_s * law.speed_m_s / 2, law.speed_memory_s
    same = math.exp(-dt_s / law.correlation_s)
    for mode in range(2):
        walks = mode == 1
        keep = math.exp(-dt_s / memory_s) if walks else 0.0
        move = memory_s * (1 - keep) if walks else 0.0
        for axis in range(2):
            mean[mode, axis, 0] += move * mean[mode, axis, 1]
            mean[mode, axis, 1] *= keep
            mean[mode, axis, 2] *= same
        before[:] = cov[mode]
        pp = before[0, 0] + 2 * move * before[0, 1] + move * move * before[1, 1]
        pv, vv = keep * (before[0, 1] + move * before[1, 1]), keep * keep * before[1, 1]
        pu, vu = same * (before[0, 2] + move * before[1, 2]), same * keep * before[1, 2]
        if walks:
            a, gone = dt_s / memory_s, 1 - keep
            pp += v2 * memory_s * memory_s * max(0.0, 2 * a - 3 + 4 * keep - keep * keep)
            pv += v2 * memory_s * gone * gone
            vv += v2 * (1 - keep * keep)
        else:
            pp, vv = pp + law.sway_m2_s * dt_s, v2
        cov[mode, 0, 0], cov[mode, 1, 1] = pp, vv
        cov[mode, 0, 1] = cov[mode, 1, 0] = pv
        cov[mode, 0, 2] = cov[mode, 2, 0] = pu
        cov[mode, 1, 2] = cov[mode, 2, 1] = vu
        cov[mode, 2, 2] = same * same * before[2, 2] + 1 - same * same


@compiled
def _update(
    mean: Any,
    cov: Any,
    gain: Any,
    p: Any,
    x: float,
    y: float,
    heard: float,
    white: float,
    whole: float,
    law: Any,
    seen: Any,
) -> float:
    """Takes in a fix; the logarithm of its density. What an outlier's share of it is moves nobody."""
    like, surprise, regular = np.zeros(2), 0.0, 0.0
    for mode in range(2):
        c = cov[mode]
        expected = c[0, 0] + 2 * heard * c[0, 2] + heard * heard * c[2, 2] + white
        ex = x - mean[mode, 0, 0] - heard * mean[mode, 0, 2]
        ey = y - mean[mode, 1, 0] - heard * mean[mode, 1, 2]
        far2 = ex * ex + ey * ey
        wide = c[0, 0] + whole * law.outlier_scale * law.outlier_scale
        one = (1 - law.outlier_share) * math.exp(-0.5 * far2 / expected) / expected
        other = law.outlier_share * math.exp(-0.5 * far2 / wide) / wide + 1e-12
        like[mode] = p[mode] * (one + other)
        fine = one / (one + other)
        surprise += like[mode] * far2 / (2 * expected)
        regular += like[mode] * fine
        for j in range(3):
            gain[j] = (c[j, 0] + heard * c[j, 2]) / expected
            mean[mode, 0, j] += fine * gain[j] * ex
            mean[mode, 1, j] += fine * gain[j] * ey
        more = fine * (1 - fine) * far2 / 2 - fine * expected
        for j in range(3):
            for k in range(3):
                c[j, k] += gain[j] * gain[k] * more
    density = like[0] + like[1]
    p[0] = min(max(like[0] / density, 1e-4), 1 - 1e-4)
    p[1] = 1 - p[0]
    seen.surprise, seen.regular = surprise / density, regular / density
    return math.log(density / (2 * math.pi))
