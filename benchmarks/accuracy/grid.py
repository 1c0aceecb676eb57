"""The cells of the benchmark: layout × size of error × cadence."""

from __future__ import annotations

from benchmarks.accuracy import simulated
from benchmarks.accuracy.cells import Cell

SIGMAS_M = (1.0, 2.0, 3.0, 5.0)
PERIODS_S = (2.0, 10.0, 30.0)
SHOPPERS = 20
GRID = tuple(
    Cell(layout, sigma, period, SHOPPERS) for layout in simulated.LAYOUTS for sigma in SIGMAS_M for period in PERIODS_S
)
QUICK = tuple(cell for cell in GRID if cell.sigma_m in (2.0, 3.0) and cell.period_s == 2.0)
