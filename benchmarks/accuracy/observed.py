"""Paths and what a sensor made of them, as a scenario: the table of pings and the truth beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from benchmarks.accuracy.chart import Chart
from benchmarks.accuracy.scenario import Known, Places, Scenario
from models.records import TS
from simulation.path import Path
from simulation.pings import Pings

START_MS = 1_793_610_000_000
"""0 s of the paths: 2026-11-02T09:00:00Z."""
STEP_S = 0.2
"""True seconds are counted in steps of this length."""


def scenario(
    name: str, chart: Chart, devices: Sequence[str], paths: Sequence[Path], seen: Pings, known: Known | None
) -> Scenario:
    """`seen.device` is an index of `devices` and `paths`."""
    t_s = (seen.true_ms - START_MS) / 1000
    spent: dict[tuple[str, str, str], float] = {}
    for number in np.unique(seen.device):
        spent.update(_spent(chart, devices[number], paths[number], t_s[seen.device == number]))
    places = _places(chart, paths, seen.device, t_s)
    return Scenario(name, dict(chart.plan.features), _table(chart.plan.store, devices, seen), places, spent, known)


def _table(store: str, devices: Sequence[str], seen: Pings) -> pa.Table:
    return pa.table(
        {
            "store_id": pa.array([store] * len(seen)),
            "device_id": pa.DictionaryArray.from_arrays(seen.device, list(devices)),
            "ts": pa.array(seen.ts_ms).cast(TS),
            "x_m": seen.x_m,
            "y_m": seen.y_m,
            "floor": seen.floor,
            "sigma_m": pa.array(seen.sigma_m, mask=np.isnan(seen.sigma_m)),
        }
    )


def _places(chart: Chart, paths: Sequence[Path], device: NDArray[np.int32], t_s: NDArray[np.float64]) -> Places:
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
