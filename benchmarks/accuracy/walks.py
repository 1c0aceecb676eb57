"""Real walks as true paths: WiFine's, on a plan of our own over its three floors, seen by a simulated sensor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import groupby

import numpy as np

from benchmarks.accuracy import observed, occupancy, simulated
from benchmarks.accuracy.cells import Cell
from benchmarks.accuracy.chart import Chart
from benchmarks.accuracy.scenario import Known, Scenario
from simulation import layouts
from simulation.path import Path
from simulation.pings import Pings, observe
from simulation.radio import Radio
from tests.contract import wifine
from tests.contract.plan import plan, zone

LAYOUT = "wifine"
LEFT_M, LOW_M, WIDE_M, DEEP_M = -2.0, -2.0, 15.0, 14.0
COLUMNS, ROWS, FLOORS = 6, 3, 3
SHELVES = ((2.0, 2.0), (9.0, 2.0), (2.0, 9.0), (9.0, 9.0))
SHELF_M = (4.0, 3.0)


def there() -> bool:
    return wifine.FOLDER.is_dir()


def scenario(cell: Cell, seed: int) -> Scenario:
    """Some of the walks, drawn by the seed, each beginning at 0 s; the map is made of all the others."""
    paths = walks()
    drawn = np.random.default_rng([seed, 71]).permutation(len(paths))
    mine, others = ([paths[i] for i in part] for part in (drawn[: cell.shoppers], drawn[cell.shoppers :]))
    # walls and racks are not drawn here, so that nothing of the error depends on them
    sensor = replace(simulated.sensor(cell), near_factor=1.0, area_spread=0.0, reported="true")
    radio = Radio(seed, layouts.build("open", layouts.SIZES["open"]), sensor)
    draws = (np.random.default_rng([seed, 72, number]) for number in range(len(mine)))
    parts = [
        observe(path, number, observed.START_MS, radio, rng)
        for number, (path, rng) in enumerate(zip(mine, draws, strict=True))
    ]
    seen = Pings.concatenated(parts)
    known = Known(simulated.law(sensor), seen.sigma_m, occupancy.of(chart(), others))
    return observed.scenario(cell.name, chart(), [f"walk-{i}" for i in range(len(mine))], mine, seen, known)


@lru_cache(maxsize=1)
def walks() -> Sequence[Path]:
    """Straight from position to position; each begins at 0 s."""
    rows = sorted(wifine.walks(0), key=lambda row: (row["device_id"], row["ts"]))
    return [_path(list(walk)) for _, walk in groupby(rows, key=lambda row: row["device_id"])]


@lru_cache(maxsize=1)
def chart() -> Chart:
    """18 departments a floor that touch, four displays in each."""
    features = []
    for number in range(COLUMNS * ROWS * FLOORS):
        floor, place = divmod(number, COLUMNS * ROWS)
        x, y = LEFT_M + place % COLUMNS * WIDE_M, LOW_M + place // COLUMNS * DEEP_M
        features.append(zone(f"d{number}", "department", (x, y, x + WIDE_M, y + DEEP_M), floor=floor))
        for shelf, (dx, dy) in enumerate(SHELVES):
            box = (x + dx, y + dy, x + dx + SHELF_M[0], y + dy + SHELF_M[1])
            features.append(zone(f"d{number}-{shelf}", "display", box, floor=floor, department=f"d{number}"))
    return Chart.of(plan(wifine.STORE, *features))


def _path(rows: Sequence[dict[str, float]]) -> Path:
    t_s = (np.array([row["ts"] for row in rows]) - rows[0]["ts"]) / 1000
    x, y = (np.array([row[name] for row in rows]) for name in ("x_m", "y_m"))
    return Path(t_s, x, y, np.array([row["floor"] for row in rows], np.int16))
