"""Estimates from pings alone, beside the truth of simulated days and of small made-up ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from aislewise.simulated import pings_table
from simulation import sensors
from simulation.day import STAFF_DEVICE, Day
from simulation.path import Places
from simulation.radio import Radio
from simulation.sensors import Sensor
from simulation.store import Store
from streams.calibrate.areas import FEWEST
from streams.calibrate.difference import between
from streams.calibrate.figures import Measured, measured
from streams.calibrate.sample import Sample, Visits
from streams.dwell.parameters import DEFAULTS
from streams.replay.columns import PINGS
from tests.streams.toy import T0

SILENCE_S = 300.0


def day_of(sensor: Sensor, layout: str = "departments", seed: int = 21, shoppers: int = 30) -> Day:
    return Day(Store.build(seed, "S1", layout=layout), seed, T0, 3600.0, shoppers, sensor=sensor)


def sample_of(day: Day, most: int = 1_000_000) -> Sample:
    sample = Sample("S1", most)
    for batch in pings_table(day).select(PINGS.names).cast(PINGS).combine_chunks().to_batches(max_chunksize=5_000):
        sample.take(batch)
    return sample


def measured_on(day: Day) -> Measured:
    return measured(sample_of(day).visits(SILENCE_S))


def values(found: Measured) -> dict[str, float | None]:
    return {figure.name: figure.value for figure in found.figures}


def why(found: Measured) -> dict[str, str]:
    return {figure.name: figure.why for figure in found.figures}


def lengths_of(visits: Visits) -> list[float]:
    """Seconds of each visit."""
    return [round(float(np.ptp(visits.t_s[visits.visit == number])), 3) for number in range(visits.count)]


def error_m(day: Day) -> float:
    """Root mean square of the true error on each axis, without its outliers."""
    mine = day.pings.device != day.devices.index(STAFF_DEVICE)
    pings = day.pings.take(np.flatnonzero(mine))
    true = day.places(pings.device, pings.true_ms)
    error = np.hypot(pings.x_m - true.x_m, pings.y_m - true.y_m) / np.sqrt(2)
    return float(np.sqrt(np.mean(error[error < 4 * np.median(error)] ** 2)))


@pytest.mark.parametrize(
    ("layout", "sensor"),
    [
        ("departments", sensors.of(2.0, 2.0, "white", "missing")),
        ("supermarket", sensors.of(2.0, 2.0, "usual", "missing")),
        ("diy", sensors.of(3.0, 5.0, "harsh", "missing")),
        ("open", sensors.of(4.0, 5.0, "usual", "missing")),
        ("departments", sensors.of(1.0, 2.0, "mild", "missing")),
    ],
)
def test_where_nothing_is_said_sigma_is_within_a_quarter_of_the_truth(layout: str, sensor: Sensor) -> None:
    day = day_of(sensor, layout)
    assert values(measured_on(day))["sigma_m"] == pytest.approx(error_m(day), rel=0.25)


@pytest.mark.parametrize("factor", [0.3, 1.0, 3.0])
def test_the_factor_of_a_senders_sigma_is_within_a_fifth_of_the_truth(factor: float) -> None:
    day = day_of(sensors.of(2.0, 2.0, "usual"))
    day.pings.sigma_m[:] /= factor
    found = values(measured_on(day))
    assert found["sigma_factor"] == pytest.approx(factor, rel=0.2)
    assert found["sigma_m"] is None
    assert found["sigma_trust"] is not None
    assert found["sigma_trust"] < 0.15


def test_the_spread_of_wrong_sigmas_is_near_the_truth() -> None:
    harsh = sensors.of(2.0, 2.0, "harsh")
    found = values(measured_on(day_of(harsh)))
    assert found["sigma_trust"] == pytest.approx(harsh.wrong_spread, abs=0.15)
    assert found["outlier_share"] == pytest.approx(harsh.outlier_share, abs=0.025)


@pytest.mark.parametrize(
    ("sensor", "least", "most"),
    [
        (sensors.of(2.0, 2.0, "white"), 0.0, 0.15),
        # of usual errors a part is fixed by place: who walks sees it drift too
        (sensors.of(2.0, 2.0, "usual"), 0.5, 0.85),
        (sensors.of(2.0, 2.0, "mild"), 0.9, 1.0),
    ],
)
def test_the_share_that_drifts_tells_white_errors_from_others(sensor: Sensor, least: float, most: float) -> None:
    found = values(measured_on(day_of(sensor)))
    assert found["correlated"] is not None
    assert least <= found["correlated"] <= most
    if least:
        assert found["correlation_s"] is not None
        assert found["correlation_s"] / sensor.correlation_s == pytest.approx(1.2, abs=0.5)


def test_walking_is_measured_within_a_quarter() -> None:
    day = day_of(sensors.of(1.0, 2.0, "usual"))
    legs = [(np.diff(p.t_s), np.hypot(np.diff(p.x_m), np.diff(p.y_m))) for p in day.paths[:-1]]
    took, way = (np.concatenate(part) for part in zip(*legs, strict=True))
    walks = (took > 0) & (way > 0.45 * took)  # faster than steps in front of a shelf
    speed = np.sqrt(np.sum(way[walks] ** 2 / took[walks]) / took[walks].sum())
    found = values(measured_on(day))
    assert found["speed_m_s"] == pytest.approx(speed, rel=0.25)
    stands = found["stand_s"] or 0.0
    assert stands / (stands + (found["walk_s"] or 0.0)) == pytest.approx(1 - took[walks].sum() / took.sum(), abs=0.2)


def test_wrong_floors_are_counted() -> None:
    sensor = replace(sensors.of(2.0, 2.0, "usual"), wrong_floor=0.03)
    assert values(measured_on(day_of(sensor, "diy")))["floor_error"] == pytest.approx(0.03, abs=0.008)


def test_areas_of_large_errors_are_found() -> None:
    day = day_of(replace(sensors.of(2.0, 2.0, "white"), area_spread=0.5, place_m=8.0), shoppers=60)
    day.pings.sigma_m[:] = np.nan
    areas = measured_on(day).areas
    radio = Radio(day.store.seed, day.store.layout, day._sensor)
    x, y = day.store.layout.frame.from_plan(*(np.array([getattr(a, name) for a in areas]) for name in ("x_m", "y_m")))
    true = radio.factor(Places(x, y, np.zeros(len(areas), np.int16)))
    assert np.corrcoef(np.log(true), np.log([area.sigma_m for area in areas]))[0, 1] > 0.7
    assert all(area.pings >= FEWEST for area in areas)


def test_few_pings_say_so_and_change_nothing() -> None:
    found = measured_on(day_of(sensors.of(2.0, 2.0, "usual"), shoppers=1))
    assert "sigma_trust" not in found.calibration
    assert why(found)["sigma_trust"] == "fewer than 20 visits"


def test_rare_pings_say_nothing_of_walking() -> None:
    found = why(measured_on(day_of(sensors.of(2.0, 30.0, "usual"))))
    assert found["speed_m_s"] == found["stand_s"] == "a ping every 30 s is too rare"


def test_no_pings_at_all_leave_every_default() -> None:
    nothing = Visits(*(np.zeros(0, kind) for kind in ("i8", "f8", "f8", "f8", "f8", "i2")))
    found = measured(nothing)
    assert found.calibration == {}
    assert found.areas == []
    assert all(figure.value is None and figure.why for figure in found.figures)


def test_what_people_do_is_shown_and_how_fixes_err_goes_into_the_plan() -> None:
    found = measured_on(day_of(sensors.of(2.0, 2.0, "usual")))
    assert set(found.calibration) == {"sigma_factor", "sigma_trust", "outlier_share", "speed_m_s", "speed_memory_s"}
    assert None not in [values(found)[name] for name in ("correlated", "correlation_s", "stand_s", "walk_s")]


def test_figures_are_of_parameters_with_their_defaults() -> None:
    found = measured(Visits(*(np.zeros(0, kind) for kind in ("i8", "f8", "f8", "f8", "f8", "i2"))))
    for figure in found.figures:
        assert figure.default == getattr(DEFAULTS, figure.name, None)


def test_who_works_there_and_things_are_left_out() -> None:
    day = day_of(sensors.of(2.0, 2.0, "usual"))
    visits = sample_of(day).visits(SILENCE_S)
    assert max(lengths_of(visits)) < 3_600 < np.ptp(day.pings.ts_ms) / 1000
    assert 25 <= visits.count <= 32


def test_a_sample_keeps_whole_phones() -> None:
    day = day_of(sensors.of(2.0, 2.0, "usual"))
    whole, some = sample_of(day), sample_of(day, most=4_000)
    assert some.one_of > 1
    assert (whole.rows, whole.foreign) == (some.rows, some.foreign)
    kept = some.visits(SILENCE_S)
    assert 0 < len(kept) <= 4_000
    assert set(lengths_of(kept)) <= set(lengths_of(whole.visits(SILENCE_S)))


def test_copies_and_late_pings_count_for_nothing() -> None:
    day = day_of(sensors.of(2.0, 2.0, "usual"), shoppers=5)
    rows = pings_table(day).select(PINGS.names).cast(PINGS).combine_chunks()
    once, twice = Sample("S1"), Sample("S1")
    (batch,) = rows.to_batches()
    once.take(batch)
    for part in (batch, batch.slice(0, 500)):
        twice.take(part)
    assert len(once.visits(SILENCE_S)) == len(twice.visits(SILENCE_S))


def test_pings_of_another_store_are_left_out() -> None:
    rows = pings_table(day_of(sensors.of(2.0, 2.0, "usual"), shoppers=3)).select(PINGS.names)
    other = pa.array(["S2"] * len(rows)).dictionary_encode()
    (batch,) = rows.set_column(0, "store_id", other).cast(PINGS).combine_chunks().to_batches()
    sample = Sample("S1")
    sample.take(batch)
    assert sample.rows == sample.foreign == len(batch)
    assert measured(sample.visits(SILENCE_S)).calibration == {}


def test_a_difference_is_the_sum_over_visits_of_absolute_seconds() -> None:
    before = {("v", "display", "boots"): 10.0, ("w", "display", "boots"): 20.0, ("v", "department", "shoes"): 30.0}
    after = {("v", "display", "boots"): 12.0, ("w", "display", "boots"): 17.0, ("w", "department", "books"): 4.0}
    found = between(before, after)
    assert found.changed_s == {
        ("display", "boots"): 5.0,
        ("department", "shoes"): 30.0,
        ("department", "books"): 4.0,
    }
    assert found.total("department") == (30.0, 34.0)
    assert found.most(2) == [("department", "shoes"), ("display", "boots")]
