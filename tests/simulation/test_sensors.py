"""Pings are what a location system would send: as noisy as they say, sometimes missing, late or twice."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from simulation.day import STAFF_DEVICE, Day, Event, Ping
from simulation.sensors import Sensor
from simulation.store import Store
from tests.simulation.conftest import START_MS


@pytest.fixture(scope="module")
def pings(events: list[Event]) -> list[Ping]:
    return [event for event in events if isinstance(event, Ping)]


def errors(day: Day, pings: list[Ping]) -> dict[str, np.ndarray]:
    """Device → the error on each axis over the stated sigma, shape (pings, 2), in the order of ts, copies left out."""
    found = {}
    for shopper in day.shoppers:
        mine = sorted({(p.ts_ms, p.x_m, p.y_m, p.sigma_m) for p in pings if p.device_id == shopper.person.device_id})
        ts, x, y, sigma = np.array(mine).T
        true = shopper.path.at((ts - START_MS) / 1000)
        found[shopper.person.device_id] = np.column_stack([(x - true.x_m) / sigma, (y - true.y_m) / sigma])
    return found


def test_errors_are_as_large_as_stated_and_correlated(day: Day, pings: list[Ping]) -> None:
    by_device = errors(day, pings)
    every = np.concatenate(list(by_device.values()))
    assert np.abs(every.mean()) < 0.1
    assert every.std() == pytest.approx(1, abs=0.1)
    assert np.abs(every).max() < 6
    before, after = (
        np.concatenate([one[part].ravel() for one in by_device.values()]) for part in (slice(-1), slice(1, None))
    )
    assert np.corrcoef(before, after)[0, 1] == pytest.approx(0.8, abs=0.06)
    assert 0.5 < np.median([ping.sigma_m for ping in pings]) < 2


def test_about_thirty_pings_a_minute(day: Day, pings: list[Ping]) -> None:
    heard = Counter(device for _, device in {(p.ts_ms, p.device_id) for p in pings})
    inside_s = sum(shopper.path.leaves_s - shopper.path.enters_s for shopper in day.shoppers)
    sent = sum(heard[shopper.person.device_id] for shopper in day.shoppers)
    assert 27 < sent / inside_s * 60 <= 30.5


def test_a_ping_is_on_the_floor_where_its_owner_is(day: Day, pings: list[Ping]) -> None:
    by_device = {shopper.person.device_id: shopper.path for shopper in day.shoppers}
    theirs = [ping for ping in pings if ping.device_id != STAFF_DEVICE]
    floors = [int(by_device[p.device_id].at(np.array([(p.ts_ms - START_MS) / 1000])).floor[0]) for p in theirs]
    assert floors == [ping.floor for ping in theirs]


def test_some_are_late_some_come_twice_and_copies_are_equal(pings: list[Ping]) -> None:
    seen: dict[tuple[str, int], Ping] = {}
    newest: dict[str, int] = {}
    copies = late = 0
    for ping in pings:
        first = seen.setdefault((ping.device_id, ping.ts_ms), ping)
        assert first == ping
        copies += first is not ping
        late += first is ping and ping.ts_ms < newest.get(ping.device_id, 0) - 3000
        newest[ping.device_id] = max(newest.get(ping.device_id, 0), ping.ts_ms)
    assert 0 < copies < 0.01 * len(pings)
    assert 0 < late < 0.01 * len(pings)


def test_drop_outs_never_end_a_visit(pings: list[Ping], day: Day) -> None:
    longest = 0.0
    for device in day.devices:
        ts = np.sort([ping.ts_ms for ping in pings if ping.device_id == device])
        longest = max(longest, float(np.diff(ts).max()) / 1000)
    assert 5 < longest < 65


def test_the_staff_room_lets_event_time_pass(day: Day, pings: list[Ping]) -> None:
    staff = [ping.ts_ms for ping in pings if ping.device_id == STAFF_DEVICE]
    last_shopper = max(ping.ts_ms for ping in pings if ping.device_id != STAFF_DEVICE)
    assert min(staff) < START_MS
    assert max(staff) >= last_shopper + 310_000
    assert max(staff) <= day.end_ms


def test_a_perfect_sensor_tells_the_truth(store: Store) -> None:
    day = Day(store, 3, START_MS, 600, 5, sensor=Sensor(sigma_m=1e-9, gaps_h=0, late_share=0, copy_share=0))
    pings = [event for event in day.events() if isinstance(event, Ping)]
    for shopper in day.shoppers:
        mine = [p for p in pings if p.device_id == shopper.person.device_id]
        assert len(mine) == np.ceil((shopper.path.leaves_s - shopper.path.enters_s) / 2)
        true = shopper.path.at((np.array([p.ts_ms for p in mine]) - START_MS) / 1000)
        assert np.allclose([p.x_m for p in mine], true.x_m, atol=1e-6)
        assert np.allclose([p.y_m for p in mine], true.y_m, atol=1e-6)
