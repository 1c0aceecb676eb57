"""What the accuracy benchmark makes of its runs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from benchmarks.accuracy import closing, metrics
from benchmarks.accuracy.cells import Cell
from benchmarks.accuracy.metrics import KINDS, Reliability
from benchmarks.accuracy.runs import Run
from benchmarks.accuracy.summary import Summary

HERE, THERE = Cell("open", 2.0, 2.0, 5), Cell("open", 3.0, 2.0, 5)


def ran(cell: Cell, method: str, seed: int, accuracy: float, live_error_s: float, **more: float) -> Run:
    figures: Mapping[str, float] = {
        "accuracy": accuracy,
        "live_error_s": live_error_s,
        "smoothed_error_s": np.nan,
        "switches": 1.0,
        "f1": 1.0,
        "coverage": np.nan,
        "interval_score": np.nan,
        "ece": np.nan,
    }
    by_kind = {f"{kind}.{name}": value for kind in KINDS for name, value in (figures | more).items()}
    one = Reliability(np.ones(metrics.BINS), np.full(metrics.BINS, 0.5), np.full(metrics.BINS, 0.4))
    return Run(cell, method, seed, by_kind, dict.fromkeys(KINDS, one), 0.0)


@pytest.fixture
def summary() -> Summary:
    """In one cell the engine is most of the way, in the other a baseline is ahead."""
    return Summary(
        [
            ran(HERE, "point in polygon", 1, 0.7, 20.0),
            ran(HERE, "hysteresis", 1, 0.75, 18.0),
            ran(HERE, "engine", 1, 0.85, 12.0, smoothed_error_s=10.0, coverage=0.9, interval_score=50.0),
            ran(HERE, "engine", 2, 0.87, 12.0, smoothed_error_s=10.0, coverage=0.9, interval_score=50.0),
            ran(HERE, "informed", 1, 0.9, 10.0, smoothed_error_s=8.0),
            ran(THERE, "point in polygon", 1, 0.6, 30.0),
            ran(THERE, "hysteresis", 1, 0.8, 20.0),
            ran(THERE, "engine", 1, 0.7, 15.0, smoothed_error_s=14.0, coverage=0.8, interval_score=60.0),
            ran(THERE, "informed", 1, 0.9, 10.0, smoothed_error_s=8.0),
        ]
    )


def test_the_spread_is_over_seeds(summary: Summary) -> None:
    spread = summary.spread(HERE, "engine", "department.accuracy")
    assert spread.mean == pytest.approx(0.86)
    assert spread.sd == pytest.approx(0.01 * np.sqrt(2))
    assert np.isnan(summary.spread(THERE, "engine", "department.accuracy").sd)


def test_the_way_is_a_ratio_of_sums(summary: Summary) -> None:
    assert summary.way("department", "accuracy", cells=[HERE]) == pytest.approx(0.16 / 0.2)
    assert summary.way("department", "accuracy") == pytest.approx((0.16 + 0.1) / (0.2 + 0.3))
    # what has nothing smoothed stands with its live seconds
    assert summary.way("display", "smoothed_error_s", cells=[HERE]) == pytest.approx(10 / 12)


def test_where_a_causal_baseline_is_ahead_is_named(summary: Summary) -> None:
    lags = list(summary.lags(["point in polygon", "hysteresis", "engine", "informed"]))
    assert {(lag.cell, lag.figure, lag.method) for lag in lags} == {
        (THERE, "department.accuracy", "hysteresis"),
        (THERE, "display.accuracy", "hysteresis"),
    }


def test_the_closing_says_what_is_missed(summary: Summary) -> None:
    said = "\n".join(closing.lines(summary))
    assert "department (aim 90%): right 52% (33% in open, 3 m, 2 s)" in said
    assert "engine, display: calibration error 0.100 over all cells" in said
    assert "outside 87–93 % in 1 of 2 cells" in said
    assert "engine behind a causal baseline: 2 of 8 figures" in said
    assert "  open, 3 m, 2 s, display.accuracy: 0.700, hysteresis 0.800" in said
