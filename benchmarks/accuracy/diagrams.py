"""Reliability diagrams: how often answers are right against how probable they were said to be, by kind of zone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.accuracy.methods import ENGINE, REFERENCE
from benchmarks.accuracy.metrics import KINDS
from benchmarks.accuracy.summary import Summary

SHOWN = (ENGINE, "grid", REFERENCE)
FEWEST = 20
"""A bin of fewer answers is no point."""


def write(summary: Summary, path: Path) -> None:
    """One picture with a diagram a kind, over all cells; the ending says which format."""
    import matplotlib as mpl

    mpl.use("Agg")
    # the same figures give the same bytes
    mpl.rcParams["svg.hashsalt"] = "aislewise"
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(2, len(KINDS), figsize=(9, 6), height_ratios=(3, 1), sharex=True, layout="constrained")
    for column, kind in enumerate(KINDS):
        _draw(axes[0][column], axes[1][column], summary, kind)
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
    plt.close(figure)


def _draw(above: Any, below: Any, summary: Summary, kind: str) -> None:
    above.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    for method in SHOWN:
        curve = summary.curve(method, kind)
        if curve is None:
            continue
        there = curve.count >= FEWEST
        stated, right = (part[there] / curve.count[there] for part in (curve.stated, curve.right))
        above.plot(stated, right, marker="o", markersize=4, label=f"{method} (calibration error {curve.error:.3f})")
        middles = (np.arange(len(curve.count)) + 0.5) / len(curve.count)
        below.plot(middles, curve.count / curve.count.sum(), drawstyle="steps-mid")
    above.set(title=f"{kind}s", ylabel="right", xlim=(0, 1), ylim=(0, 1))
    above.legend(loc="upper left", fontsize="small", frameon=False)
    below.set(xlabel="stated probability", ylabel="share of pings")
