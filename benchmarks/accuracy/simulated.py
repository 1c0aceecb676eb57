"""Scenarios from simulated days: a layout, a size of error, a cadence, a seed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from benchmarks.accuracy import occupancy
from benchmarks.accuracy.cells import Cell
from benchmarks.accuracy.chart import Chart
from benchmarks.accuracy.scenario import Known, Maps, Noise, Places, Scenario
from models.records import TS
from simulation import sensors
from simulation.day import STAFF_DEVICE, Day
from simulation.path import Path
from simulation.pings import Pings
from simulation.sensors import Kind, Sensor
from simulation.store import DEFAULT_TODAY_MS, Store

LAYOUTS = ("departments", "supermarket", "diy", "open")
OTHER_KINDS: tuple[Kind, ...] = ("white", "harsh")
STORE = "S1"
OPEN_S = 1800.0
MIXED_M, MIXED_SPREAD = 2.2, 0.6
"""Median over phones, and standard deviation of the logarithm: two thirds of phones between 1.2 and 4 m."""
STEP_S = 0.2
"""True seconds are counted in steps of this length."""
CROWD, CROWD_SEED = 200, 1_000_000
"""Shoppers of other days whose places are known to the informed one."""


def scenario(cell: Cell, seed: int) -> Scenario:
    """A day in another store of the same layout for each seed: the errors that places have are drawn anew too."""
    store = Store.build(seed, STORE, layout=cell.layout)
    chart = _chart(cell.layout)
    day = _day(store, sensor(cell), seed, cell.shoppers)
    seen, paths, names = _of_shoppers(day), day.paths, day.devices
    t_s = (seen.true_ms - DEFAULT_TODAY_MS) / 1000
    spent: dict[tuple[str, str, str], float] = {}
    for number in np.unique(seen.device):
        spent.update(_spent(chart, names[number], paths[number], t_s[seen.device == number]))
    places = _places(chart, paths, seen.device, t_s)
    return Scenario(cell.name, store.plan_geojson, _table(names, seen), places, spent, _known(cell, day, seen))


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
    return Day(store, seed, DEFAULT_TODAY_MS, OPEN_S, shoppers, sensor=made_by)


def _of_shoppers(day: Day) -> Pings:
    staff = day.devices.index(STAFF_DEVICE)
    return day.pings.take(np.flatnonzero(day.pings.device != staff))


def _table(names: list[str], seen: Pings) -> pa.Table:
    return pa.table(
        {
            "store_id": pa.array([STORE] * len(seen)),
            "device_id": pa.DictionaryArray.from_arrays(seen.device, names),
            "ts": pa.array(seen.ts_ms).cast(TS),
            "x_m": seen.x_m,
            "y_m": seen.y_m,
            "floor": seen.floor,
            "sigma_m": pa.array(seen.sigma_m, mask=np.isnan(seen.sigma_m)),
        }
    )


def _places(chart: Chart, paths: list[Path], device: NDArray[np.int32], t_s: NDArray[np.float64]) -> Places:
    x, y, floor = np.zeros(len(t_s)), np.zeros(len(t_s)), np.zeros(len(t_s), np.int16)
    for number, path in enumerate(paths):
        rows = device == number
        x[rows], y[rows], floor[rows] = path.at(t_s[rows])
    department, display = chart.at(x, y, floor)
    ids = [*(zone.id for zone in chart.zones), None]
    return Places(x, y, floor, [ids[code] for code in department], [ids[code] for code in display])


def _spent(
    chart: Chart, name: str, path: Path, t_s: NDArray[np.float64]
) -> Iterator[tuple[tuple[str, str, str], float]]:
    """By zone, from the first ping to the last."""
    if not len(t_s):
        return
    steps = np.arange(t_s.min() + STEP_S / 2, t_s.max(), STEP_S)
    for codes in chart.at(*path.at(steps)):
        for code, count in enumerate(np.bincount(codes[codes >= 0])):
            if count:
                zone = chart.zones[code]
                yield (name, zone.kind, zone.id), float(count * STEP_S)


def _known(cell: Cell, day: Day, seen: Pings) -> Known:
    """The errors' law, and each ping's true sigma: what the same day says when its sensor tells the truth."""
    of = sensor(cell)
    honest = _of_shoppers(_day(day.store, replace(of, reported="true"), day.seed, cell.shoppers))
    true = dict(zip(_keys(honest), honest.sigma_m.tolist(), strict=True))
    sigma_m = np.array([true[key] for key in _keys(seen)])
    outliers = of.outlier_share, of.outlier_scale
    law = Noise(max(of.white, 0.0), of.correlated, of.correlation_s, of.placed, of.place_m, *outliers)
    return Known(law, sigma_m, _crowd(cell.layout))


def _keys(seen: Pings) -> list[tuple[int, int]]:
    return list(zip(seen.device.tolist(), seen.true_ms.tolist(), strict=True))
