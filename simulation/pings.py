"""What a location system sends of a phone along its path: noisy positions, some lost, late, or sent twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulation.path import Path, Places
from simulation.radio import Radio
from simulation.sensors import Sensor

Numbers = NDArray[np.float64]

_BURST_MS = 20
"""From one stored ping to the next, after a sleep."""


@dataclass(frozen=True, eq=False)
class Pings:
    """Columns. `arrives_ms` is when the system sends it on, `true_ms` when the phone was where it was measured.

    `device` is an index of the day's phones; `sigma_m` is NaN where none is reported. `ts_ms` is the phone's clock.
    """

    arrives_ms: NDArray[np.int64]
    true_ms: NDArray[np.int64]
    ts_ms: NDArray[np.int64]
    device: NDArray[np.int32]
    x_m: Numbers
    y_m: Numbers
    floor: NDArray[np.int16]
    sigma_m: Numbers

    def __len__(self) -> int:
        return len(self.ts_ms)

    def take(self, rows: NDArray[np.int64]) -> Pings:
        return Pings(*(column[rows] for column in vars(self).values()))

    @classmethod
    def concatenated(cls, parts: Sequence[Pings]) -> Pings:
        """All parts in the order of arrival."""
        columns = zip(*(vars(part).values() for part in parts), strict=True)
        whole = cls(*(np.concatenate(column) for column in columns))
        return whole.take(np.argsort(whole.arrives_ms, kind="stable"))


def observe(path: Path, device: int, start_ms: int, radio: Radio, rng: np.random.Generator) -> Pings:
    """A phone's pings along its path, which begins `start_ms` + `enters_s`; copies and late ones included."""
    sensor = radio.sensor
    true_ms = start_ms + _times(path, sensor, rng)
    t_s = (true_ms - start_ms) / 1000
    true = path.at(t_s)
    sigma = sensor.sigma_m * rng.lognormal(0, sensor.phone_spread) * rng.lognormal(0, sensor.ping_spread, len(t_s))
    sigma = sigma * radio.factor(true)
    dx, dy = _errors(t_s, true, radio, rng)
    late = rng.random(len(t_s)) < sensor.late_share
    arrives = true_ms + np.where(late, rng.integers(4000, 9000, len(t_s)), rng.integers(40, 200, len(t_s)))
    arrives = _woken(arrives, t_s, sensor, rng)
    heard = _heard(t_s, sensor, rng)
    x, y, said = true.x_m + sigma * dx, true.y_m + sigma * dy, _reported(sigma, sensor, rng)
    ts_ms = true_ms + _clock(t_s, sensor, rng)
    floor = _floors(true.floor, radio, rng)
    seen = Pings(arrives, true_ms, ts_ms, np.full(len(t_s), device, np.int32), x, y, floor, said)
    return _with_copies(seen.take(np.flatnonzero(heard)), sensor, rng)


def _times(path: Path, sensor: Sensor, rng: np.random.Generator) -> NDArray[np.int64]:
    """When it is measured, ms since the day's start."""
    t_s = np.arange(path.enters_s, path.leaves_s, sensor.period_s)
    t_s = np.clip(t_s + rng.uniform(-sensor.jitter_s, sensor.jitter_s, len(t_s)), path.enters_s, path.leaves_s)
    return np.rint(t_s * 1000).astype(np.int64)


def _errors(t_s: Numbers, true: Places, radio: Radio, rng: np.random.Generator) -> tuple[Numbers, Numbers]:
    """The error on each axis over sigma: of variance 1, outliers apart."""
    sensor = radio.sensor
    # an axis after the other, and parts of no weight draw nothing
    x, y = (_timed(t_s, sensor, rng) for _ in range(2))
    if sensor.placed:
        x, y = (one + np.sqrt(sensor.placed) * here for one, here in zip((x, y), radio.error(true), strict=True))
    if sensor.outlier_share:
        wild = rng.random(len(t_s)) < sensor.outlier_share
        x, y = (np.where(wild, rng.normal(0, sensor.outlier_scale, len(t_s)), one) for one in (x, y))
    return x, y


def _timed(t_s: Numbers, sensor: Sensor, rng: np.random.Generator) -> Numbers:
    """What of the error does not depend on place."""
    error = np.zeros(len(t_s))
    if sensor.correlated:
        error += np.sqrt(sensor.correlated) * _drifting(t_s, sensor.correlation_s, rng)
    if sensor.white > 1e-9:
        error += np.sqrt(sensor.white) * rng.normal(0, 1, len(t_s))
    return error


def _drifting(t_s: Numbers, constant_s: float, rng: np.random.Generator) -> Numbers:
    """A stationary Gaussian process of unit variance with correlation exp(-time / constant) (Ornstein, Uhlenbeck)."""
    kept = np.exp(-np.diff(t_s, prepend=t_s[:1]) / constant_s)
    shocks = rng.normal(0, 1, len(t_s))
    shocks[1:] *= np.sqrt(1 - kept[1:] ** 2)
    error, errors = 0.0, []
    # scipy.signal knows equal steps only
    for keeps, shock in zip(kept.tolist(), shocks.tolist(), strict=True):
        error = keeps * error + shock
        errors.append(error)
    return np.array(errors)


def _floors(true: NDArray[np.int16], radio: Radio, rng: np.random.Generator) -> NDArray[np.int16]:
    """The floor that is named: now and then the one above or below."""
    top = radio.layout.floors - 1
    if not top or not radio.sensor.wrong_floor:
        return true
    aside = true + rng.choice([-1, 1], len(true))
    aside = np.where((aside < 0) | (aside > top), 2 * true - aside, aside)
    return np.where(rng.random(len(true)) < radio.sensor.wrong_floor, aside, true).astype(np.int16)


def _reported(sigma: Numbers, sensor: Sensor, rng: np.random.Generator) -> Numbers:
    """What the pings say of their standard deviation."""
    if sensor.reported == "missing":
        return np.full(len(sigma), np.nan)
    if sensor.reported == "constant":
        return np.full(len(sigma), sensor.sigma_m)
    return sigma * rng.lognormal(0, sensor.wrong_spread) if sensor.reported == "wrong" else sigma


def _heard(t_s: Numbers, sensor: Sensor, rng: np.random.Generator) -> NDArray[np.bool_]:
    """False within a drop-out. The first ping is always heard: a visit begins with it."""
    begins = np.array(_moments(sensor.gaps_h, t_s, rng))
    ends = begins + np.minimum(rng.exponential(sensor.gap_s, len(begins)), sensor.longest_gap_s)
    silent = ((t_s[:, None] > begins) & (t_s[:, None] < ends)).any(axis=1)
    return np.asarray(~silent)


def _woken(arrives_ms: NDArray[np.int64], t_s: Numbers, sensor: Sensor, rng: np.random.Generator) -> NDArray[np.int64]:
    """What was measured in a sleep arrives after it, in its order."""
    awake_s = -np.inf
    for begins in _moments(sensor.sleeps_h, t_s, rng):
        stored = np.flatnonzero((t_s > max(begins, awake_s)) & (t_s < begins + rng.exponential(sensor.sleep_s)))
        if len(stored):
            awake_s = float(t_s[stored[-1]])
            burst_ms = arrives_ms[stored[-1]] + _BURST_MS * np.arange(len(stored))
            later = t_s > awake_s
            arrives_ms[stored] = np.maximum(arrives_ms[stored], burst_ms)
            arrives_ms[later] = np.maximum(arrives_ms[later], burst_ms[-1])
    return arrives_ms


def _clock(t_s: Numbers, sensor: Sensor, rng: np.random.Generator) -> NDArray[np.int64]:
    """How many ms the phone's clock is before the true time."""
    if not sensor.clock_spread_s and not sensor.clock_jumps_h:
        return np.zeros(len(t_s), np.int64)
    off_s = np.full(len(t_s), rng.normal(0, sensor.clock_spread_s))
    for moment in _moments(sensor.clock_jumps_h, t_s, rng):
        off_s[t_s > moment] += rng.normal(0, sensor.clock_jump_s)
    return np.rint(off_s * 1000).astype(np.int64)


def _moments(per_hour: float, t_s: Numbers, rng: np.random.Generator) -> list[float]:
    """When something happens that comes so often an hour, in order."""
    if not per_hour or not len(t_s):
        return []
    count = rng.poisson(per_hour * (t_s[-1] - t_s[0]) / 3600)
    return [float(moment) for moment in np.sort(rng.uniform(t_s[0], t_s[-1], count))]


def _with_copies(pings: Pings, sensor: Sensor, rng: np.random.Generator) -> Pings:
    again = pings.take(np.flatnonzero(rng.random(len(pings)) < sensor.copy_share))
    again.arrives_ms[:] += rng.integers(100, 5000, len(again))
    return Pings.concatenated([pings, again])
