"""Scenarios from simulated days: a layout, a size of error, a cadence, a seed."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from benchmarks.accuracy import observed, occupancy
from benchmarks.accuracy.cells import Cell
from benchmarks.accuracy.chart import Chart
from benchmarks.accuracy.observed import START_MS
from benchmarks.accuracy.scenario import Known, Maps, Noise, Scenario
from simulation import sensors
from simulation.day import STAFF_DEVICE, Day
from simulation.pings import Pings
from simulation.sensors import Kind, Sensor
from simulation.store import Store

LAYOUTS = ("departments", "supermarket", "diy", "open")
OTHER_KINDS: tuple[Kind, ...] = ("white", "harsh")
STORE = "S1"
OPEN_S = 1800.0
MIXED_M, MIXED_SPREAD = 2.2, 0.6
"""Median over phones, and standard deviation of the logarithm: two thirds of phones between 1.2 and 4 m."""
CROWD, CROWD_SEED = 200, 1_000_000
"""Shoppers of other days whose places are known to the informed one."""


def scenario(cell: Cell, seed: int) -> Scenario:
    """A day in another store of the same layout for each seed: the errors that places have are drawn anew too."""
    day = _day(Store.build(seed, STORE, layout=cell.layout), sensor(cell), seed, cell.shoppers)
    seen = _of_shoppers(day)
    return observed.scenario(cell.name, _chart(cell.layout), day.devices, day.paths, seen, _known(cell, day, seen))


def sensor(cell: Cell) -> Sensor:
    if cell.sigma_m is None:
        return replace(sensors.of(MIXED_M, cell.period_s, cell.kind), phone_spread=MIXED_SPREAD)
    return sensors.of(cell.sigma_m, cell.period_s, cell.kind)


@lru_cache(maxsize=4)
def _chart(layout: str) -> Chart:
    return Chart.of(Store.build(0, STORE, layout=layout).plan_geojson)


@lru_cache(maxsize=4)
def _crowd(layout: str) -> Maps:
    """Where people of this layout stand and walk, from another day in another store."""
    day = _day(Store.build(CROWD_SEED, STORE, layout=layout), Sensor(), CROWD_SEED, CROWD)
    return occupancy.of(_chart(layout), day.paths[: day.devices.index(STAFF_DEVICE)])


def _day(store: Store, made_by: Sensor, seed: int, shoppers: int) -> Day:
    return Day(store, seed, START_MS, OPEN_S, shoppers, sensor=made_by)


def _of_shoppers(day: Day) -> Pings:
    staff = day.devices.index(STAFF_DEVICE)
    return day.pings.take(np.flatnonzero(day.pings.device != staff))


def _known(cell: Cell, day: Day, seen: Pings) -> Known:
    """The errors' law, and each ping's true sigma: what the same day says when its sensor tells the truth."""
    of = sensor(cell)
    honest = _of_shoppers(_day(day.store, replace(of, reported="true"), day.seed, cell.shoppers))
    true = dict(zip(_keys(honest), honest.sigma_m.tolist(), strict=True))
    sigma_m = np.array([true[key] for key in _keys(seen)])
    return Known(law(of), sigma_m, _crowd(cell.layout))


def law(of: Sensor) -> Noise:
    outliers = of.outlier_share, of.outlier_scale
    return Noise(max(of.white, 0.0), of.correlated, of.correlation_s, of.placed, of.place_m, *outliers)


def _keys(seen: Pings) -> list[tuple[int, int]]:
    return list(zip(seen.device.tolist(), seen.true_ms.tolist(), strict=True))
