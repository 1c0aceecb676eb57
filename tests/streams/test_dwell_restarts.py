"""A snapshot in the middle of anything: pings that wait out of order, phones that were forgotten for good."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.dwell.engine import Engine
from tests.streams.test_dwell_fast import delayed, fast
from tests.streams.toy import FEATURES, PLANS, SILENCE_S, Ping, Run, batch, plan_bytes, standing, store_plans, zone

few = settings(deadline=None, max_examples=15, suppress_health_check=list(HealthCheck))


def crowd(rng: np.random.Generator, phones: int) -> list[Ping]:
    """Visits of a minute or so, some long after others, in an order that waits; so old phones are forgotten."""
    pings = []
    for phone in range(phones):
        start = float(rng.choice([0, 100, 2_500, 5_000, 7_700]))
        for visit in range(rng.integers(1, 3)):
            for ping in fast(rng, int(rng.choice([1, 3, 12])), 20):
                pings.append(
                    ping._replace(phone=phone, at=start + 320 * visit + ping.at, floor=int(rng.random() < 0.1))
                )
    return delayed(sorted(pings, key=lambda ping: ping.ts), rng)


def forgetting(done: Run, how: str) -> None:
    done.keep(done.engine.close_due(done.engine.newest))
    if how == "drop_old":
        done.engine.drop_old()
    elif how == "retire":
        done.keep(done.engine.retire())


@few
@given(st.integers(0, 2**32 - 1), st.integers(1, 8), st.sampled_from(["close_due", "drop_old", "retire"]))
def test_a_restart_after_every_batch_changes_no_answer(seed: int, phones: int, how: str) -> None:
    rng = np.random.default_rng(seed)
    pings = crowd(rng, phones)
    whole, parts = Run(), Run()
    for start in range(0, len(pings), 37):
        for done in (whole, parts):
            done.push(pings[start : start + 37])
            forgetting(done, how)
        parts.restart()
        for of in (whole, parts):
            of.engine.unshown()
        assert len(parts.engine.slots()) == len(whole.engine.slots())
        both = [done.engine.live(done.engine.slots()) for done in (whole, parts)]
        assert all(np.array_equal(*columns) for columns in zip(*both, strict=True))
    for done in (whole, parts):
        done.finish()
    assert parts.visits == whole.visits
    assert parts.settled == whole.settled
    assert parts.moments == whole.moments
    assert parts.late == whole.late


@pytest.mark.parametrize("forget", [Engine.drop_old, Engine.retire])
def test_what_a_forgotten_phone_had_in_the_pools_is_used_again(forget: Callable[[Engine], object]) -> None:
    """Days go by, and the state of a store is no larger than that of its busiest hour."""
    done, sizes = Run(), []
    for hour in range(30):
        start = 3_600.0 * hour
        for phone in range(5):
            done.push([one._replace(phone=100 * hour + phone) for one in standing(17, 3, start, start + 30, every=0.2)])
        forget(done.engine)
        done.restart()
        sizes.append(len(done.engine.snapshot()))
        assert len(done.engine.slots()) <= 10
    assert max(sizes[5:]) <= max(sizes[:5]) + 20, "numbers become longer"


def test_a_snapshot_of_what_waits_out_of_order_answers_as_the_engine_does() -> None:
    done = Run().push([Ping(1, at, 10, 10) for at in (2.0, 0.5, 1.5, 0.0, 2.9, 1.0)])
    again = Engine.restore(PLANS, SILENCE_S, done.engine.snapshot())
    assert again.snapshot() == done.engine.snapshot()
    slots = again.slots()
    assert all(np.array_equal(*both) for both in zip(again.live(slots), done.engine.live(slots), strict=True))


def test_a_changed_plan_is_looked_at_as_by_an_engine_that_never_saw_the_old_one() -> None:
    """The window that was looked at last has another meaning in another plan."""
    moved = [
        one if one["properties"]["id"] != "boots" else zone("boots", "display", (2, 14, 8, 19)) for one in FEATURES
    ]
    plans = store_plans(plan_bytes(moved))
    goes_on = Run().push(standing(10, 10, 0, 60, sigma=2.0))
    begun_again = Engine.restore(plans, SILENCE_S, goes_on.engine.snapshot())
    goes_on.engine.use(plans)
    later = batch(standing(10, 10, 62, 100, sigma=2.0))
    for engine in (goes_on.engine, begun_again):
        engine.push(later)
    assert goes_on.engine.snapshot() == begun_again.snapshot()
