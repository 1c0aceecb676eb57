"""Where people stand and where they walk: seconds by cell, over many paths."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy.chart import Chart
from benchmarks.accuracy.lattice import CELL_M, Lattice
from benchmarks.accuracy.propagate import Field, blur
from benchmarks.accuracy.scenario import Maps
from simulation.path import Path

SAMPLE_S = 0.5
WALKS_M_S = 0.5
"""Faster is walking; a small step in front of a shelf belongs to standing."""
DRIFT_S, LEAST_DRIFT_M = 4.0, 0.1
"""The time over which the drift of those who stand is taken; no less of it than a cell can show."""
BLUR_M = 0.5
LEAST = 0.02
"""Of the probability is anywhere: where nobody was on those days somebody may be on this one."""


def of(chart: Chart, paths: Iterable[Path]) -> Maps:
    lattices = [Lattice.of(chart, level) for level in range(len(chart.floors))]
    seconds = [np.zeros((2, *lattice.free.shape)) for lattice in lattices]
    moves = _Moves()
    for path in paths:
        t_s = np.arange(path.enters_s, path.leaves_s, SAMPLE_S)
        x, y, floor = path.at(t_s)
        walks = moves.add(x, y)
        for floor_seconds, lattice, floor_number in zip(seconds, lattices, chart.floors, strict=True):
            here = floor == floor_number
            column, row = (cell.astype(int) for cell in lattice.cells(x[here], y[here]))
            np.add.at(floor_seconds, (walks[here], row, column), SAMPLE_S)
    return Maps([_probability(one) for one in seconds], *moves.spells_s, moves.standing_m, moves.speeds_m_s)


@dataclass(eq=False)
class _Moves:
    """Sums over paths, standing and walking."""

    time_s: NDArray[np.float64] = field(default_factory=lambda: np.zeros(2))
    way_m: NDArray[np.float64] = field(default_factory=lambda: np.zeros(2))
    spells: NDArray[np.float64] = field(default_factory=lambda: np.zeros(2))
    drifts_m2: list[NDArray[np.float64]] = field(default_factory=list)

    def add(self, x_m: NDArray[np.float64], y_m: NDArray[np.float64]) -> NDArray[np.int64]:
        """Takes in a path by its samples; 1 where somebody walks, else 0."""
        speed = np.hypot(*np.gradient(np.stack([x_m, y_m]), SAMPLE_S, axis=1))
        walks = (speed > WALKS_M_S).astype(np.int64)
        np.add.at(self.time_s, walks, SAMPLE_S)
        np.add.at(self.way_m, walks, SAMPLE_S * speed)
        np.add.at(self.spells, walks[1:][np.diff(walks) != 0], 1)
        lag = round(DRIFT_S / SAMPLE_S)
        stands = np.convolve(walks, np.ones(lag + 1), "valid") == 0
        self.drifts_m2.append(((x_m[lag:] - x_m[:-lag]) ** 2 + (y_m[lag:] - y_m[:-lag]) ** 2)[stands] / 2)
        return walks

    @property
    def spells_s(self) -> tuple[float, float]:
        standing_s, walking_s = (self.time_s / np.maximum(self.spells, 1)).tolist()
        return standing_s, walking_s

    @property
    def speeds_m_s(self) -> tuple[float, float]:
        standing, walking = (self.way_m / np.maximum(self.time_s, SAMPLE_S)).tolist()
        return standing, walking

    @property
    def standing_m(self) -> float:
        return max(LEAST_DRIFT_M, float(np.sqrt(np.concatenate(self.drifts_m2).mean() / DRIFT_S)))


def _probability(seconds: NDArray[np.float64]) -> Field:
    modes, rows, columns = seconds.shape
    reach = round(2 * BLUR_M / CELL_M)
    bell = np.exp(-0.5 * (np.arange(-reach, reach + 1) * CELL_M / BLUR_M) ** 2)
    taps = (bell / bell.sum()).astype(np.float32)
    spread, work = np.zeros((modes, rows, columns), np.float32), np.zeros((rows, columns), np.float32)
    for mode in range(modes):
        blur(seconds[mode].astype(np.float32), taps, taps, np.array([0, rows, 0, columns]), work, spread[mode])
    share = spread / np.maximum(spread.sum(axis=(1, 2), keepdims=True), 1e-9)
    return np.asarray((1 - LEAST) * share + LEAST / (rows * columns), np.float32)
