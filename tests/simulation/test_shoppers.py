"""How people move, look and come back."""

from __future__ import annotations

import numpy as np

from simulation.day import Checkin, Day, Event, Receipt
from simulation.store import Store
from tests.simulation.conftest import START_MS


def test_people_walk_at_human_speed_and_stroll_along_some_shelves(day: Day) -> None:
    strolled = []
    for shopper in day.shoppers:
        path = shopper.path
        took, way = np.diff(path.t_s), np.hypot(np.diff(path.x_m), np.diff(path.y_m))
        assert (took > 0).all()
        assert (way / took).max() <= 1.2 + 1e-9
        long = way > 3
        assert long.any()
        assert (way / took)[long].min() >= 0.5 * 0.45 - 1e-9
        strolled += ((way / took)[long] < 0.5).tolist()
    assert 0.1 < np.mean(strolled) < 0.4


def test_people_stand_still_outside_displays_too_and_pass_departments_by(day: Day) -> None:
    entered: dict[str, set[str]] = {device: set() for device in day.devices}
    for row in day.truth():
        if row["kind"] == "department":
            entered[row["device_id"]].add(row["zone_id"])
    paused = passed = 0
    for number, shopper in enumerate(day.shoppers):
        path, device = shopper.path, np.zeros(1, int) + number
        took, way = np.diff(path.t_s), np.hypot(np.diff(path.x_m), np.diff(path.y_m))
        for i in np.flatnonzero((way == 0) & (took > 5) & (path.t_s[1:] < shopper.pays_s - 60)):
            at = day.places(device, np.array([day.start_ms + 1000 * int(path.t_s[i] + took[i] / 2)]))
            paused += at.display[0] is None and at.y_m[0] > 10
        stopped = {stop.display.department for stop in shopper.stops}
        passed += bool(entered[shopper.person.device_id] - stopped)
    assert paused >= 5
    assert passed >= 10


def test_everybody_comes_in_by_the_door_and_leaves_by_it(day: Day) -> None:
    x, _, _ = day.store.layout.entrance
    for shopper in day.shoppers:
        path = shopper.path
        for end in (0, -1):
            assert abs(path.x_m[end] - x) < 2
            assert path.y_m[end] < 1
            assert path.floor[end] == 0


def test_stops_are_long_tailed_and_at_their_displays(day: Day) -> None:
    seconds = np.array([stop.seconds for shopper in day.shoppers for stop in shopper.stops])
    assert np.mean(seconds) > 1.15 * np.median(seconds)
    assert 5 < np.median(seconds) < 60
    truth = {(row["device_id"], row["zone_id"]): row["dwell_s"] for row in day.truth()}
    for shopper in day.shoppers:
        for stop in shopper.stops:
            assert truth[shopper.person.device_id, stop.display.id] >= stop.seconds - 0.001


def test_two_floors_are_both_visited(day: Day) -> None:
    assert {int(floor) for shopper in day.shoppers for floor in shopper.path.floor} == {0, 1}


def test_known_customers_come_back_with_the_same_phone(store: Store, day: Day) -> None:
    tomorrow = Day(store, 4, START_MS + 86_400_000, 1800, 40)
    phones = [{s.person.customer_id: s.person.device_id for s in d.shoppers} for d in (day, tomorrow)]
    again = (set(phones[0]) & set(phones[1])) - {None}
    assert len(again) >= 2
    assert all(phones[0][customer] == phones[1][customer] for customer in again)
    strangers = [{s.person.device_id for s in d.shoppers if not s.person.customer_id} for d in (day, tomorrow)]
    assert not strangers[0] & strangers[1]


def test_who_checks_in_is_inside_and_who_refuses_is_not_named_on_a_receipt(day: Day, events: list[Event]) -> None:
    by_device = {shopper.person.device_id: shopper for shopper in day.shoppers}
    checkins = [event for event in events if isinstance(event, Checkin)]
    assert len(checkins) >= 5
    for checkin in checkins:
        shopper = by_device[checkin.device_id]
        assert shopper.person.customer_id == checkin.customer_id
        assert shopper.path.enters_s < (checkin.ts_ms - START_MS) / 1000 < shopper.path.leaves_s
    refused = {checkin.customer_id for checkin in checkins if not checkin.consent}
    named = {event.customer_id for event in events if isinstance(event, Receipt)} - {None}
    assert named
    assert not refused & named


def test_longer_looks_are_bought_more_often(store: Store) -> None:
    bought: dict[bool, list[bool]] = {False: [], True: []}
    for seed in range(3):
        for shopper in Day(store, 100 + seed, START_MS, 3600, 150).shoppers:
            categories = {store.products[store.product_index[sku]]["category"] for sku in shopper.basket}
            for stop in shopper.stops:
                if stop.planned:
                    bought[stop.seconds > 25].append(stop.display.category in categories)
    assert np.mean(bought[True]) > np.mean(bought[False]) + 0.1
