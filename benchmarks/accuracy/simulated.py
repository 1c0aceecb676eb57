"""Scenarios from simulated days: a layout, a size of error, a cadence, a seed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import pyarrow as pa

from benchmarks.accuracy.chart import Chart
from benchmarks.accuracy.scenario import Known, Noise, Places, Scenario
from models.records import TS
from simulation.day import STAFF_DEVICE, Day
from simulation.path import Path
from simulation.sensors import Sensor
from simulation.store import DEFAULT_TODAY_MS, Store

LAYOUTS = ("departments",)
STORE = "S1"
STEP_S = 0.2
"""True seconds are counted in steps of this length."""


@lru_cache(maxsize=4)
def store(layout: str) -> tuple[Store, Chart]:
    built = Store.build(5, STORE)
    return built, Chart.of(built.plan_geojson)


def scenario(layout: str, sigma_m: float | None, period_s: float, seed: int, shoppers: int) -> Scenario:
    built, chart = store(layout)
    sensor = Sensor(period_s=period_s, sigma_m=sigma_m or 2.0)
    day = Day(built, seed, DEFAULT_TODAY_MS, 1800.0, shoppers, sensor=sensor)
    seen = day.pings.take(np.flatnonzero(day.pings.device != day.devices.index(STAFF_DEVICE)))
    paths = [shopper.path for shopper in day.shoppers]
    pings = pa.table(
        {
            "store_id": pa.array([STORE] * len(seen)),
            "device_id": pa.DictionaryArray.from_arrays(seen.device, day.devices[:-1]),
            "ts": pa.array(seen.ts_ms).cast(TS),
            "x_m": seen.x_m,
            "y_m": seen.y_m,
            "floor": seen.floor,
            "sigma_m": seen.sigma_m,
        }
    )
    t_s = (seen.ts_ms - DEFAULT_TODAY_MS) / 1000
    spent = {
        key: s for i in range(len(paths)) for key, s in _spent(chart, day.devices[i], paths[i], t_s[seen.device == i])
    }
    noise = Noise(0.0, -period_s / np.log(sensor.correlation))
    known = Known(noise, seen.sigma_m, np.zeros((1, 1, 1), np.float32), np.zeros((1, 1, 1), np.float32))
    name = f"{layout} {sigma_m} m {period_s:g} s"
    return Scenario(name, built.plan_geojson, pings, _places(chart, paths, seen.device, t_s), spent, known)


def _places(chart: Chart, paths: list[Path], device: np.ndarray, t_s: np.ndarray) -> Places:
    x, y, floor = np.zeros(len(t_s)), np.zeros(len(t_s)), np.zeros(len(t_s), np.int16)
    for number, path in enumerate(paths):
        rows = device == number
        x[rows], y[rows], floor[rows] = path.at(t_s[rows])
    department, display = chart.at(x, y, floor)
    ids = [*(zone.id for zone in chart.zones), None]
    return Places(x, y, floor, [ids[code] for code in department], [ids[code] for code in display])


def _spent(chart: Chart, name: str, path: Path, t_s: np.ndarray) -> Iterator[tuple[tuple[str, str, str], float]]:
    """By zone, from the first ping to the last."""
    steps = np.arange(t_s.min() + STEP_S / 2, t_s.max(), STEP_S)
    x, y, floor = path.at(steps)
    for codes in chart.at(x, y, floor):
        for code, count in enumerate(np.bincount(codes[codes >= 0])):
            if count:
                zone = chart.zones[code]
                yield (name, zone.kind, zone.id), float(count * STEP_S)
