"""Pauses and nearest shops, on walks and outlines drawn by hand."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from benchmarks.accuracy import nearest, pauses
from simulation.path import Path


def test_a_pause_is_found_where_somebody_stays() -> None:
    t_s = np.arange(0, 100, 5.0)
    x = np.where(t_s < 30, 0.2 * (t_s % 2), np.where(t_s < 60, t_s, 60.0))
    walk = Path(t_s, x, np.zeros(len(t_s)), np.zeros(len(t_s), np.int16))
    found = list(pauses.of(walk))
    assert [one.x_m for one in found] == pytest.approx([0.1, 60.0], abs=0.1)


def test_a_change_of_floor_ends_a_pause() -> None:
    t_s = np.arange(0, 30, 5.0)
    walk = Path(t_s, np.zeros(6), np.zeros(6), np.array([0, 0, 0, 1, 1, 1], np.int16))
    assert list(pauses.of(walk)) == []


def test_a_shop_reaches_into_the_corridor_up_to_the_middle() -> None:
    left, right = shapely.box(0, 0, 10, 10), shapely.box(14, 0, 24, 10)
    one, other = nearest.reaching([left, right], 5.0)
    assert one.covers(shapely.Point(11.5, 5))
    assert other.covers(shapely.Point(12.5, 5))
    assert one.intersection(other).area == pytest.approx(0.0, abs=1e-9)
    assert not one.covers(shapely.Point(5, 16))
