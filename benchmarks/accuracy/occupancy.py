"""Where people stand and where they walk: seconds by cell, over many paths."""

from __future__ import annotations

from collections.abc import Iterable

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
BLUR_M = 0.5
LEAST = 0.02
"""Of the probability is anywhere: where nobody was on those days somebody may be on this one."""


def of(chart: Chart, paths: Iterable[Path]) -> Maps:
    lattices = [Lattice.of(chart, level) for level in range(len(chart.floors))]
    seconds = [np.zeros((2, *lattice.free.shape)) for lattice in lattices]
    spells = np.zeros((2, 2))
    for path in paths:
        t_s = np.arange(path.enters_s, path.leaves_s, SAMPLE_S)
        x, y, floor = path.at(t_s)
        walks = (np.hypot(*np.gradient(np.stack([x, y]), SAMPLE_S, axis=1)) > WALKS_M_S).astype(int)
        for floor_seconds, lattice, floor_number in zip(seconds, lattices, chart.floors, strict=True):
            here = floor == floor_number
            column, row = (cell.astype(int) for cell in lattice.cells(x[here], y[here]))
            np.add.at(floor_seconds, (walks[here], row, column), SAMPLE_S)
        np.add.at(spells[0], walks, SAMPLE_S)
        np.add.at(spells[1], walks[1:][np.diff(walks) != 0], 1)
    standing_s, walking_s = spells[0] / np.maximum(spells[1], 1)
    return Maps([_probability(one) for one in seconds], float(standing_s), float(walking_s))


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
