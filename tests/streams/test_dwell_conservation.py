"""No second of a visit is lost or told twice, and no answer is anything but a number, on any plan and any pings."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.floorplan import FloorPlan
from models.plans import StorePlans
from streams.dwell.arrays import NOWHERE, Records
from streams.dwell.engine import Answers, Engine
from streams.dwell.results import dwells_table, visits_table
from tests.streams.drawing import plans, walks
from tests.streams.toy import PLANS, SILENCE_S, Ping, batch

some = settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
MS = 1.0001e-3


@st.composite
def visits_on_a_plan(draw: st.DrawFn) -> tuple[FloorPlan, list[Ping]]:
    plan = draw(plans())
    return plan, draw(walks(plan))


def assert_numbers(records: Records) -> None:
    for name in records.dtype.names or ():
        if records.dtype[name].kind == "f":
            assert np.isfinite(records[name]).all(), name


def assert_sound(engine: Engine, answers: Answers) -> None:
    """Every field of these answers."""
    for records in (answers.settled, answers.moments, answers.shares, answers.visits, answers.finished):
        assert_numbers(records)
    for kind in ("department", "display"):
        assert ((answers.settled[f"{kind}_p"] >= 0) & (answers.settled[f"{kind}_p"] <= 1)).all()
        codes = answers.settled[kind]
        assert {engine.codes[code].kind for code in codes[codes != NOWHERE].tolist()} <= {kind}
    for visit in answers.visits:
        cells = answers.finished[visit["start"] : visit["stop"]]
        presence_s = (visit["last"] - visit["first"]) / 1000
        assert len(np.unique(cells["zone"])) == len(cells)
        seconds: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
        for cell in cells:
            kind = "department" if cell["zone"] == NOWHERE else engine.codes[cell["zone"]].kind
            for i, name in enumerate(("live_s", "dwell_s")):
                assert 0 <= cell[name] <= presence_s + MS
                seconds[kind][i] += float(cell[name])
            assert cell["variance"] >= 0
            assert visit["first"] <= cell["first"] <= cell["last"] <= visit["last"]
        assert seconds["department"] == pytest.approx([presence_s, presence_s], abs=MS)
        assert max(seconds["display"]) <= presence_s + MS, "a place is at one display at most"


def assert_intervals(engine: Engine, answers: Answers) -> None:
    visits = visits_table(engine, "S1", answers, str).to_pylist()
    presence_s = {visit["visit_id"]: (visit["last_ts"] - visit["first_ts"]).total_seconds() for visit in visits}
    for row in dwells_table(engine, "S1", answers, str).to_pylist():
        assert 0 <= row["lower_s"] <= row["dwell_s"] <= row["upper_s"] <= presence_s[row["visit_id"]]
        assert row["first_ts"] <= row["last_ts"]


def assert_live(engine: Engine) -> None:
    slots = engine.slots()
    live = engine.live(slots)
    for column in (live.x, live.y, live.sd, live.seconds):
        assert np.isfinite(column).all()
    assert (live.sd > 0).all()
    for i, slot in enumerate(slots.tolist()):
        shares = slice(live.stops[i - 1] if i else 0, live.stops[i])
        presence_s = (int(engine.phone(slot)["newest"]) - int(live.first[i])) / 1000
        for kind in ("department", "display"):
            of_kind = [engine.codes[code].kind == kind for code in live.zones[shares].tolist()]
            assert live.seconds[shares][of_kind].sum() <= presence_s + MS


@some
@given(visits_on_a_plan(), st.integers(1, 40))
def test_seconds_over_departments_and_nowhere_sum_to_the_presence(
    drawn: tuple[FloorPlan, list[Ping]], at_once: int
) -> None:
    plan, pings = drawn
    engine = Engine(StorePlans.always(plan), SILENCE_S)
    settled = 0
    for start in range(0, len(pings), at_once):
        answers = engine.push(batch(pings[start : start + at_once]))
        assert answers.late == 0
        settled += len(answers.settled)
        assert_sound(engine, answers)
        assert_intervals(engine, answers)
        assert_live(engine)
        between = engine.close_due(engine.newest + round(SILENCE_S * 1000) + 3_000)
        assert_sound(engine, between)
        assert_intervals(engine, between)
    answers = engine.finish()
    assert_sound(engine, answers)
    assert_intervals(engine, answers)
    assert settled + len(answers.settled) == len({(ping.phone, ping.ts) for ping in pings})


@pytest.mark.parametrize(("every_ms", "hours"), [(2_003, 9), (61_007, 80), (250_001, 24 * 30)])
def test_no_millisecond_of_a_long_presence_is_lost(every_ms: int, hours: int) -> None:
    """A till or somebody of the staff is there all day, a beacon for good."""
    rng = np.random.default_rng(1)
    count = min(hours * 3_600_000 // every_ms, 20_000)
    at = np.arange(count) * every_ms / 1000
    places = rng.choice([(10.0, 10.0), (19.0, 3.0), (30.0, 10.0)], count) + rng.normal(0, 1, (count, 2))
    pings = [Ping(1, t, x, y, 1.0) for t, (x, y) in zip(at.tolist(), places.tolist(), strict=True)]
    engine = Engine(PLANS, SILENCE_S)
    assert_sound(engine, engine.push(batch(pings)))
    answers = engine.finish()
    assert answers.visits["pings"].tolist() == [count]
    assert_sound(engine, answers)
