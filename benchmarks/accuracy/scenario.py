"""A scenario: a plan, pings in the order of arrival, and the truth about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Spent = Mapping[tuple[str, str, str], float]
"""(device_id, kind, zone_id) → true seconds between the visit's first and last ping."""


@dataclass(frozen=True, eq=False)
class Places:
    """True places at the pings: one entry a row. Departments and displays are their ids, or None."""

    x_m: Numbers
    y_m: Numbers
    floor: NDArray[np.int16]
    department: list[str | None]
    display: list[str | None]


@dataclass(frozen=True)
class Noise:
    """The true law of the error: shares of its variance on each axis, which add up to 1, and outliers apart."""

    white: float
    """New with each ping."""
    correlated: float
    correlation_s: float
    """The share that is correlated in time, and after what time that correlation has fallen to 1/e."""
    placed: float = 0.0
    place_m: float = 4.0
    """The share that is fixed by place, and its correlation length."""
    outliers: float = 0.0
    outlier_scale: float = 4.0
    """Share of pings, and how many sigmas their errors have."""


class Maps(NamedTuple):
    """Where people stand and walk, and how they move."""

    by_level: list[NDArray[np.float32]]
    """By floor of the chart: probability of each cell, shape (2, rows, columns): standing, walking."""
    standing_s: float
    walking_s: float
    """Mean spells."""
    standing_m: float
    """Standard deviation of the way of one second on each axis while standing."""
    speeds_m_s: tuple[float, float]
    """Mean, standing and walking."""


@dataclass(frozen=True, eq=False)
class Known:
    """What no product can know: the error's law, its true size at each ping, and where people stand and walk."""

    noise: Noise
    sigma_m: Numbers
    """True standard deviation on each axis, one entry a row of the pings."""
    maps: Maps


@dataclass(frozen=True, eq=False)
class Scenario:
    """`pings` has store_id, device_id (dictionary), ts, x_m, y_m, floor, sigma_m, as `streams.replay` reads them."""

    name: str
    plan: dict[str, Any]
    pings: pa.Table
    places: Places
    spent: Spent
    known: Known | None = None
