"""A scenario made ready for every method: visits in the order of time, and the truth in codes of zones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from benchmarks.accuracy.answers import Answers
from benchmarks.accuracy.chart import NOWHERE, Chart, Codes, Numbers
from benchmarks.accuracy.scenario import Scenario

LATENESS_MS, SILENCE_MS = 3_000, 300_000


@dataclass(frozen=True, eq=False)
class Track:
    """One visit's pings in the order of time, without copies and late ones. Arrays have one entry a ping."""

    device: int
    rows: NDArray[np.int64]
    """Rows of the scenario's pings."""
    first: int
    """Where these pings begin in a method's answers."""
    t_s: Numbers
    x_m: Numbers
    y_m: Numbers
    sigma_m: Numbers
    """NaN where the sender does not say."""
    floor: NDArray[np.int16]

    @property
    def span(self) -> slice:
        return slice(self.first, self.first + len(self.rows))


@dataclass(frozen=True, eq=False)
class Case:
    """`truth` answers as a method would that knows everything."""

    scenario: Scenario
    chart: Chart
    devices: Sequence[str]
    tracks: Sequence[Track]
    truth: Answers

    @classmethod
    def of(cls, scenario: Scenario) -> Case:
        chart = Chart.of(scenario.plan)
        device = scenario.pings.column("device_id").combine_chunks()
        devices = [str(name) for name in device.dictionary.to_pylist()]
        tracks = list(_tracks(scenario.pings, device.indices.to_numpy()))
        return cls(scenario, chart, devices, tracks, _truth(scenario, chart, devices, tracks))

    @property
    def pings(self) -> int:
        return sum(len(track.rows) for track in self.tracks)

    def nothing(self) -> Answers:
        """Answers to be filled in."""
        return Answers.empty(self.pings, len(self.devices), len(self.chart.zones))


def _tracks(pings: pa.Table, device: NDArray[np.int32]) -> Iterator[Track]:
    ts = pings.column("ts").cast(pa.int64()).to_numpy()
    x, y, sigma = (pings.column(name).to_numpy().astype(float) for name in ("x_m", "y_m", "sigma_m"))
    floor = pings.column("floor").to_numpy()
    start, first = int(ts.min()), 0
    for number in range(int(device.max()) + 1):
        rows = np.flatnonzero(device == number)
        rows = rows[ts[rows] >= np.maximum.accumulate(ts[rows]) - LATENESS_MS]
        _, firsts = np.unique(ts[rows], return_index=True)
        rows = rows[firsts]
        for part in np.split(rows, np.flatnonzero(np.diff(ts[rows]) >= SILENCE_MS) + 1):
            if len(part):
                t_s = (ts[part] - start) / 1000
                yield Track(number, part, first, t_s, x[part], y[part], sigma[part], floor[part])
                first += len(part)


def _truth(scenario: Scenario, chart: Chart, devices: Sequence[str], tracks: Sequence[Track]) -> Answers:
    code = {(zone.kind, zone.id): number for number, zone in enumerate(chart.zones)}
    rows = np.concatenate([track.rows for track in tracks])
    department = _codes(scenario.places.department, "department", code)[rows]
    display = _codes(scenario.places.display, "display", code)[rows]
    number = {name: i for i, name in enumerate(devices)}
    seconds = np.zeros((len(devices), len(chart.zones)))
    for (device, kind, zone), spent in scenario.spent.items():
        seconds[number[device], code[kind, zone]] = spent
    return Answers(department, display, seconds, seconds)


def _codes(ids: Sequence[str | None], kind: str, code: dict[tuple[str, str], int]) -> Codes:
    return np.array([NOWHERE if one is None else code[kind, one] for one in ids], np.int32)
