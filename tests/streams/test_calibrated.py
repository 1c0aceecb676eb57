"""A plan's calibration reaches the engine, and a replay's answers are those of an engine made with its values."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from models import floorplan
from models.plans import StorePlans
from streams.dwell.engine import Engine
from streams.dwell.parameters import DEFAULTS
from tests.streams.toy import NAN, SILENCE_S, Ping, Run, plan_bytes, standing, store_plans

MEASURED = {"sigma_m": 6.0, "walk_s": 40.0}
WALK = [
    *standing(10, 10, 0, 40, sigma=NAN),
    *standing(16, 10, 42, 80, sigma=NAN),
    *standing(30, 10, 82, 120, sigma=NAN),
]


def answered(plans: StorePlans, pings: list[Ping] = WALK, **model: float) -> list[object]:
    run = Run(plans)
    run.engine = Engine(plans, SILENCE_S, replace(DEFAULTS, **model))
    run.push(pings).finish()
    return [run.visits, run.settled]


def test_the_plans_values_are_the_models() -> None:
    calibrated = store_plans(plan_bytes(calibration={**MEASURED, "unknown": "ignored"}))
    assert answered(calibrated) == answered(store_plans(), **MEASURED) != answered(store_plans())


def test_what_the_plan_does_not_say_is_the_given_models() -> None:
    calibrated = store_plans(plan_bytes(calibration={"sigma_m": 6.0}))
    assert answered(calibrated, walk_s=40.0, sigma_m=1.0) == answered(store_plans(), **MEASURED)


def test_the_newest_plans_calibration_holds() -> None:
    old = floorplan.parse(plan_bytes(calibration={"sigma_m": 1.0}))
    new = floorplan.parse(plan_bytes(calibration=MEASURED))
    versions = StorePlans([(date.min, old), (date(2100, 1, 1), new)])
    assert answered(versions) == answered(store_plans(), **MEASURED)


def test_a_new_plan_is_taken_while_it_runs_and_after_a_restart() -> None:
    calibrated = store_plans(plan_bytes(calibration=MEASURED))
    run, whole = Run(), Run(calibrated)
    run.engine.use(calibrated)
    run.plans = calibrated
    run.push(WALK[:30]).restart()
    run.push(WALK[30:]).finish()
    assert run.visits == whole.push(WALK).finish().visits


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_a_senders_sigma_counts_by_its_factor(factor: float) -> None:
    said = [ping._replace(sigma=2.0) for ping in WALK]
    times = [ping._replace(sigma=2.0 * factor) for ping in WALK]
    assert answered(store_plans(), said, sigma_factor=factor) == answered(store_plans(), times)
