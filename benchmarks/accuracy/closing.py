"""What the grid comes to, in sentences: the way to the reference, switches, honesty, and where the engine is behind."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.accuracy import methods
from benchmarks.accuracy.cells import Cell
from benchmarks.accuracy.methods import ENGINE, FLOOR, REFERENCE
from benchmarks.accuracy.metrics import KINDS
from benchmarks.accuracy.summary import AIM, WAYS, Summary

RIVAL = "grid"
"""Whose intervals the engine's are measured against."""
MOST_SWITCHES = 1.3
LEAST_COVERED, MOST_COVERED = 0.87, 0.93
_CALLED = {"accuracy": "right", "live_error_s": "live s", "smoothed_error_s": "smooth s"}


def lines(summary: Summary) -> Iterator[str]:
    if {FLOOR, REFERENCE, ENGINE} <= set(summary.methods):
        yield from _ways(summary)
    if ENGINE in summary.methods:
        yield from _switches(summary)
        yield from _honesty(summary)
        if RIVAL in summary.methods:
            yield from _intervals(summary)
        yield from _behind(summary)


def _ways(summary: Summary) -> Iterator[str]:
    yield f"of the way from {FLOOR} to {REFERENCE}, all cells (least cell):"
    for kind in KINDS:
        parts = [_way(summary, kind, figure) for figure in WAYS]
        yield f"  {kind} (aim {AIM[kind]:.0%}): {'; '.join(parts)}"


def _way(summary: Summary, kind: str, figure: str) -> str:
    """A cell in which the reference is not ahead has no way to go: such cells are counted."""
    ways = {
        cell: summary.way(kind, figure, cells=[cell]) for cell in summary.cells if summary.leads(cell, kind, figure)
    }
    none = len(summary.cells) - len(ways)
    said = f"{_CALLED[figure]} {summary.way(kind, figure):.0%}"
    if ways:
        least = min(ways, key=lambda cell: ways[cell])
        said += f" ({ways[least]:.0%} in {least.name})"
    return said + (f", {REFERENCE} not ahead in {none}" if none else "")


def _honesty(summary: Summary) -> Iterator[str]:
    for kind in KINDS:
        curve = summary.curve(ENGINE, kind)
        covers = [summary.spread(cell, ENGINE, f"{kind}.coverage").mean for cell in summary.cells]
        error = f"{curve.error:.3f}" if curve else "–"
        outside = sum(not LEAST_COVERED <= one <= MOST_COVERED for one in covers)
        yield (
            f"engine, {kind}: calibration error {error} over all cells; 90 % intervals cover {min(covers):.1%} to "
            f"{max(covers):.1%}, outside 87–93 % in {outside} of {len(covers)} cells"
        )


def _intervals(summary: Summary) -> Iterator[str]:
    """The interval score counts width and misses at once: equal coverage is in it."""
    for kind in KINDS:
        scores = {
            cell.name: [_mean(summary, cell, name, kind, "interval_score") for name in (ENGINE, RIVAL)]
            for cell in summary.cells
        }
        wider = [name for name, (ours, theirs) in scores.items() if not ours < theirs]
        among = f": {'; '.join(wider)}" if wider else ""
        yield f"engine, {kind}: interval score not below that of the {RIVAL} smoother in {len(wider)} cells{among}"


def _switches(summary: Summary) -> Iterator[str]:
    for kind in KINDS:
        ratios = {cell.name: _mean(summary, cell, ENGINE, kind, "switches") for cell in summary.cells}
        worst = max(ratios, key=lambda name: ratios[name])
        over = sum(one > MOST_SWITCHES for one in ratios.values())
        most = f"{ratios[worst]:.2f} switches a true one in {worst}"
        yield f"engine, {kind}: {most}; above {MOST_SWITCHES} in {over} of {len(ratios)} cells"


def _mean(summary: Summary, cell: Cell, method: str, kind: str, figure: str) -> float:
    return summary.spread(cell, method, f"{kind}.{figure}").mean


def _behind(summary: Summary) -> Iterator[str]:
    causal = [name for name, module in methods.ALL.items() if module.causal]
    lags = list(summary.lags(causal))
    yield f"engine behind a causal baseline: {len(lags)} of {len(summary.cells) * 4} figures"
    for lag in lags:
        yield f"  {lag.cell.name}, {lag.figure}: {lag.engine:.3f}, {lag.method} {lag.ahead:.3f}"
