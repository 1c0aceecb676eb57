"""The accuracy benchmark's figures on cases small enough to count by hand."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.accuracy import engine, metrics, polygon
from benchmarks.accuracy.case import Case
from tests.benchmarks.toy import case


@pytest.fixture
def crossing() -> Case:
    """From display a over to display b; one ping reports the wrong side, one comes late, one is a copy."""
    pings = [
        ("p", 0, 3, 3, "left", "a"),
        ("p", 10, 11, 3, "left", None),
        ("p", 20, 9, 5, "left", None),
        ("p", 12, 3, 3, "left", None),
        ("p", 20, 9, 5, "left", None),
        ("p", 30, 17, 3, "right", "b"),
    ]
    spent = {("p", "department", "left"): 25.0, ("p", "department", "right"): 5.0, ("p", "display", "a"): 5.0}
    return case(pings, spent)


def test_late_pings_and_copies_are_no_one_s_answers(crossing: Case) -> None:
    assert [track.t_s.tolist() for track in crossing.tracks] == [[0, 10, 20, 30]]


def test_point_in_polygon_is_counted_as_by_hand(crossing: Case) -> None:
    found = metrics.figures(crossing, polygon.answer(crossing))
    assert found["department.accuracy"] == 0.75
    # left-right-left-right where there was one true change
    assert found["department.switches"] == 3.0
    # left 15 of 25, right 15 of 5: 20 s over two true zones
    assert found["department.live_error_s"] == pytest.approx(10.0)
    # a 5 of 5, b 5 of 0: 5 s over one true zone
    assert found["display.live_error_s"] == pytest.approx(5.0)
    # left and right are said to be visited, left alone was for 10 s
    assert found["department.f1"] == pytest.approx(2 / 3)
    assert np.isnan(found["department.coverage"])


def test_a_silence_begins_another_visit_and_its_seconds_are_nobody_s() -> None:
    pings = [("p", t, 3, 3, "left", "a") for t in (0, 10, 400, 410)]
    quiet = case(pings, {("p", "department", "left"): 20.0, ("p", "display", "a"): 20.0})
    assert [track.t_s.tolist() for track in quiet.tracks] == [[0, 10], [400, 410]]
    assert metrics.figures(quiet, polygon.answer(quiet))["department.live_error_s"] == pytest.approx(0.0)


def test_checkout_is_no_department() -> None:
    at_till = case([("p", 0, 9, 1, None, None), ("p", 2, 9, 1, None, None)], {})
    assert metrics.figures(at_till, polygon.answer(at_till))["department.accuracy"] == 1.0


def test_intervals() -> None:
    true, lower, upper = np.array([[10.0, 0.0, 4.0]]), np.array([[8.0, 0.0, 5.0]]), np.array([[12.0, 0.0, 6.0]])
    # the zone that nobody was in or said to be in does not count
    assert metrics.coverage(true, lower, upper) == 0.5
    # widths 4 and 1, one miss by 1 second at 20 a second, two true zones
    assert metrics.interval_score(true, lower, upper) == pytest.approx((4 + 1 + 20) / 2)


def test_calibration_error_is_the_gap_between_what_is_said_and_what_holds(crossing: Case) -> None:
    answers = polygon.answer(crossing)
    answers.department_p = np.array([0.95, 0.95, 0.55, 0.55])
    curve = metrics.reliability(crossing, answers, "department")
    assert curve is not None
    # .95: one of two right; .55: two of two right
    assert curve.error == pytest.approx((abs(1.9 - 1) + abs(1.1 - 2)) / 4)


def test_the_engine_answers_each_ping(crossing: Case) -> None:
    answers = engine.answer(crossing)
    assert len(answers.department) == 4
    assert answers.department_p is not None
    assert np.all((answers.department_p >= 0) & (answers.department_p <= 1))
    assert answers.smoothed_s is not None
    assert answers.smoothed_s[0, : crossing.chart.departments].sum() == pytest.approx(30.0, abs=4.0)
