"""The benchmark's tables as text, and all figures as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np

from benchmarks.accuracy import methods
from benchmarks.accuracy.cells import Cell
from benchmarks.accuracy.methods import ENGINE, FLOOR, REFERENCE
from benchmarks.accuracy.metrics import KINDS
from benchmarks.accuracy.summary import AIM, WAYS, Summary

COLUMNS = {
    "accuracy": ("right", 3),
    "live_error_s": ("live s", 1),
    "smoothed_error_s": ("smooth s", 1),
    "switches": ("switches", 2),
    "f1": ("F1", 2),
    "coverage": ("covers", 3),
    "interval_score": ("interval", 0),
    "ece": ("ECE", 3),
}
"""A figure's heading and digits."""


def show(summary: Summary) -> None:
    """Prints a table per cell, then the summary."""
    for cell in summary.cells:
        print(f"\n{cell.name}: mean ± standard deviation over {_seeds(summary, cell)} seeds")
        _print(_cell_rows(summary, cell))
    print()
    for line in _closing(summary):
        print(line)


def as_json(summary: Summary) -> list[dict[str, Any]]:
    """One object a run; NaN is null."""
    return [
        {
            **asdict(run.cell),
            "cell": run.cell.name,
            "method": run.method,
            "seed": run.seed,
            "took_s": run.took_s,
            "figures": {name: None if np.isnan(value) else value for name, value in run.figures.items()},
            "reliability": {
                kind: {part: values.tolist() for part, values in vars(curve).items()}
                for kind, curve in run.reliability.items()
            },
        }
        for run in summary.runs
    ]


def _seeds(summary: Summary, cell: Cell) -> int:
    return len({run.seed for run in summary.runs if run.cell == cell})


def _cell_rows(summary: Summary, cell: Cell) -> Iterator[list[str]]:
    for kind in KINDS:
        yield [kind, *(heading for heading, _ in COLUMNS.values())]
        for method in summary.methods:
            figures = (
                (summary.spread(cell, method, f"{kind}.{name}"), digits) for name, (_, digits) in COLUMNS.items()
            )
            yield [f"  {method}", *(_text(one.mean, one.sd, digits) for one, digits in figures)]


def _text(mean: float, sd: float, digits: int) -> str:
    if np.isnan(mean):
        return "–"
    return f"{mean:.{digits}f}" + ("" if np.isnan(sd) else f" ± {sd:.{digits}f}")


def _print(rows: Iterator[list[str]]) -> None:
    lines = list(rows)
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    for line in lines:
        print(line[0].ljust(widths[0]), *(text.rjust(width) for text, width in zip(line[1:], widths[1:], strict=True)))


def _closing(summary: Summary) -> Iterator[str]:
    if {FLOOR, REFERENCE, ENGINE} <= set(summary.methods):
        yield from _ways(summary)
    if ENGINE in summary.methods:
        yield from _honesty(summary)
        yield from _behind(summary)


def _ways(summary: Summary) -> Iterator[str]:
    yield f"of the way from {FLOOR} to {REFERENCE}, all cells (least cell):"
    for kind in KINDS:
        parts = []
        for figure in WAYS:
            least = min(summary.cells, key=lambda cell: summary.way(kind, figure, cells=[cell]))
            share, lowest = summary.way(kind, figure), summary.way(kind, figure, cells=[least])
            parts.append(f"{COLUMNS[figure][0]} {share:.0%} ({lowest:.0%} in {least.name})")
        yield f"  {kind} (aim {AIM[kind]:.0%}): {'; '.join(parts)}"


def _honesty(summary: Summary) -> Iterator[str]:
    for kind in KINDS:
        curve = summary.curve(ENGINE, kind)
        covers = [summary.spread(cell, ENGINE, f"{kind}.coverage").mean for cell in summary.cells]
        error = f"{curve.error:.3f}" if curve else "–"
        outside = sum(not 0.87 <= one <= 0.93 for one in covers)
        yield (
            f"engine, {kind}: calibration error {error} over all cells; 90 % intervals cover {min(covers):.1%} to "
            f"{max(covers):.1%}, outside 87–93 % in {outside} of {len(covers)} cells"
        )


def _behind(summary: Summary) -> Iterator[str]:
    causal = [name for name, module in methods.ALL.items() if module.causal]
    lags = list(summary.lags(causal))
    yield f"engine behind a causal baseline: {len(lags)} of {len(summary.cells) * 4} figures"
    for lag in lags:
        yield f"  {lag.cell.name}, {lag.figure}: {lag.engine:.3f}, {lag.method} {lag.ahead:.3f}"
