"""Runs of methods on scenarios, in processes: one run is a cell of the grid, a method and a seed."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

from benchmarks.accuracy import methods, metrics, simulated, walks
from benchmarks.accuracy.case import Case
from benchmarks.accuracy.cells import Cell
from benchmarks.accuracy.metrics import KINDS, Figures, Reliability


@dataclass(frozen=True)
class Run:
    """What came of one method in one cell on one seed."""

    cell: Cell
    method: str
    seed: int
    figures: Figures
    reliability: dict[str, Reliability]
    took_s: float


def run_all(cells: Sequence[Cell], seeds: Sequence[int], names: Sequence[str], processes: int) -> Iterator[Run]:
    """In the order of cells and seeds, as they are done."""
    tasks = [(cell, seed) for cell in cells for seed in seeds]
    with ProcessPoolExecutor(processes) as pool:
        for runs in pool.map(partial(_run, names=tuple(names)), tasks):
            yield from runs


def _run(task: tuple[Cell, int], names: Sequence[str]) -> list[Run]:
    cell, seed = task
    made_by = walks.scenario if cell.layout == walks.LAYOUT else simulated.scenario
    case = Case.of(made_by(cell, seed))
    return [_one(case, cell, seed, name) for name in names]


def _one(case: Case, cell: Cell, seed: int, name: str) -> Run:
    before = time.process_time()
    answers = methods.ALL[name].answer(case)
    took_s = time.process_time() - before
    curves = {kind: metrics.reliability(case, answers, kind) for kind in KINDS}
    known = {kind: curve for kind, curve in curves.items() if curve}
    return Run(cell, name, seed, metrics.figures(case, answers), known, took_s)
