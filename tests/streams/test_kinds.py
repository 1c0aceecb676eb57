"""Staff and things are told from shoppers by where they have been, the surer the longer they are there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from models.visits import LEAST_SHOPPER_P
from streams.dwell.kinds import KINDS, probabilities
from streams.dwell.results import visits_table
from streams.dwell.trail import SUMS
from tests.streams.toy import Ping, Run, batch, standing

DOORWAY, TILL, OFFICE, BOOTS = (2.0, 2.0), (35.0, 3.0), (37.0, 17.0), (10.0, 10.0)
Place = tuple[float, float]


def heard(stays: list[tuple[Place, float]], sigma: float = 2.0, every: float = 5.0, seed: int = 1) -> list[Ping]:
    """A phone at these places for so many seconds each, errors alike for 20 s, ways between at 1 m/s."""
    rng, pings, at = np.random.default_rng(seed), [], 0.0
    kept, error = np.exp(-every / 20), rng.normal(0, sigma, 2)
    here = stays[0][0]
    for there, seconds in stays:
        way_s = float(np.hypot(there[0] - here[0], there[1] - here[1]))
        for passed in np.arange(0, way_s + seconds, every):
            share = min(1.0, passed / way_s) if way_s else 1.0
            x, y = (a + share * (b - a) for a, b in zip(here, there, strict=True))
            error = kept * error + np.sqrt(1 - kept**2) * rng.normal(0, sigma, 2)
            pings.append(Ping(1, at, x + error[0], y + error[1], sigma))
            at += every
        here = there
    return pings


def kind(pings: list[Ping]) -> tuple[str, float]:
    """The likeliest kind, and the probability that it is no shopper."""
    row, p = _judged(pings)
    return row["kind"], 1 - p[0]


def _judged(pings: list[Ping]) -> tuple[dict[str, Any], list[float]]:
    done = Run()
    answers = _end(done, pings)
    (row,) = visits_table(done.engine, "S1", answers, str).to_pylist()
    visits = answers.visits
    p = probabilities(visits["sums"], (visits["last"] - visits["first"]) / 1000)[0].tolist()
    assert row["kind_p"] == max(p)
    return row, p


def _end(done: Run, pings: list[Ping]) -> Any:
    done.engine.push(batch(pings))
    return done.engine.finish()


def shopping(stops: int = 12, seconds: float = 60.0, seed: int = 1) -> list[tuple[Place, float]]:
    rng = np.random.default_rng(seed)
    places = [(float(x), float(y)) for x, y in zip(rng.uniform(2, 32, stops), rng.uniform(6, 18, stops), strict=True)]
    return [(DOORWAY, 5), *((place, seconds) for place in places), (TILL, 120), (DOORWAY, 5)]


@pytest.mark.parametrize("sigma", [0.5, 2.0, 5.0])
@pytest.mark.parametrize("every", [1.0, 5.0, 60.0])
def test_a_shopper_is_one_at_any_cadence(sigma: float, every: float) -> None:
    name, p = kind(heard(shopping(), sigma, every))
    assert name == "shopper"
    assert p < 0.3


@pytest.mark.parametrize("sigma", [0.5, 2.0, 5.0])
@pytest.mark.parametrize("every", [2.0, 60.0])
def test_what_does_not_move_for_an_hour_is_a_thing(sigma: float, every: float) -> None:
    name, p = kind(heard([(BOOTS, 3600)], sigma, every))
    assert name == "fixed"
    assert p > 0.9


@pytest.mark.parametrize("sigma", [0.5, 2.0, 4.0])
def test_whoever_is_behind_a_till_for_two_hours_is_staff(sigma: float) -> None:
    name, p = kind(heard([(OFFICE, 300), (TILL, 7200), (OFFICE, 300)], sigma))
    assert name == "staff"
    assert p > 0.9


def test_whoever_fills_shelves_all_morning_is_staff() -> None:
    name, p = kind(heard([(OFFICE, 900), *shopping(40, 300.0)[1:41], (OFFICE, 900)]))
    assert name == "staff"
    assert p > 0.9


def test_minutes_tell_nothing_and_evidence_grows() -> None:
    work = heard([(OFFICE, 60), *shopping(40, 300.0)[1:41]])
    staff = [_judged(work[:count])[1][1] for count in (24, 360, 1800)]
    assert staff[0] < 0.5 < staff[2]
    assert staff == sorted(staff)


def test_a_long_visit_alone_is_no_proof() -> None:
    """Two hours in a shop are rare, not impossible: no prompt is held back for them."""
    assert kind(heard(shopping(30, 240.0)))[1] < 1 - LEAST_SHOPPER_P


def test_probabilities_are_some() -> None:
    done = Run().push(heard(shopping()))
    p = probabilities(done.engine.phone(0)["trail"]["sums"][None], np.array([600.0]))
    assert p.shape == (1, len(KINDS))
    assert p.sum() == pytest.approx(1.0)
    nothing = np.zeros(1, done.engine.phone(0)["trail"]["sums"].dtype)
    assert probabilities(nothing, np.zeros(1))[0, 0] == pytest.approx(0.93, abs=0.01)


def test_a_phone_that_changes_its_pseudonym_is_two_visits() -> None:
    """The second begins where and when the first ends: nothing says that it is the same, so nobody says so."""
    walk = heard(shopping())
    half = len(walk) // 2
    pings = walk[:half] + [ping._replace(phone=2) for ping in walk[half:]]
    done = Run()
    rows = visits_table(done.engine, "S1", _end(done, pings), str).to_pylist()
    assert [row["device_id"] for row in rows] == ["1", "2"]
    assert len({row["visit_id"] for row in rows}) == 2
    assert [row["pings"] for row in rows] == [half, len(walk) - half]
    assert [row["group_id"] for row in rows] == [None, None]


def test_standing_is_not_being_a_thing_yet() -> None:
    assert kind(standing(*BOOTS, 0, 180))[0] == "shopper"


def test_a_visit_alone_is_judged_as_among_others_to_the_bit() -> None:
    """Worker and replay list visits in batches of different sizes."""
    rng = np.random.default_rng(0)
    sums = np.zeros(500, SUMS)
    sums["places"] = rng.integers(0, 600, len(sums))
    for name in ("staff", "till", "moves"):
        sums[name] = rng.binomial(sums["places"], 0.2)
    sums["noise"], sums["began"] = sums["places"] * rng.uniform(0, 9, len(sums)), rng.integers(0, 16, len(sums))
    seconds = sums["places"] * 20.0 + rng.uniform(0, 20, len(sums))
    among = probabilities(sums, seconds)
    alone = [probabilities(sums[i : i + 1], seconds[i : i + 1])[0] for i in range(len(sums))]
    assert np.array_equal(among, np.array(alone))
