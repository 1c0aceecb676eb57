"""The cells of the benchmark: layout × size of error × cadence, and some that err in other ways."""

from __future__ import annotations

from benchmarks.accuracy import simulated, walks
from benchmarks.accuracy.cells import Cell

SIGMAS_M = (1.0, 2.0, 3.0, 5.0, None)
PERIODS_S = (2.0, 10.0, 30.0)
SHOPPERS = 10
REAL = ((2.0, 2.0), (3.0, 10.0))
"""Sigma and cadence of the real walks."""
GRID = (
    *(
        Cell(layout, sigma_m, period_s, SHOPPERS)
        for layout in simulated.LAYOUTS
        for sigma_m in SIGMAS_M
        for period_s in PERIODS_S
    ),
    *(Cell(layout, 3.0, 2.0, SHOPPERS, kind) for layout in simulated.LAYOUTS for kind in simulated.OTHER_KINDS),
    *(Cell(walks.LAYOUT, *error_and_cadence, SHOPPERS) for error_and_cadence in REAL if walks.there()),
)
QUICK = tuple(
    cell for cell in GRID if cell.kind == "usual" and (cell.sigma_m, cell.period_s) in ((2.0, 2.0), (None, 10.0))
)
