"""What a location system says of a phone: every two seconds a position with an error that it estimates itself.

The error of one phone's positions is correlated from ping to ping, as radio maps make it (cf. Bahl, Padmanabhan 2000,
"RADAR": metres, not centimetres, indoors). Pings drop out for a while, come late, or come twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from simulation.path import Path


@dataclass(frozen=True)
class Sensor:
    """How good the positions are. Shares are per ping."""

    period_s: float = 2.0
    jitter_s: float = 0.2
    sigma_m: float = 1.0
    """Median over phones and pings of the standard deviation on each axis."""
    correlation: float = 0.8
    """Of the error from one ping to the next."""
    gap_share: float = 0.003
    gap_s: float = 12.0
    """Mean length of a drop-out; none is longer than 60 s."""
    late_share: float = 0.003
    copy_share: float = 0.003


@dataclass(frozen=True, eq=False)
class Pings:
    """Columns. `arrives_ms` is when the system sends it on; `device` an index of the day's phones."""

    arrives_ms: NDArray[np.int64]
    ts_ms: NDArray[np.int64]
    device: NDArray[np.int32]
    x_m: NDArray[np.float64]
    y_m: NDArray[np.float64]
    floor: NDArray[np.int16]
    sigma_m: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.ts_ms)

    def take(self, rows: NDArray[np.int64]) -> Pings:
        return Pings(*(column[rows] for column in vars(self).values()))

    @classmethod
    def concatenated(cls, parts: list[Pings]) -> Pings:
        """All parts in the order of arrival."""
        columns = zip(*(vars(part).values() for part in parts), strict=True)
        whole = cls(*(np.concatenate(column) for column in columns))
        return whole.take(np.argsort(whole.arrives_ms, kind="stable"))


def observe(path: Path, device: int, start_ms: int, sensor: Sensor, rng: np.random.Generator) -> Pings:
    """A phone's pings along its path, which begins `start_ms` + `enters_s`; copies and late ones included."""
    t_s = np.arange(path.enters_s, path.leaves_s, sensor.period_s)
    t_s = np.clip(t_s + rng.uniform(-sensor.jitter_s, sensor.jitter_s, len(t_s)), path.enters_s, path.leaves_s)
    ts_ms = start_ms + np.rint(t_s * 1000).astype(np.int64)
    true = path.at((ts_ms - start_ms) / 1000)
    sigma = sensor.sigma_m * rng.lognormal(0, 0.25) * rng.lognormal(0, 0.25, len(t_s))
    x, y = (axis + sigma * _noise(len(t_s), sensor.correlation, rng) for axis in (true.x_m, true.y_m))
    late = rng.random(len(t_s)) < sensor.late_share
    arrives = ts_ms + np.where(late, rng.integers(4000, 9000, len(t_s)), rng.integers(40, 200, len(t_s)))
    seen = Pings(arrives, ts_ms, np.full(len(t_s), device, np.int32), x, y, true.floor, sigma)
    return _with_copies(seen.take(np.flatnonzero(_heard(t_s, sensor, rng))), sensor, rng)


def _noise(count: int, correlation: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """A stationary AR(1) process of unit variance."""
    shocks = rng.normal(0, 1, count)
    shocks[1:] *= np.sqrt(1 - correlation**2)
    # scipy.signal has this as a filter, but takes seconds to import
    return np.array(list(accumulate(shocks.tolist(), lambda error, shock: correlation * error + shock)))


def _heard(t_s: NDArray[np.float64], sensor: Sensor, rng: np.random.Generator) -> NDArray[np.bool_]:
    """False within a drop-out. The first ping is always heard: a visit begins with it."""
    begins = t_s[rng.random(len(t_s)) < sensor.gap_share]
    ends = begins + np.minimum(rng.exponential(sensor.gap_s, len(begins)), 60.0)
    silent = ((t_s[:, None] > begins) & (t_s[:, None] < ends)).any(axis=1)
    return np.asarray(~silent)


def _with_copies(pings: Pings, sensor: Sensor, rng: np.random.Generator) -> Pings:
    again = pings.take(np.flatnonzero(rng.random(len(pings)) < sensor.copy_share))
    again.arrives_ms[:] += rng.integers(100, 5000, len(again))
    return Pings.concatenated([pings, again])
