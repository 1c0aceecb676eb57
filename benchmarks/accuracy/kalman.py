"""A plain Kalman filter, position and constant velocity, and the polygon that its estimate lies in."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.accuracy import polygon
from benchmarks.accuracy.answers import Answers, Method
from benchmarks.accuracy.case import Case, Track
from benchmarks.accuracy.chart import Numbers
from benchmarks.accuracy.compiled import compiled

ACCELERATION = 0.1
"""Spectral density of white acceleration, m²/s³: a walk of 1 m/s is another after some ten seconds."""
SPEED_SD = 1.0
UNKNOWN_M = 3.0


def answer(case: Case) -> Answers:
    answers = case.nothing()
    for track in case.tracks:
        x, y = estimates(track)
        polygon.put(case, track, x, y, answers)
    return answers


def estimates(track: Track) -> tuple[Numbers, Numbers]:
    """Filtered positions; another floor begins anew."""
    found = np.empty((2, len(track.t_s)))
    for axis, seen in zip(found, (track.x_m, track.y_m), strict=True):
        _filter(track.t_s, seen, known(track.sigma_m) ** 2, track.floor, axis)
    return found[0], found[1]


def known(sigma_m: Numbers) -> Numbers:
    return np.where(np.isfinite(sigma_m), sigma_m, UNKNOWN_M)


@compiled
def _filter(t_s: Any, seen: Any, variance: Any, floor: Any, found: Any) -> None:
    """One axis: mean (position, velocity) and covariance a, b, c."""
    p = v = a = b = c = 0.0
    for i in range(len(t_s)):
        if i == 0 or floor[i] != floor[i - 1]:
            p, v, a, b, c = seen[i], 0.0, variance[i], 0.0, SPEED_SD * SPEED_SD
        else:
            dt, q = t_s[i] - t_s[i - 1], ACCELERATION
            p += v * dt
            a += 2 * dt * b + dt * dt * c + q * dt**3 / 3
            b += dt * c + q * dt**2 / 2
            c += q * dt
            gain_p, gain_v, miss = a / (a + variance[i]), b / (a + variance[i]), seen[i] - p
            p, v = p + gain_p * miss, v + gain_v * miss
            a, b, c = a - gain_p * a, b - gain_p * b, c - gain_v * b
        found[i] = p


METHOD = Method("Kalman", True, answer)
