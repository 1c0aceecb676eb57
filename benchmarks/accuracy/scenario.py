"""A scenario: a plan, pings in the order of arrival, and the truth about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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
    """The true error of positions: shares of its variance on each axis add up to 1."""

    white: float
    """Share that is new with each ping."""
    memory_s: float
    """The correlated share forgets with this time constant."""
    place: float = 0.0
    """Share that belongs to the place where somebody stands."""
    reach_m: float = 5.0
    """Places nearer to each other than this share their error."""
    tail: float = 0.0
    """Share of pings that are outliers."""


@dataclass(frozen=True, eq=False)
class Known:
    """What no product can know: the error's law, its true size at each ping, and where people stand and walk."""

    noise: Noise
    sigma_m: Numbers
    """True standard deviation on each axis, one entry a row of the pings."""
    standing: NDArray[np.float32]
    """Seconds that people of other days stood, by floor, row and column of cells of the grid methods' side."""
    walking: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Scenario:
    """`pings` has store_id, device_id (dictionary), ts, x_m, y_m, floor, sigma_m, as `streams.replay` reads them."""

    name: str
    plan: dict[str, Any]
    pings: pa.Table
    places: Places
    spent: Spent
    known: Known | None = None
