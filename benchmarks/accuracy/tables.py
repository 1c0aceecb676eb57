"""The benchmark's tables as text, and all figures as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from benchmarks.accuracy import closing
from benchmarks.accuracy.asis import Finding
from benchmarks.accuracy.cells import Cell
from benchmarks.accuracy.metrics import KINDS
from benchmarks.accuracy.summary import Summary

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
    for line in closing.lines(summary):
        print(line)


def show_findings(found: Sequence[Finding]) -> None:
    """Prints what came of real positions as they are."""
    for one in found:
        print(f"{one.what}: {one.share:.1%} of {one.of:,}")


def as_json(summary: Summary, found: Sequence[Finding]) -> dict[str, Any]:
    """One object a run; NaN is null."""
    return {"runs": list(_runs(summary)), "real": [one._asdict() for one in found]}


def _runs(summary: Summary) -> Iterator[dict[str, Any]]:
    yield from (
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
    )


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
