"""Each part of a position's error has the size, and the memory in time and place, that the sensor states."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.errors import InputError
from simulation import sensors
from simulation.day import Day
from simulation.path import Path, Places
from simulation.pings import Pings, observe
from simulation.radio import Radio
from simulation.sensors import PRESETS, Kind, Reported, Sensor
from simulation.store import Store
from tests.simulation.conftest import START_MS

STEADY = Sensor(phone_spread=0, ping_spread=0, gaps_h=0, late_share=0, copy_share=0, correlated=0)


def lying(hours: float, x: float = 12.0, y: float = 14.0) -> Path:
    return Path(np.array([0, hours * 3600]), np.array([x, x]), np.array([y, y]), np.zeros(2, np.int16))


def seen(store: Store, sensor: Sensor, hours: float = 3, seed: int = 1, x: float = 12.0) -> Pings:
    radio = Radio(store.seed, store.layout, sensor)
    found = observe(lying(hours, x), 0, START_MS, radio, np.random.default_rng(seed))
    return found.take(np.argsort(found.ts_ms, kind="stable"))


@pytest.mark.parametrize("period_s", [1.0, 5.0, 20.0, 60.0])
def test_correlation_in_time_is_in_seconds_at_every_period(store: Store, period_s: float) -> None:
    sensor = replace(STEADY, correlated=1, correlation_s=40, period_s=period_s, jitter_s=0.2)
    error = seen(store, sensor, hours=4000 * period_s / 3600).x_m - 12
    measured = np.corrcoef(error[:-1], error[1:])[0, 1]
    assert measured == pytest.approx(np.exp(-period_s / 40), abs=0.05)
    # 1 s steps know each other for so long that the standard deviation of 4000 of them scatters
    assert error.std() == pytest.approx(1, abs=0.25 if period_s < 5 else 0.1)


def test_white_errors_have_no_memory_and_the_stated_size(store: Store) -> None:
    error = seen(store, replace(STEADY, sigma_m=3)).x_m - 12
    assert abs(np.corrcoef(error[:-1], error[1:])[0, 1]) < 0.05
    assert error.std() == pytest.approx(3, rel=0.05)


def test_the_part_fixed_by_place_is_alike_on_two_visits_and_another_elsewhere(store: Store) -> None:
    sensor = replace(STEADY, placed=1.0, place_m=3)
    one, again, near, far = (seen(store, sensor, 0.1, s, x).x_m - x for s, x in ((1, 12), (2, 12), (3, 12.3), (4, 30)))
    assert np.ptp(one) < 1e-9
    assert one.mean() == pytest.approx(again.mean(), abs=1e-9)
    assert one.mean() == pytest.approx(near.mean(), abs=0.4)
    assert abs(one.mean() - far.mean()) > 1e-3
    other = Store.build(store.seed + 1, size=store.size)
    assert abs(one.mean() - (seen(other, sensor, 0.1).x_m - 12).mean()) > 1e-3


def test_the_field_of_places_has_variance_one_and_the_stated_length(store: Store) -> None:
    rng = np.random.default_rng(5)
    x, y = rng.uniform(0, 200, 4000), rng.uniform(0, 200, 4000)
    radio = Radio(store.seed, store.layout, replace(STEADY, placed=1.0, place_m=4))
    floor = np.zeros(4000, np.int16)
    here, there = (radio.error(Places(x + d, y, floor))[0] for d in (0.0, 4.0))
    assert here.std() == pytest.approx(1, abs=0.1)
    assert np.corrcoef(here, there)[0, 1] == pytest.approx(np.exp(-0.5), abs=0.1)
    dx, dy = radio.error(Places(x, y, floor))
    upstairs, _ = radio.error(Places(x, y, floor + 1))
    assert abs(np.corrcoef(dx, dy)[0, 1]) < 0.2
    assert abs(np.corrcoef(dx, upstairs)[0, 1]) < 0.2


def test_outliers_are_as_many_and_as_far_as_stated(store: Store) -> None:
    error = seen(store, replace(STEADY, outlier_share=0.05, outlier_scale=10.0), hours=6).x_m - 12
    # beyond 4 sigmas stand next to no others, and of ten sigmas wide ones P(|z| > .4) = .689
    assert np.mean(np.abs(error) > 4) == pytest.approx(0.05 * 0.689, rel=0.2)
    assert np.std(error[np.abs(error) > 4]) == pytest.approx(11.5, rel=0.2)


def test_errors_grow_at_walls_and_racks_and_keep_their_mean_square(store: Store) -> None:
    radio = Radio(store.seed, store.layout, replace(STEADY, near_factor=2.0, near_m=1.0))
    shelf = next(zone for zone in store.layout.obstacles if zone.floor == 0).area
    x = np.full(2, shelf.centre[0])
    factor = radio.factor(Places(x, np.array([shelf.y1 + 0.1, shelf.y1 + 4.0]), np.zeros(2, np.int16)))
    assert factor[0] / factor[1] > 1.5
    wide, deep = store.layout.width_m, store.layout.depth_m
    x, y = np.random.default_rng(1).uniform(0, (wide, deep), (5000, 2)).T
    everywhere = Places(x, y, np.zeros(5000, np.int16))
    free = radio.clearance(everywhere) > 0
    assert np.mean(radio.factor(everywhere)[free] ** 2) == pytest.approx(1, abs=0.1)


def test_areas_differ_smoothly(store: Store) -> None:
    radio = Radio(store.seed, store.layout, replace(STEADY, area_spread=0.4))
    x = np.linspace(0, store.layout.width_m, 2000)
    factor = radio.factor(Places(x, np.full(2000, 9.0), np.zeros(2000, np.int16)))
    assert 0.15 < np.log(factor).std() < 0.8
    assert np.abs(np.diff(factor)).max() < 0.05


@pytest.mark.parametrize("reported", ["true", "wrong", "constant", "missing"])
def test_what_is_reported_of_sigma(store: Store, reported: Reported) -> None:
    sensor = replace(STEADY, reported=reported, sigma_m=2.0, wrong_spread=0.5)
    phones = [seen(store, sensor, 0.2, seed).sigma_m for seed in range(40)]
    if reported == "missing":
        assert all(np.isnan(phone).all() for phone in phones)
        return
    assert all(np.ptp(phone) < 1e-9 for phone in phones)
    spread = np.log([phone[0] / 2 for phone in phones]).std()
    assert spread == pytest.approx(0.5 if reported == "wrong" else 0, abs=0.15)


def test_what_is_missing_is_null_in_a_ping(store: Store) -> None:
    day = Day(store, 1, START_MS, 60, 0, sensor=sensors.of(2, reported="missing"))
    assert {event.sigma_m for event in day.events() if hasattr(event, "sigma_m")} == {None}


@pytest.mark.parametrize("kind", PRESETS)
@pytest.mark.parametrize("period_s", [1.0, 60.0])
def test_presets_have_about_the_stated_error_at_every_period(store: Store, kind: Kind, period_s: float) -> None:
    day = Day(store, 3, START_MS, 1800, 40, sensor=sensors.of(2.0, period_s, kind))
    true = day.places(day.pings.device, day.pings.true_ms)
    error = np.concatenate([day.pings.x_m - true.x_m, day.pings.y_m - true.y_m])
    assert np.median(np.abs(error)) / 0.6745 == pytest.approx(2, rel=0.35)
    inside_s = sum(path.leaves_s - path.enters_s for path in day.paths)
    assert 0.8 * inside_s / period_s < len(day.pings) < 1.05 * inside_s / period_s + len(day.paths)


def test_a_wrong_floor_is_named_as_often_as_stated_and_exists(store: Store) -> None:
    day = Day(store, 3, START_MS, 1800, 40, sensor=Sensor(wrong_floor=0.05))
    wrong = day.pings.floor != day.places(day.pings.device, day.pings.true_ms).floor
    assert wrong.mean() == pytest.approx(0.05, abs=0.01)
    assert set(day.pings.floor.tolist()) == {0, 1}


def test_impossible_sensors_are_refused() -> None:
    with pytest.raises(InputError, match="sum to 1"):
        Sensor(correlated=0.8, placed=0.4)
    with pytest.raises(InputError, match="above 0"):
        sensors.of(0.0)
