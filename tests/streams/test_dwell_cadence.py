"""One path, heard of every second or once a minute: the same dwell, within what each says of itself."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from streams.dwell.results import Z_90
from tests.streams.toy import T0, Ping, Visit, only_visit

CADENCES = [1, 2, 5, 10, 30, 60]
STOPS = [(10, 3, 150), (10, 10, 240), (17, 17, 90), (28, 10, 300), (26, 3, 180), (10, 10, 120)]
"""x, y and seconds: near the door, the boots, their department, the books, its corner, the boots again."""
SPEED_M_S = 1.0


def path() -> list[tuple[float, float]]:
    """Where somebody is, ten times a second."""
    places: list[tuple[float, float]] = []
    for (x0, y0, stay_s), (x1, y1, _) in pairwise([*STOPS, (0, 0, 0)]):
        places += [(x0, y0)] * (10 * stay_s)
        steps = round(10 * math.hypot(x1 - x0, y1 - y0) / SPEED_M_S)
        if (x1, y1) != (0, 0):
            places += [(x0 + (x1 - x0) * i / steps, y0 + (y1 - y0) * i / steps) for i in range(steps)]
    return places


PATH = path()


BOXES = {"shoes": (0, 0, 20, 20), "books": (20, 0, 40, 20), "boots": (6, 6, 14, 14)}


def true_s(visit: Visit, name: str) -> float:
    """Seconds in a zone between the visit's first and last ping: of no others can a cadence know."""
    left, low, right, high = BOXES[name]
    places = PATH[(visit.first - T0) // 100 : (visit.last - T0) // 100]
    return sum(left <= x < right and low <= y < high for x, y in places) / 10


def seen(every: int, sigma: float, seed: int, phase: int = 0) -> Visit:
    """The visit as one who pings so often; the error of fixes is white, or there is none."""
    rng = np.random.default_rng(seed)
    rows = range(phase, len(PATH), 10 * every)
    errors = rng.normal(0, sigma, (len(rows), 2)) * (seed > 0)
    return only_visit(
        [
            Ping(1, row / 10, PATH[row][0] + dx, PATH[row][1] + dy, sigma)
            for row, (dx, dy) in zip(rows, errors.tolist(), strict=True)
        ]
    )


def interval(visit: Visit, name: str) -> tuple[float, float]:
    zone = visit.zones[name]
    half_s = Z_90 * math.sqrt(zone.variance)
    return zone.dwell_s - half_s, zone.dwell_s + half_s


@pytest.mark.parametrize("every", CADENCES)
@pytest.mark.parametrize("sigma", [0.3, 1.0])
def test_an_exact_path_has_its_dwell_within_the_stated_interval(every: int, sigma: float) -> None:
    visit = seen(every, sigma, 0)
    for name in BOXES:
        low_s, high_s = interval(visit, name)
        assert low_s - 1 <= true_s(visit, name) <= high_s + 1, name


@pytest.mark.parametrize("every", CADENCES)
def test_the_stated_interval_holds_nine_times_in_ten_or_more(every: int) -> None:
    """Over paths that begin anywhere between two pings, with errors of a metre and a half."""
    held, count = 0, 0
    for seed in range(1, 21):
        visit = seen(every, 1.5, seed, phase=(seed * 10 * every) // 21)
        for name in BOXES:
            low_s, high_s = interval(visit, name)
            held += low_s <= true_s(visit, name) <= high_s
            count += 1
    assert held >= 0.85 * count


@pytest.mark.parametrize("sigma", [0.3, 1.5])
def test_every_cadence_tells_the_same_of_one_path(sigma: float) -> None:
    """Any two of them agree within both their intervals."""
    visits = {every: seen(every, sigma, 5) for every in CADENCES}
    for one, other in pairwise(CADENCES):
        for name in BOXES:
            (low, high), (least, most) = (interval(visits[every], name) for every in (one, other))
            slack_s = 2 + other / 2  # the visit begins and ends between pings
            assert low - slack_s <= most, (one, other, name)
            assert least - slack_s <= high, (one, other, name)


@pytest.mark.parametrize("every", CADENCES)
def test_live_seconds_of_a_department_differ_by_no_more_than_a_few_pings(every: int) -> None:
    visit = seen(every, 0.3, 7)
    for name in ("shoes", "books"):
        assert visit.zones[name].live_s == pytest.approx(true_s(visit, name), abs=6 + 2 * every)


def test_a_cadence_that_changes_on_the_way_is_one_visit_with_the_same_dwell() -> None:
    """A phone that falls asleep pings less often, and catches up in a burst."""
    rows, row = [], 0
    for every, seconds in ((1, 200), (60, 300), (5, 100), (30, 300), (0.1, 20), (2, 1e9)):
        stop = min(row + 10 * seconds, len(PATH))
        while row < stop:
            rows.append(row)
            row += round(10 * every)
    visit = only_visit([Ping(1, row / 10, *PATH[row], 0.5) for row in rows])
    for name in BOXES:
        low_s, high_s = interval(visit, name)
        assert low_s - 2 <= true_s(visit, name) <= high_s + 2, name
