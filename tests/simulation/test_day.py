"""A day is a function of its seed, in order, quick, and its truth adds up."""

from __future__ import annotations

import time

import numpy as np
import pytest
import shapely
from shapely.geometry import shape

from simulation.day import Checkin, Day, Event, Ping, Receipt
from simulation.store import DEFAULT_TODAY_MS, Store
from tests.simulation.conftest import START_MS


def test_the_same_seed_gives_the_same_day(store: Store, events: list[Event]) -> None:
    again = Store.build(7, "S7", "Europe/London", store.size)
    assert again.plan_geojson == store.plan_geojson
    assert (again.products, again.offers, again.stock) == (store.products, store.offers, store.stock)
    assert list(Day(again, 3, START_MS, 1800, 40).events()) == events


def test_another_seed_gives_another_day(store: Store, events: list[Event]) -> None:
    assert list(Day(store, 4, START_MS, 1800, 40).events()) != events
    assert Store.build(8, "S7", size=store.size).products != store.products


def test_events_come_in_order_and_a_second_look_is_the_same(day: Day, events: list[Event]) -> None:
    ts = np.array([event.ts_ms for event in events])
    behind = np.maximum.accumulate(ts) - ts
    assert (behind <= 10_000).all()
    assert np.mean(behind > 1000) < 0.01
    rest = [event.ts_ms for event in events if not isinstance(event, Ping)]
    assert rest == sorted(rest)
    assert {type(event) for event in events} == {Ping, Checkin, Receipt}
    assert list(day.events()) == events
    assert list(day.happenings()) == [event for event in events if not isinstance(event, Ping)]


def test_columns_and_events_are_the_same_pings(day: Day, events: list[Event]) -> None:
    seen = day.pings
    columns = zip(seen.ts_ms.tolist(), seen.device.tolist(), seen.x_m.tolist(), strict=True)
    listed = [(ping.ts_ms, ping.device_id, ping.x_m) for ping in events if isinstance(ping, Ping)]
    assert [(ts, day.devices[device], x) for ts, device, x in columns] == listed


def test_an_hour_with_sixty_shoppers_takes_well_under_two_seconds() -> None:
    began = time.process_time()
    day = Day(Store.build(1), 1, DEFAULT_TODAY_MS)
    count = sum(1 for _ in day.events())
    assert time.process_time() - began < 2
    assert count > 10_000


def test_a_day_without_shoppers_has_only_the_staff_room(store: Store) -> None:
    day = Day(store, 1, START_MS, 60, 0)
    assert {event.device_id for event in day.events() if isinstance(event, Ping)} == {"staff-room"}
    assert day.truth() == []


def test_truth_sums_to_presence(day: Day) -> None:
    """Departments and what is none of them make up the visit: measured here by sampling, there by geometry."""
    step = 0.02
    departments = [f for f in day.store.plan_geojson["features"] if f["properties"]["kind"] == "department"]
    truth = {(row["device_id"], row["zone_id"]): row["dwell_s"] for row in day.truth()}
    for shopper in day.shoppers[:10]:
        times = np.arange(shopper.path.enters_s, shopper.path.leaves_s, step)
        at = shopper.path.at(times)
        nowhere = np.ones(len(times), bool)
        for feature in departments:
            inside = shapely.contains_xy(shape(feature["geometry"]), at.x_m, at.y_m)
            nowhere &= ~(inside & (at.floor == feature["properties"]["floor"]))
        stated = sum(truth.get((shopper.person.device_id, f["properties"]["id"]), 0.0) for f in departments)
        presence = shopper.path.leaves_s - shopper.path.enters_s
        assert stated + nowhere.sum() * step == pytest.approx(presence, abs=1.0)
        assert stated > 0.3 * presence


def test_time_at_displays_is_part_of_their_departments_time(day: Day) -> None:
    home = {zone.id: zone.department for zone in day.store.layout.displays}
    truth = day.truth()
    for shopper in day.shoppers:
        mine = [row for row in truth if row["device_id"] == shopper.person.device_id]
        departments = {row["zone_id"]: row for row in mine if row["kind"] == "department"}
        for row in (row for row in mine if row["kind"] == "display"):
            parent = departments[home[row["zone_id"]]]
            assert 0 < row["dwell_s"] <= parent["dwell_s"] + 1e-6
            assert parent["first_ts"] <= row["first_ts"] <= row["last_ts"] <= parent["last_ts"]
            assert row["dwell_s"] <= (row["last_ts"] - row["first_ts"]) / 1000 + 0.002


def test_places_are_the_truth_at_any_time(day: Day) -> None:
    """The zone by the plan's polygons, the position by the path, for phones and times in any order."""
    rng = np.random.default_rng(1)
    device = rng.integers(0, len(day.devices), 3000)
    lasts = np.array([(path.enters_s, path.leaves_s) for path in day.paths])
    t_s = rng.uniform(*lasts[device].T)
    found = day.places(device, day.start_ms + np.rint(t_s * 1000).astype(np.int64))
    for kind, ids in (("department", found.department), ("display", found.display)):
        expected = np.full(len(device), None, object)
        for feature in day.store.plan_geojson["features"]:
            if feature["properties"]["kind"] == kind:
                inside = shapely.contains_xy(shape(feature["geometry"]), found.x_m, found.y_m)
                expected[inside & (found.floor == feature["properties"]["floor"])] = feature["properties"]["id"]
        assert (ids == expected).all()
        assert len({*ids}) > 5
    assert len(day.paths) == len(day.devices)
    for number in range(5):
        mine = device == number
        at = day.paths[number].at(t_s[mine])
        assert np.allclose(found.x_m[mine], at.x_m, atol=1e-3)
