"""Phones that ping many times a second: what waits for its 3 s is more than a few pings, and order must not matter."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.dwell.arrays import PENDING
from tests.streams.toy import Ping, Run, run

few = settings(deadline=None, max_examples=15)


def fast(rng: np.random.Generator, per_second: int, seconds: float, phones: int = 1) -> list[Ping]:
    """People who walk to and fro between the boots and the books; times differ within a phone."""
    pings = []
    for phone in range(phones):
        ms = np.sort(rng.choice(round(seconds * 1000), round(per_second * seconds), replace=False))
        x = 20 + 12 * np.sin(ms / 4_000 + phone) + rng.normal(0, 1, len(ms))
        y = 10 + rng.normal(0, 1, len(ms))
        pings += [Ping(phone, at, *place, 1.0) for at, *place in np.column_stack([ms / 1000, x, y]).tolist()]
    return sorted(pings, key=lambda ping: (ping.ts, ping.phone))


def delayed(pings: list[Ping], rng: np.random.Generator, most_ms: int = 3_000) -> list[Ping]:
    arrives = np.array([ping.ts for ping in pings]) + rng.integers(0, most_ms + 1, len(pings))
    return [pings[i] for i in np.argsort(arrives, kind="stable").tolist()]


def unnamed(done: Run) -> list[object]:
    return sorted((one._replace(id_ts=0) for one in done.visits), key=lambda one: (one.phone, one.first))


def settled(done: Run, pings: list[Ping]) -> dict[tuple[int, int], object]:
    return {(pings[seq].phone, pings[seq].ts): answer for seq, answer in done.settled.items()}


@few
@given(st.integers(0, 2**32 - 1), st.sampled_from([9, 11, 25, 60, 95]), st.integers(1, 2))
def test_any_order_of_fast_pings_gives_the_same_to_the_bit(seed: int, per_second: int, phones: int) -> None:
    rng = np.random.default_rng(seed)
    pings = fast(rng, per_second, 8, phones)
    arrived = delayed(pings, rng)
    in_order, as_arrived = run(pings), run(arrived)
    assert as_arrived.late == 0
    assert unnamed(as_arrived) == unnamed(in_order)
    assert settled(as_arrived, arrived) == settled(in_order, pings)
    assert len(in_order.settled) == len(pings)


@few
@given(st.integers(0, 2**32 - 1), st.sampled_from([11, 40, 95]), st.lists(st.integers(0, 700), max_size=8))
def test_listing_copies_and_restarts_in_between_change_no_final_answer_of_fast_pings(
    seed: int, per_second: int, at: list[int]
) -> None:
    rng = np.random.default_rng(seed)
    arrived = delayed(fast(rng, per_second, 8), rng)
    whole, between = run(arrived), Run()
    for start, stop in pairwise([0, *sorted(min(one, len(arrived)) for one in at), len(arrived)]):
        # copies of what came just before: they wait or have settled
        copies = [one._replace(x=99.0) for one in arrived[max(0, start - 20) : start]]
        before = len(between.settled)
        between.push(copies)
        assert len(between.settled) == before
        between.engine._seq -= len(copies)
        between.push(arrived[start:stop])
        between.keep(between.engine.close_due(between.engine.newest))
        between.engine.drop_old()
        between.restart()
    between.finish()
    assert between.visits == whole.visits
    assert between.settled == whole.settled
    assert between.moments == whole.moments
    assert whole.late == 0


@pytest.mark.parametrize("order", ["forwards", "backwards", "anyhow"])
def test_of_faster_pings_than_can_wait_none_is_lost_unsaid(order: str) -> None:
    """A thousand a second; each is answered, or it is late."""
    rng = np.random.default_rng(3)
    pings = fast(rng, 990, 3)
    arrived = {"forwards": pings, "backwards": pings[::-1], "anyhow": delayed(pings, rng, 1_500)}[order]
    done = Run()
    for start in range(0, len(arrived), 100):
        done.push(arrived[start : start + 100])
        assert int(done.engine.phone(0)["waiting"]) < PENDING
        done.restart()
    done.finish()
    (visit,) = done.visits
    assert len(done.settled) + done.late == len(pings)
    assert visit.pings == len(done.settled)
    assert (done.late == 0) == (order == "forwards")
    homes = [zone for name, zone in visit.zones.items() if name not in ("boots", "lamps")]
    assert sum(zone.dwell_s for zone in homes) == pytest.approx((visit.last - visit.first) / 1000, abs=1e-3)
