"""What the runs come to: means and spreads by cell, the way from point in polygon to informed, the engine's lags."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.accuracy.cells import Cell
from benchmarks.accuracy.methods import ENGINE, FLOOR, REFERENCE
from benchmarks.accuracy.metrics import KINDS, Reliability
from benchmarks.accuracy.runs import Run

WAYS = ("accuracy", "live_error_s", "smoothed_error_s")
_LIVE = tuple((f"{kind}.{name}", sign) for kind in KINDS for name, sign in (("accuracy", 1), ("live_error_s", -1)))
"""Live figures, and whether more is better."""
AIM = {"department": 0.90, "display": 0.85}


@dataclass(frozen=True)
class Spread:
    """Over seeds."""

    mean: float
    sd: float


@dataclass(frozen=True)
class Lag:
    """A figure of a cell in which a causal baseline is ahead of the engine."""

    cell: Cell
    figure: str
    method: str
    engine: float
    ahead: float


@dataclass(frozen=True, eq=False)
class Summary:
    """`means` is by cell, method and figure."""

    runs: Sequence[Run]

    @property
    def cells(self) -> list[Cell]:
        return list(dict.fromkeys(run.cell for run in self.runs))

    @property
    def methods(self) -> list[str]:
        return list(dict.fromkeys(run.method for run in self.runs))

    def spread(self, cell: Cell, method: str, figure: str) -> Spread:
        values = [run.figures[figure] for run in self.runs if run.cell == cell and run.method == method]
        return Spread(float(np.mean(values)), float(np.std(values, ddof=1)) if len(values) > 1 else float("nan"))

    def way(self, kind: str, figure: str, method: str = ENGINE, cells: Iterable[Cell] | None = None) -> float:
        """How far a method has come from point in polygon to informed: 1 is all the way. Sums over cells."""
        start, here, end = (
            sum(self._figure(cell, name, f"{kind}.{figure}") for cell in cells or self.cells)
            for name in (FLOOR, method, REFERENCE)
        )
        return (start - here) / (start - end) if start != end else float("nan")

    def leads(self, cell: Cell, kind: str, figure: str) -> bool:
        """Whether the reference is ahead of point in polygon."""
        start, end = (self._figure(cell, name, f"{kind}.{figure}") for name in (FLOOR, REFERENCE))
        return end > start if figure == "accuracy" else end < start

    def lags(self, causal: Iterable[str]) -> Iterator[Lag]:
        """Every cell and live figure in which one of the causal methods beats the engine, the best of them."""
        rivals = [name for name in causal if name in self.methods and name not in (ENGINE, REFERENCE)]
        for cell in self.cells:
            for figure, sign in _LIVE:
                ours = self._figure(cell, ENGINE, figure)
                theirs = {name: self._figure(cell, name, figure) for name in rivals}
                best = max(rivals, key=lambda name: sign * theirs[name])
                if sign * theirs[best] > sign * ours:
                    yield Lag(cell, figure, best, ours, theirs[best])

    def curve(self, method: str, kind: str, cells: Iterable[Cell] | None = None) -> Reliability | None:
        """Reliability over all runs of a method."""
        wanted = set(cells or self.cells)
        curves = [
            run.reliability[kind]
            for run in self.runs
            if run.method == method and run.cell in wanted and kind in run.reliability
        ]
        return sum(curves[1:], curves[0]) if curves else None

    def _figure(self, cell: Cell, method: str, figure: str) -> float:
        """Point in polygon has nothing smoothed: its live seconds stand in."""
        value = self.spread(cell, method, figure).mean
        if np.isnan(value) and figure.endswith(".smoothed_error_s"):
            return self.spread(cell, method, figure.replace("smoothed", "live")).mean
        return value
