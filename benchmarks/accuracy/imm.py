"""An interacting multiple model filter, standing and walking, and the polygon that its estimate lies in.

The four steps (mixing, filtering, mode probabilities, combination) are those of Blom and Bar-Shalom 1988, "The
interacting multiple model algorithm for systems with Markovian switching coefficients".
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from benchmarks.accuracy import polygon
from benchmarks.accuracy.answers import Answers, Method
from benchmarks.accuracy.case import Case, Track
from benchmarks.accuracy.chart import Numbers
from benchmarks.accuracy.compiled import compiled
from benchmarks.accuracy.kalman import known

STANDING_S, WALKING_S = 20.0, 10.0
"""Mean spells."""
DRIFT, ACCELERATION = 0.02, 0.3
"""Standing: a random walk, m²/s; walking: white acceleration, m²/s³."""
SPEED_SD = 0.8


def answer(case: Case) -> Answers:
    answers = case.nothing()
    for track in case.tracks:
        x, y = estimates(track)
        polygon.put(case, track, x, y, answers)
    return answers


def estimates(track: Track) -> tuple[Numbers, Numbers]:
    """Combined filtered positions; another floor begins anew."""
    found = np.empty((2, len(track.t_s)))
    seen = np.stack([track.x_m, track.y_m])
    _filter(track.t_s, seen, known(track.sigma_m) ** 2, track.floor, found)
    return found[0], found[1]


@compiled
def _filter(t_s: Any, seen: Any, variance: Any, floor: Any, found: Any) -> None:
    """Per mode: mean (axis, position or velocity), one covariance a, b, c for both axes, probability."""
    mean, cover, p = np.zeros((2, 2, 2)), np.zeros((2, 3)), np.zeros(2)
    for i in range(len(t_s)):
        if i == 0 or floor[i] != floor[i - 1]:
            mean[:] = 0.0
            mean[:, :, 0] = seen[:, i]
            cover[0] = np.array([variance[i], 0.0, 1e-4])
            cover[1] = np.array([variance[i], 0.0, SPEED_SD * SPEED_SD])
            p[:] = 0.5
        else:
            dt = t_s[i] - t_s[i - 1]
            _mix(mean, cover, p, dt)
            for mode in range(2):
                _predict(mean[mode], cover[mode], mode, dt)
                p[mode] *= _update(mean[mode], cover[mode], seen[:, i], variance[i])
            p /= p.sum()
        found[:, i] = p[0] * mean[0, :, 0] + p[1] * mean[1, :, 0]


@compiled
def _mix(mean: Any, cover: Any, p: Any, dt: float) -> None:
    """Modes change with the rates of their spells; what they believe mixes alike."""
    rate = 1 / STANDING_S + 1 / WALKING_S
    settled = 1 - math.exp(-rate * dt)
    to_walking, to_standing = settled / STANDING_S / rate, settled / WALKING_S / rate
    change = np.array([[1 - to_walking, to_walking], [to_standing, 1 - to_standing]])
    was_mean, was_cover, was_p = mean.copy(), cover.copy(), p.copy()
    for n in range(2):
        p[n] = was_p[0] * change[0, n] + was_p[1] * change[1, n]
        mean[n], cover[n] = 0.0, 0.0
        for m in range(2):
            mean[n] += was_p[m] * change[m, n] / p[n] * was_mean[m]
        for m in range(2):
            w, d = was_p[m] * change[m, n] / p[n], was_mean[m] - mean[n]
            # both axes share a covariance: the mean of what their means add to it
            spread = np.array([(d[:, 0] ** 2).mean(), (d[:, 0] * d[:, 1]).mean(), (d[:, 1] ** 2).mean()])
            cover[n] += w * (was_cover[m] + spread)


@compiled
def _predict(mean: Any, cover: Any, mode: int, dt: float) -> None:
    if mode == 0:
        mean[:, 1] = 0.0
        cover[0] += DRIFT * dt
        cover[1], cover[2] = 0.0, 1e-4
    else:
        mean[:, 0] += dt * mean[:, 1]
        cover[0] += 2 * dt * cover[1] + dt * dt * cover[2] + ACCELERATION * dt**3 / 3
        cover[1] += dt * cover[2] + ACCELERATION * dt**2 / 2
        cover[2] += ACCELERATION * dt


@compiled
def _update(mean: Any, cover: Any, seen: Any, variance: float) -> float:
    """Takes in a fix; its likelihood."""
    total = cover[0] + variance
    gain_p, gain_v = cover[0] / total, cover[1] / total
    miss = seen - mean[:, 0]
    mean[:, 0] += gain_p * miss
    mean[:, 1] += gain_v * miss
    cover[2] -= gain_v * cover[1]
    cover[1] -= gain_p * cover[1]
    cover[0] -= gain_p * cover[0]
    return math.exp(-0.5 * (miss**2).sum() / total) / total + 1e-30


METHOD = Method("two-mode IMM", True, answer)
