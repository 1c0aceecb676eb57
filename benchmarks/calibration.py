"""What calibration is worth: replays of simulated days with the defaults and with what another day's pings gave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from statistics import mean
from typing import NamedTuple

import numpy as np

from aislewise import simulated as files
from benchmarks.accuracy import engine, metrics, observed
from benchmarks.accuracy.case import SILENCE_MS, Case
from benchmarks.accuracy.chart import Chart
from simulation import sensors
from simulation.day import STAFF_DEVICE, Day
from simulation.sensors import Sensor
from simulation.store import Store
from streams.calibrate.figures import Measured, measured
from streams.calibrate.sample import Sample
from streams.replay.columns import PINGS

SEEDS = (11, 12, 13)
"""Of stores; none of them was looked at while the estimates were made."""
MEASURED_DAY, JUDGED_DAY = 1_000, 2_000
"""Added to a store's seed: pings of one day calibrate, another day judges."""
SHOPPERS, OPEN_S = 40, 3600.0
FIGURES = ("department.live_error_s", "department.smoothed_error_s", "display.smoothed_error_s")


class Sender(NamedTuple):
    """A store and what its pings are like; `factor` is how many times too large the sigmas are that they give."""

    layout: str
    sensor: Sensor
    name: str
    factor: float = 1.0


SENDERS = (
    Sender("departments", sensors.of(2.0, 2.0, "white", "missing"), "2 m white, no sigma"),
    Sender("departments", sensors.of(1.0, 2.0, "usual", "missing"), "1 m usual, no sigma"),
    Sender("supermarket", sensors.of(2.0, 2.0, "usual", "missing"), "2 m usual, no sigma"),
    Sender("open", sensors.of(5.0, 2.0, "usual", "missing"), "5 m usual, no sigma"),
    Sender("supermarket", sensors.of(3.0, 10.0, "usual", "missing"), "3 m usual every 10 s, no sigma"),
    Sender("departments", sensors.of(2.0, 2.0, "usual"), "2 m usual, the true sigma"),
    Sender("supermarket", sensors.of(2.0, 2.0, "usual"), "2 m usual, a third of the sigma", 1 / 3),
    Sender("departments", sensors.of(2.0, 2.0, "usual"), "2 m usual, three times the sigma", 3.0),
    Sender("diy", sensors.of(3.0, 2.0, "harsh"), "3 m harsh, wrong sigmas"),
    Sender("departments", sensors.of(3.0, 2.0, "harsh", "missing"), "3 m harsh, no sigma"),
)


def run(seeds: tuple[int, ...] = SEEDS) -> None:
    """Prints a table: seconds of error in a visit and zone, with the defaults → with the calibration."""
    print("| layout | errors | live, departments | re-smoothed, departments | re-smoothed, displays |")
    print("|---|---|---|---|---|")
    for sender in SENDERS:
        pairs = [_of_seed(sender, seed) for seed in seeds]
        columns = [tuple(mean(pair[i][name] for pair in pairs) for i in (0, 1)) for name in FIGURES]
        shown = " | ".join(f"{before:.1f} → {after:.1f}" for before, after in columns)
        print(f"| {sender.layout} | {sender.name} | {shown} |", flush=True)


def _of_seed(sender: Sender, seed: int) -> tuple[metrics.Figures, metrics.Figures]:
    store = Store.build(seed, "S1", layout=sender.layout)
    found = measured_on(_day(store, sender, seed + MEASURED_DAY), sender.factor)
    case = _case(_day(store, sender, seed + JUDGED_DAY), sender)
    return judged(case, {}), judged(case, found.calibration)


def judged(case: Case, calibration: Mapping[str, float]) -> metrics.Figures:
    """The errors of a replay with this calibration in the plan."""
    chart = replace(case.chart, plan=replace(case.chart.plan, calibration=calibration))
    return metrics.figures(case, engine.answer(replace(case, chart=chart)))


def measured_on(day: Day, factor: float = 1.0) -> Measured:
    """What the pings of a whole day say, staff and things included."""
    day.pings.sigma_m[:] *= factor
    sample = Sample(day.store.store_id)
    for batch in files.pings_table(day).select(PINGS.names).cast(PINGS).combine_chunks().to_batches():
        sample.take(batch)
    return measured(sample.visits(SILENCE_MS / 1000))


def _case(day: Day, sender: Sender) -> Case:
    seen = day.pings.take(np.flatnonzero(day.pings.device != day.devices.index(STAFF_DEVICE)))
    seen.sigma_m[:] *= sender.factor
    chart = Chart.of(day.store.plan_geojson)
    return Case.of(observed.scenario(sender.name, chart, day.devices, day.paths, seen, None))


def _day(store: Store, sender: Sender, seed: int) -> Day:
    return Day(store, seed, observed.START_MS, OPEN_S, SHOPPERS, sensor=sender.sensor)
