"""DESIGN §4, "Dwell, defined", word by word, in a store whose answers are known."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pytest

from models import floorplan
from models.plans import StorePlans
from streams.dwell.smoother import LAG_S, LAGS
from tests.streams.toy import (
    FEATURES,
    NAN,
    T0,
    Ping,
    Run,
    Settled,
    box,
    only_visit,
    plan_bytes,
    run,
    standing,
    store_plans,
)


@pytest.mark.parametrize("every", [1, 2, 5, 12, 60])
def test_standing_at_a_display_counts_for_it_and_for_its_department(every: int) -> None:
    visit = only_visit(standing(10, 10, 0, 60, every))
    for name in ("shoes", "boots"):
        zone = visit.zones[name]
        assert zone.live_s == pytest.approx(60, abs=1)
        # in a minute's silence somebody may have been elsewhere: then the interval says so
        assert zone.dwell_s == pytest.approx(60, abs=max(1, 2 * math.sqrt(zone.variance)))
        assert zone.dwell_s > 50


@pytest.mark.parametrize("sigma", [NAN, 0.05, 1.0, 2.0, 4.0])
def test_noise_of_any_sigma_changes_seconds_by_little(sigma: float) -> None:
    noise = np.random.default_rng(1).normal(0, 0 if sigma != sigma else sigma, (31, 2))
    pings = [Ping(1, 2 * i, 10 + dx, 10 + dy, sigma) for i, (dx, dy) in enumerate(noise.tolist())]
    visit = only_visit(pings)
    assert visit.zones["shoes"].dwell_s == pytest.approx(60, abs=3)
    assert visit.zones["boots"].dwell_s == pytest.approx(60, abs=15)


@pytest.mark.parametrize("every", [1, 2, 5, 12])
def test_a_position_waits_one_to_four_lags_for_what_corrects_it_however_often_pings_come(every: int) -> None:
    done = Run()
    for ping in standing(10, 10, 0, 120, every):
        done.push([ping])
        phone = done.engine.phone(0)
        if phone["walk"]["pings"] and phone["smoothed"] >= 0:
            walked_s = (phone["walk"]["last"] - phone["walk"]["first"]) / 1000
            assert LAG_S - every <= walked_s - phone["smoothed"] <= LAGS * LAG_S + every
    assert phone["smoothed"] > 0


def test_a_way_through_two_departments_is_cut_where_they_touch() -> None:
    visit = only_visit([Ping(1, t, 5 + t / 2, 10) for t in range(0, 61, 2)])  # x = 20 after 30 s
    for zone in ("shoes", "books"):
        assert visit.zones[zone].dwell_s == pytest.approx(30, abs=1.5)
        assert visit.zones[zone].live_s == pytest.approx(30, abs=5)
    assert visit.zones["shoes"].first == T0
    assert visit.zones["books"].last == T0 + 60_000
    assert {visit.zones["shoes"].last - T0, visit.zones["books"].first - T0} <= set(range(26_000, 34_001))


def test_every_ping_that_is_not_late_settles_once() -> None:
    done = run([*standing(10, 10, 0, 20), *standing(28, 10, 22, 40)])
    assert sorted(done.settled) == list(range(21))
    assert done.settled[5]._replace(department_p=1, display_p=1) == Settled("shoes", 1, "boots", 1)
    assert done.settled[18]._replace(department_p=1, display_p=1) == Settled("books", 1, None, 1)
    assert min(p for one in done.settled.values() for p in (one.department_p, one.display_p)) > 0.5


@pytest.mark.parametrize(
    ("x", "y", "floor"),
    [(35, 3, 0), (2, 2, 0), (37, 17, 0), (10, 10, 7), (-500, 10, 0), (10, 1e9, 0), (3e38, -3e38, 0), (45, 3, 0)],
)
def test_checkout_entrance_staff_other_floors_gaps_and_off_the_plan_are_null(x: float, y: float, floor: int) -> None:
    done = run(standing(x, y, 0, 60, floor=floor))
    assert {one.department for one in done.settled.values()} == {None}
    assert {one.display for one in done.settled.values()} == {None}
    assert done.visits[0].zones.keys() == {None}
    assert done.visits[0].zones[None].dwell_s == pytest.approx(60)


def test_the_same_place_on_another_floor_is_another_department() -> None:
    visit = only_visit(standing(10, 10, 0, 60, floor=1))
    assert visit.zones.keys() == {"attic"}


def test_a_display_outside_departments_has_time_of_its_own() -> None:
    visit = only_visit(standing(54, 10, 0, 60))
    assert visit.zones["lamps"].dwell_s == pytest.approx(60, abs=1)
    assert visit.zones[None].live_s == pytest.approx(60)


def test_an_outlier_is_answered_and_does_not_move_the_shopper() -> None:
    pings = standing(10, 10, 0, 60)
    pings[15] = pings[15]._replace(x=200.0, y=-90.0)
    done = run(pings)
    assert len(done.settled) == 31
    assert done.settled[15].department == "shoes"
    assert done.visits[0].zones["shoes"].dwell_s == pytest.approx(60, abs=2)


@pytest.mark.parametrize("sigma", [1e-30, 1e-300, 1e30, float("inf"), 0.0, -1.0])
def test_senseless_sigmas_do_no_harm(sigma: float) -> None:
    pings = [Ping(1, i / 1000, 10, 10, sigma) for i in range(30)] + standing(10, 10, 5, 65, sigma=1.0)
    visit = only_visit(pings)
    assert visit.zones["shoes"].dwell_s == pytest.approx(65, abs=3)


# late pings and copies


def test_more_than_three_seconds_behind_the_phones_newest_is_late() -> None:
    on_time = [*standing(10, 10, 0, 20), Ping(1, 17.0, 10, 10)]
    late = [*standing(10, 10, 0, 20), Ping(1, 16.999, 500, 500)]
    assert (run(on_time).late, run(on_time).visits[0].pings) == (0, 12)
    assert run(late).late == 1
    assert run(late).visits == run(standing(10, 10, 0, 20)).visits
    assert 11 not in run(late).settled


def test_more_than_thirty_minutes_behind_the_stores_newest_is_late() -> None:
    other = Ping(2, 1800, 10, 10)
    assert run([other, Ping(1, 0, 10, 10)]).late == 0
    done = run([other, Ping(1, -0.001, 10, 10)])
    assert (done.late, [visit.phone for visit in done.visits]) == (1, [2])


def test_a_copy_changes_nothing_while_it_waits_and_after() -> None:
    pings = standing(10, 10, 0, 20)
    copies = [*pings[:3], pings[2]._replace(x=30.0), *pings[3:], pings[9]._replace(y=99.0)]
    once, again = run(pings), run(copies)
    assert again.visits == once.visits
    assert (len(again.settled), again.late) == (11, 0)


# visits


def test_a_silence_of_300_s_ends_a_visit_and_less_is_bridged() -> None:
    bridged = run([*standing(10, 10, 0, 20), *standing(10, 10, 319.999, 339.999)])
    ended = run([*standing(10, 10, 0, 20), *standing(10, 10, 320, 340)])
    assert [(v.first - T0, v.last - T0, v.pings) for v in bridged.visits] == [(0, 339_999, 22)]
    assert [(v.first - T0, v.last - T0, v.pings) for v in ended.visits] == [(0, 20_000, 11), (320_000, 340_000, 11)]
    assert ended.visits[0].zones["shoes"].live_s == ended.visits[1].zones["shoes"].live_s == pytest.approx(20)


def test_a_visit_is_named_by_its_first_ping_to_arrive() -> None:
    done = run([Ping(1, 2, 10, 10), Ping(1, 0, 10, 10), *standing(10, 10, 4, 30)])
    assert [(visit.id_ts - T0, visit.first - T0) for visit in done.visits] == [(2_000, 0)]


def test_a_ping_that_joins_two_visits_leaves_the_earlier_id() -> None:
    joining = Run().push([*standing(10, 10, 0, 20), Ping(1, 321, 10, 10)])
    (slot,) = joining.engine.slots()
    assert joining.engine.live(np.array([slot])).id_ts.tolist() == [T0 + 321_000]
    joining.push([Ping(1, 319, 10, 10)])
    assert joining.engine.live(np.array([slot])).id_ts.tolist() == [T0]
    joining.finish()
    assert [(v.id_ts - T0, v.last - T0, v.pings) for v in joining.visits] == [(0, 321_000, 13)]


def test_a_visit_that_goes_on_after_it_was_listed_is_listed_again_with_more_pings() -> None:
    done = Run().push(standing(10, 10, 0, 20))
    due = T0 + 20_000 + 300_000 + 3_000
    done.keep(done.engine.close_due(due - 1))
    assert done.visits == []
    done.keep(done.engine.close_due(due))
    done.keep(done.engine.close_due(due + 60_000))
    assert [visit.pings for visit in done.visits] == [11]
    done.push(standing(10, 10, 200, 210)).finish()
    assert [(visit.id_ts - T0, visit.pings) for visit in done.visits] == [(0, 11), (0, 17)]
    assert list(done.held.values()) == run([*standing(10, 10, 0, 20), *standing(10, 10, 200, 210)]).visits


def test_a_visit_is_listed_in_its_own_time_when_the_next_one_has_only_begun() -> None:
    done = Run().push([*standing(10, 10, 0, 20), Ping(1, 330, 10, 10)])
    done.keep(done.engine.close_due(T0 + 330_000))
    assert [(visit.first - T0, visit.pings) for visit in done.visits] == [(0, 11)]
    assert done.engine.live(done.engine.slots()).goes_on.tolist() == [True]
    done.keep(done.engine.close_due(T0 + 632_999))
    assert len(done.visits) == 1
    done.keep(done.engine.close_due(T0 + 633_000))
    assert [(visit.first - T0, visit.pings) for visit in done.visits] == [(0, 11), (330_000, 1)]
    assert done.engine.live(done.engine.slots()).goes_on.tolist() == [False]
    done.finish()
    assert len(done.visits) == 2


def test_phones_that_can_only_be_late_are_forgotten() -> None:
    done = Run().push(standing(10, 10, 0, 20))
    done.push([Ping(2, 20 + 300 + 1803, 10, 10)])
    assert done.engine.drop_old().tolist() == []
    done.keep(done.engine.close_due(done.engine.newest))
    done.push([Ping(2, 20 + 300 + 1804, 10, 10)])
    assert done.engine.drop_old().tolist() == [1]
    assert [int(done.engine.phone(slot)["phone"]) for slot in done.engine.slots()] == [2]
    unshown = done.engine.unshown()
    assert sorted(unshown.tolist()) == [0, 1], "what is forgotten has yet to leave the board"
    assert done.engine.unshown().tolist() == []
    live = done.engine.live(unshown)
    assert (live.goes_on.tolist(), live.stops.tolist()) == ([False, True], [0, 0])


# moments


def test_moments_fire_at_every_doubling_of_live_seconds() -> None:
    done = run(standing(10, 10, 0, 170, every=1))
    fired = [(moment.zone, moment.threshold_s, (moment.ts - T0) / 1000) for moment in done.moments]
    assert [(zone, threshold) for zone, threshold, _ in fired] == [
        *(("boots", threshold) for threshold in (10, 20, 40)),
        ("shoes", 60),
        ("boots", 80),
        ("shoes", 120),
        ("boots", 160),
    ]
    assert all(threshold <= at <= threshold + 2 for _, threshold, at in fired)


def test_only_the_highest_threshold_fires_when_several_are_passed() -> None:
    done = run([Ping(1, 0, 10, 10), Ping(1, 100, 10, 10), Ping(1, 102, 10, 10)])
    assert {(moment.zone, moment.threshold_s) for moment in done.moments} == {("boots", 80), ("shoes", 60)}
    for moment in done.moments:
        assert moment.ts == T0 + 100_000
        assert dict(moment.so_far) == {"boots": pytest.approx(100, abs=1), "shoes": pytest.approx(100)}


def test_a_moment_that_fired_does_not_fire_again_when_the_ping_comes_that_lessens_it() -> None:
    away = [Ping(1, t, 28, 10) for t in (9.6, 10.4)]
    done = run([*standing(10, 10, 0, 8, every=1), Ping(1, 11, 10, 10), *away, *standing(10, 10, 12, 18, every=1)])
    assert [(moment.zone, moment.threshold_s) for moment in done.moments] == [("boots", 10)]


# plans


def test_each_ping_is_answered_by_the_plan_that_held_then() -> None:
    """Local midnight in London is 23:00 UTC in summer."""
    later = floorplan.parse(plan_bytes([{**FEATURES[0], "geometry": box(100, 100, 120, 120)}, *FEATURES[1:]]))
    plans = StorePlans([(date.min, store_plans().newest), (date(2026, 9, 24), later)])
    midnight_s = (plans.starts_ms[1] - T0) / 1000
    pings = standing(3, 17, midnight_s - 60, midnight_s + 60)
    done = run(pings, plans)
    before, after = list(done.settled.values())[:30], list(done.settled.values())[30:]
    assert [one.department for one in before] == ["shoes"] * 30
    assert [one.department for one in after][5:] == [None] * 26
    assert done.visits[0].zones["shoes"].dwell_s == pytest.approx(60, abs=2)


def test_zones_keep_their_seconds_when_a_plan_gains_one() -> None:
    plans = store_plans()
    done = Run(plans).push(standing(10, 10, 0, 60))
    more = store_plans(plan_bytes([{**FEATURES[3], "properties": {"id": "new", "kind": "display"}}, *FEATURES]))
    done.plans = more
    done.restart()
    done.push(standing(10, 10, 62, 120)).finish()
    assert done.visits[0].zones["boots"].dwell_s == pytest.approx(120, abs=1)
