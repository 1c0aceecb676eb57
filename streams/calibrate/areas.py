"""The size of errors by area: how much fixes surprise a filter that knows the store's law, by squares of the floor."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.calibrate.fit import Law
from streams.calibrate.sample import Numbers, Visits

SIDE_M = 5.0
FEWEST = 30
"""Pings of an area: of fewer nothing is said."""
REST = 20.0
"""An area is shrunk towards the store as if so many more pings had been as expected."""


class Area(NamedTuple):
    """A square of SIDE_M around (x, y); `sigma_m` is the error's standard deviation on each axis there."""

    floor: int
    x_m: float
    y_m: float
    sigma_m: float
    pings: int


def areas(law: Law, visits: Visits, seen: NDArray[np.void], size: Numbers) -> list[Area]:
    """By floor, y and x. The part of the error that is the same on every visit to a place is not in it."""
    said = np.where(visits.said, visits.sigma_m * law["sigma_factor"][0], law["sigma_m"][0]) * size[visits.visit]
    rows, columns = (np.floor(seen[axis] / SIDE_M).astype(np.int64) for axis in ("y", "x"))
    squares = np.stack([visits.floor, rows, columns], axis=1)
    regular = ~visits.begins * seen["regular"]
    found, at = np.unique(squares, axis=0, return_inverse=True)
    at = at.reshape(-1)  # numpy 2.0 gave it another shape
    pings, surprise, variance = (
        np.bincount(at, weights, len(found)) for weights in (regular, regular * seen["surprise"], regular * said**2)
    )
    enough = np.flatnonzero(pings >= FEWEST)
    factor = (surprise + REST) / (pings + REST)
    sigma = np.sqrt(factor * variance / np.maximum(pings, 1.0))
    return [
        Area(int(floor), (x + 0.5) * SIDE_M, (y + 0.5) * SIDE_M, float(sigma[i]), round(float(pings[i])))
        for i, (floor, y, x) in zip(enough.tolist(), found[enough].tolist(), strict=True)
    ]
