"""Every method of the accuracy benchmark, on a walk without doubt: the same contract for all."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.accuracy import methods, metrics, observed, occupancy, simulated
from benchmarks.accuracy.answers import Method
from benchmarks.accuracy.case import Case
from benchmarks.accuracy.cells import Cell
from benchmarks.accuracy.chart import Chart
from benchmarks.accuracy.hysteresis import held
from benchmarks.accuracy.lattice import Lattice
from simulation.day import Day
from simulation.store import Store
from tests.benchmarks.toy import PLAN, Ping, case

THERE = [method for method in methods.ALL.values() if method.is_there]
TOLD = methods.ALL[methods.REFERENCE]


def standing() -> Case:
    """A minute at display a, then a minute at display b."""
    at_a: list[Ping] = [("p", t, 3.0, 3.0, "left", "a") for t in range(0, 60, 2)]
    at_b: list[Ping] = [("p", t, 17.0, 3.0, "right", "b") for t in range(76, 136, 2)]
    spent = {
        ("p", "department", "left"): 67.0,
        ("p", "department", "right"): 67.0,
        ("p", "display", "a"): 60.0,
        ("p", "display", "b"): 60.0,
    }
    return case(at_a + at_b, spent)


@pytest.fixture(scope="module")
def day() -> Case:
    """A few shoppers in the layout that is turned against its plan."""
    return Case.of(simulated.scenario(Cell("open", 1.0, 5.0, 3), 1))


@pytest.mark.filterwarnings("ignore::Warning")
@pytest.mark.parametrize("method", [one for one in THERE if one is not TOLD], ids=lambda one: one.name)
def test_who_stands_still_is_found_where_they_stand(method: Method) -> None:
    answers = method.answer(standing())
    right = metrics.figures(standing(), answers)
    assert right["department.accuracy"] >= 0.95
    assert right["display.accuracy"] >= 0.9
    assert right["department.live_error_s"] < 10
    assert right["display.live_error_s"] < 25


@pytest.mark.filterwarnings("ignore::Warning")
@pytest.mark.parametrize("method", THERE, ids=lambda one: one.name)
def test_answers_are_in_the_plan_s_codes_and_seconds_in_the_visit(method: Method, day: Case) -> None:
    answers = method.answer(day)
    split = day.chart.departments
    assert len(answers.department) == len(answers.display) == day.pings
    assert set(np.unique(answers.department)) <= set(range(-1, split))
    assert set(np.unique(answers.display)) <= {-1, *range(split, len(day.chart.zones))}
    present_s = np.zeros(len(day.devices))
    np.add.at(present_s, [track.device for track in day.tracks], [track.t_s[-1] - track.t_s[0] for track in day.tracks])
    for seconds in (answers.live_s, answers.smoothed_s):
        if seconds is not None:
            assert np.all(seconds >= 0)
            assert np.all(seconds[:, :split].sum(axis=1) <= present_s + 1e-3)
    if answers.lower_s is not None and answers.upper_s is not None:
        assert np.all(answers.lower_s <= answers.upper_s)


def test_who_is_told_more_knows_more(day: Case) -> None:
    plain, told = (metrics.figures(day, methods.ALL[name].answer(day)) for name in ("grid", methods.REFERENCE))
    assert told["department.accuracy"] > plain["department.accuracy"]
    assert told["display.smoothed_error_s"] < plain["display.smoothed_error_s"]


def test_a_grid_s_cells_are_turned_as_the_plan_is(day: Case) -> None:
    cos, sin = Lattice.of(day.chart, 0).direction
    assert np.degrees(np.arctan2(sin, cos)) == pytest.approx(12.0, abs=0.5)


def test_each_part_of_a_zone_is_in_some_cell() -> None:
    toy = standing()
    lattice = Lattice.of(toy.chart, 0)
    area = np.bincount(lattice.zoned.zones, lattice.zoned.parts) * 0.25
    # 10 × 10 m, less the till's 2 × 2 in the left one
    assert {zone["properties"]["id"] for zone in PLAN["features"]} >= {"left", "till"}
    assert area == pytest.approx([96, 100, 16, 16], rel=0.03)


def test_a_map_says_where_people_stand() -> None:
    store = Store.build(1, "S1", layout="open")
    paths = Day(store, 1, observed.START_MS, 600.0, 5).paths[:-1]
    maps = occupancy.of(Chart.of(store.plan_geojson), paths)
    assert maps.by_level[0].sum(axis=(1, 2)) == pytest.approx([1, 1], rel=1e-3)
    assert maps.standing_s > maps.walking_s > 1
    standing, walking = maps.speeds_m_s
    assert standing < 0.3 < walking < 1.3


def test_hysteresis_waits_for_a_zone_to_hold() -> None:
    codes = np.array([0, 1, 0, 0, 1, 1, 1, 1], np.int32)
    assert held(codes, np.arange(0, 16, 2.0)).tolist() == [0, 0, 0, 0, 0, 0, 1, 1]
