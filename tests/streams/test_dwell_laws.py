"""What must hold of the dwell engine whatever people do: the numbers depend on the pings, not on how they came."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.dwell import kernel
from streams.dwell.engine import Engine, Live
from streams.dwell.results import dwells_table
from tests.streams.toy import NAN, SILENCE_S, T0, Ping, Run, Visit, batch, run

few = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])

GAPS_MS = [100, 500, 1000, 2000, 2999, 3000, 3001, 15_000, 60_000, 298_000, 299_999, 300_000, 302_000, 900_000]
PLACES = [(10, 10), (6, 6), (19.9, 10), (20.1, 10), (30, 10), (32, 3), (2, 2), (54, 10), (45, 10), (-3, 25), (400, 7)]


@st.composite
def shoppers(draw: st.DrawFn) -> list[Ping]:
    """Pings of up to three phones in the order of their ts, which differ within a phone."""
    pings = []
    for phone in range(draw(st.integers(1, 3))):
        ts = draw(st.integers(0, 5_000))
        for _ in range(draw(st.integers(1, 25))):
            x, y = draw(st.sampled_from(PLACES))
            sigma, floor = draw(st.sampled_from([NAN, 0.1, 1.0, 3.0, 30.0])), draw(st.sampled_from([0, 0, 0, 0, 1, 7]))
            pings.append(Ping(phone, ts / 1000, x + draw(st.floats(-2, 2)), y, sigma, floor))
            ts += draw(st.sampled_from(GAPS_MS))
    return sorted(pings, key=lambda ping: (ping.ts, ping.phone))


@st.composite
def arrivals(draw: st.DrawFn) -> tuple[list[Ping], list[Ping]]:
    """Pings by ts, and the same as they arrive when each is up to 3 s under way."""
    pings = draw(shoppers())
    delays = draw(st.lists(st.integers(0, 3_000), min_size=len(pings), max_size=len(pings)))
    order = sorted(range(len(pings)), key=lambda i: pings[i].ts + delays[i])
    return pings, [pings[i] for i in order]


def answers(done: Run, pings: Sequence[Ping]) -> dict[tuple[int, int], object]:
    """Settled answers by phone and ts."""
    return {(pings[seq].phone, pings[seq].ts): answer for seq, answer in done.settled.items()}


def unnamed(visits: Sequence[Visit]) -> list[Visit]:
    """Visits without what names them: which ping came first."""
    nameless = (visit._replace(id_ts=0, group=(visit.group[0], 0)) for visit in visits)
    return sorted(nameless, key=lambda visit: (visit.phone, visit.first))


def cut(pings: Sequence[Ping], at: Sequence[int]) -> list[Sequence[Ping]]:
    edges = [0, *sorted(min(one, len(pings)) for one in at), len(pings)]
    return [pings[start:stop] for start, stop in pairwise(edges)]


cuts = st.lists(st.integers(0, 75), max_size=6)


@few
@given(arrivals(), cuts, st.booleans())
def test_any_cut_into_batches_and_any_restart_gives_the_same_to_the_bit(
    arrived: tuple[list[Ping], list[Ping]], at: list[int], restarted: bool
) -> None:
    whole, parts = run(arrived[1]), Run()
    for part in cut(arrived[1], at):
        parts.push(part)
        if restarted:
            parts.restart()
    parts.finish()
    assert parts.visits == whole.visits
    assert parts.settled == whole.settled
    assert parts.moments == whole.moments
    assert parts.late == whole.late == 0


@few
@given(arrivals())
def test_any_order_within_three_seconds_gives_the_same_to_the_bit(arrived: tuple[list[Ping], list[Ping]]) -> None:
    in_order, as_arrived = (run(pings) for pings in arrived)
    assert unnamed(as_arrived.visits) == unnamed(in_order.visits)
    assert answers(as_arrived, arrived[1]) == answers(in_order, arrived[0])
    assert len(in_order.settled) == len(arrived[0])


@few
@given(arrivals(), st.lists(st.tuples(st.integers(0, 74), st.integers(0, 74)), max_size=20))
def test_copies_and_late_pings_change_nothing(
    arrived: tuple[list[Ping], list[Ping]], extra: list[tuple[int, int]]
) -> None:
    pings = arrived[1]
    mixed: list[tuple[Ping, bool]] = [(ping, True) for ping in pings]
    for of, after in extra:
        first = mixed.index((pings[of % len(pings)], True))
        where = first + 1 + after % (len(mixed) - first)
        mixed.insert(where, (mixed[first][0]._replace(x=30.0, y=3.0), False))
        newest = max(ping.ts for ping, _ in mixed[:where] if ping.phone == mixed[first][0].phone)
        late = mixed[first][0]._replace(at=(newest - T0 - 3_001) / 1000, x=54.0)
        mixed.insert(where, (late, False))
    once, again = run(pings), run([ping for ping, _ in mixed])
    assert again.visits == once.visits
    assert list(again.settled.values()) == list(once.settled.values())
    assert again.moments == once.moments
    seqs = [seq for seq, (_, real) in enumerate(mixed) if real]
    assert sorted(again.settled) == seqs
    assert len(extra) <= again.late <= 2 * len(extra)


def by_zone(live: Live, row: int) -> dict[int, float]:
    """A visit's live seconds; its zones come in the order in which they were last spent in."""
    start, stop = (live.stops[row - 1] if row else 0), live.stops[row]
    return dict(zip(live.zones[start:stop].tolist(), live.seconds[start:stop].tolist(), strict=True))


@few
@given(arrivals(), st.integers(1, 75))
def test_the_live_answer_carried_one_ping_on_is_that_carried_through_all_that_waits(
    arrived: tuple[list[Ping], list[Ping]], count: int
) -> None:
    engine = Run().push(arrived[1][:count]).engine
    again = Engine.restore(engine.plans, SILENCE_S, engine.snapshot())
    state = again._state
    for slot in again.slots().tolist():
        kernel.spend_waiting(state.cells, state.book[0], state.waits, state.phones[slot])
    one_on, anew = (one.live(one.slots()) for one in (engine, again))
    assert [by_zone(one_on, i) for i in range(len(one_on.phone))] == [by_zone(anew, i) for i in range(len(anew.phone))]
    assert all(np.array_equal(*columns) for columns in zip(one_on[:-2], anew[:-2], strict=True))


@few
@given(arrivals(), cuts)
def test_listing_visits_in_between_changes_no_final_answer(
    arrived: tuple[list[Ping], list[Ping]], at: list[int]
) -> None:
    """As the worker does it: event time is the store's newest ping, and old phones are forgotten."""
    between = Run()
    for part in cut(arrived[1], at):
        between.push(part)
        between.keep(between.engine.close_due(between.engine.newest))
        between.engine.drop_old()
        live = between.engine.live(between.engine.unshown())
        assert not live.seconds[live.stops.max(initial=0) :].any()
        assert all(len(between.engine.codes) > zone >= 0 for zone in live.zones.tolist())
    between.finish()
    whole = run(arrived[1])
    assert sorted(between.visits) == sorted(whole.visits)
    assert between.settled.items() <= whole.settled.items()


@few
@given(shoppers(), cuts, st.lists(st.integers(0, 700_000), min_size=7, max_size=7))
def test_listing_visits_of_a_silent_store_changes_no_final_answer(
    pings: list[Ping], at: list[int], silences: list[int]
) -> None:
    """Event time goes on while nothing comes; then pings come after all, with a ts that continues the visit."""
    between = Run()
    for part, silence in zip(cut(pings, at), silences, strict=False):
        between.push(part)
        between.keep(between.engine.close_due(between.engine.newest + silence))
    between.finish()
    whole = run(pings)
    assert between.held == whole.held
    assert between.settled == whole.settled


@few
@given(arrivals(), st.sampled_from([5.0, 60.0, 300.0, 86_400.0]))
def test_every_second_of_a_visit_is_in_one_department_or_in_none(
    arrived: tuple[list[Ping], list[Ping]], silence_s: float
) -> None:
    for visit in run(arrived[1], silence_s=silence_s).visits:
        presence_s = (visit.last - visit.first) / 1000
        homes = [zone for name, zone in visit.zones.items() if name not in ("boots", "lamps")]
        assert sum(zone.live_s for zone in homes) == pytest.approx(presence_s, abs=1e-3)
        assert sum(zone.dwell_s for zone in homes) == pytest.approx(presence_s, abs=1e-3)
        for zone in visit.zones.values():
            assert zone.variance >= 0
            assert visit.first <= zone.first <= zone.last <= visit.last
            assert all(math.isfinite(value) and 0 <= value <= presence_s + 1e-3 for value in zone[:2])


@few
@given(arrivals())
def test_an_interval_holds_its_dwell_and_no_more_than_the_visit(arrived: tuple[list[Ping], list[Ping]]) -> None:
    done = Run()
    parts = [done.engine.push(batch(arrived[1])), done.engine.finish()]
    for part in parts:
        presence_s: dict[int, list[float]] = {int(v["phone"]): [] for v in part.visits}
        for visit in part.visits:
            presence_s[int(visit["phone"])].append((int(visit["last"]) - int(visit["first"])) / 1000)
        for row in dwells_table(done.engine, "S1", part, str).to_pylist():
            assert 0 <= row["lower_s"] <= row["dwell_s"] <= row["upper_s"] <= max(presence_s[int(row["device_id"])])
            assert max(row["dwell_s"], row["live_s"]) >= 0.5
