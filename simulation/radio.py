"""A store's radio: how positions err at a place, the same way on every visit.

Shadowing is fixed by walls and racks and correlated over some metres (Gudmundson 1991, Electronics Letters 27), so a
radio map errs alike wherever one stands alike. The correlation's Gaussian form and the growth near racks are assumed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from simulation.layout import Layout
from simulation.path import Places
from simulation.sensors import Sensor

Numbers = NDArray[np.float64]

_WAVES = 64
_SAMPLE_M = 0.7
"""Between the places over which the floor's mean error is taken."""
_PLACE_X, _PLACE_Y, _AREA = 51, 52, 53


@dataclass(frozen=True, eq=False)
class Field:
    """A smooth random function of the place, about Gaussian with mean 0 and variance 1, of given correlation length.

    Two places d metres apart are correlated exp(-d² / 2 length²): a sum of waves (Rahimi, Recht 2007, "Random features
    for large-scale kernel machines").
    """

    x_per_m: Numbers
    y_per_m: Numbers
    phase: Numbers

    @classmethod
    def of(cls, key: Sequence[int], length_m: float) -> Field:
        rng = np.random.default_rng(list(key))
        x, y = rng.normal(0, 1 / length_m, (2, _WAVES))
        return cls(x, y, rng.uniform(0, 2 * np.pi, _WAVES))

    def at(self, x_m: Numbers, y_m: Numbers) -> Numbers:
        waves = np.cos(np.outer(x_m, self.x_per_m) + np.outer(y_m, self.y_per_m) + self.phase)
        return np.asarray(np.sqrt(2 / _WAVES) * waves.sum(axis=1))


@dataclass(frozen=True, eq=False)
class Radio:
    """What sensor and store make of a place; places are in the layout's own frame."""

    seed: int
    layout: Layout
    sensor: Sensor

    def error(self, places: Places) -> tuple[Numbers, Numbers]:
        """The part of the error that is fixed by place, on each axis, of variance 1 over the floor."""
        return self._by_floor(_PLACE_X, places), self._by_floor(_PLACE_Y, places)

    def factor(self, places: Places) -> Numbers:
        """How many times `sigma_m` the error's standard deviation is here; its mean square over the floor is 1."""
        return self._raw_factor(places) / self._floors_mean

    def _raw_factor(self, places: Places) -> Numbers:
        sensor = self.sensor
        factor = np.ones(len(places.x_m))
        if sensor.near_factor != 1:
            factor += (sensor.near_factor - 1) * np.exp(-self.clearance(places) / sensor.near_m)
        if sensor.area_spread:
            factor *= np.exp(sensor.area_spread * self._by_floor(_AREA, places))
        return factor

    @cached_property
    def _floors_mean(self) -> float:
        """Root mean square of the raw factor over all places that are no obstacle."""
        if self.sensor.near_factor == 1 and not self.sensor.area_spread:
            return 1.0
        wide, deep = self.layout.width_m, self.layout.depth_m
        grid = np.meshgrid(np.arange(0, wide, _SAMPLE_M), np.arange(0, deep, _SAMPLE_M), np.arange(self.layout.floors))
        x, y, floor = (axis.ravel() for axis in grid)
        places = Places(x, y, floor.astype(np.int16))
        return float(np.sqrt(np.mean(self._raw_factor(places)[self.clearance(places) > 0] ** 2)))

    def clearance(self, places: Places) -> Numbers:
        """Metres to the nearest obstacle of the floor, 0 within one."""
        found = np.full(len(places.x_m), np.inf)
        for zone in self.layout.obstacles:
            area, here = zone.area, places.floor == zone.floor
            dx = np.maximum(np.maximum(area.x0 - places.x_m, places.x_m - area.x1), 0)
            dy = np.maximum(np.maximum(area.y0 - places.y_m, places.y_m - area.y1), 0)
            found = np.where(here, np.minimum(found, np.hypot(dx, dy)), found)
        return found

    def _by_floor(self, purpose: int, places: Places) -> Numbers:
        values = np.empty(len(places.x_m))
        for floor in np.unique(places.floor):
            here = places.floor == floor
            field = Field.of((self.seed, purpose, int(floor)), self.sensor.place_m)
            values[here] = field.at(places.x_m[here], places.y_m[here])
        return values
