"""The engine as a method: `aislewise replay` in this process, over the same pings."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from benchmarks.accuracy.answers import Answers, Method
from benchmarks.accuracy.case import SILENCE_MS, Case
from benchmarks.accuracy.chart import Codes
from benchmarks.accuracy.replayed import Replayed, replay
from models.plans import StorePlans


def answer(case: Case) -> Answers:
    replayed = replay(StorePlans.always(case.chart.plan), case.scenario.pings, SILENCE_MS / 1000)
    answers = case.nothing()
    _take_zones(case, replayed.zones, answers)
    _take_dwells(case, replayed, answers)
    return answers


def _take_zones(case: Case, zones: pa.Table, answers: Answers) -> None:
    """Rows are the pings but copies, in their order: found again by phone and time."""
    number = {device: i for i, device in enumerate(case.devices)}
    device = np.array([number[one] for one in zones.column("device_id").to_pylist()])
    ts = zones.column("ts").cast(pa.int64()).to_numpy()
    row_of = {key: row for row, key in enumerate(zip(device.tolist(), ts.tolist(), strict=True))}
    sent = case.scenario.pings.column("ts").cast(pa.int64()).to_numpy()
    keys = ((track.device, int(ts)) for track in case.tracks for ts in sent[track.rows])
    rows = np.array([row_of[key] for key in keys])
    for kind, codes in case.chart.kinds():
        code = {zone.id: number for number, zone in enumerate(case.chart.zones) if codes.start <= number < codes.stop}
        setattr(answers, kind, _codes(zones.column(kind).to_pylist(), code)[rows])
        setattr(answers, f"{kind}_p", zones.column(f"{kind}_p").to_numpy()[rows])


def _codes(ids: list[str | None], code: dict[str, int]) -> Codes:
    return np.array([-1 if one is None else code[one] for one in ids], np.int32)


def _take_dwells(case: Case, replayed: Replayed, answers: Answers) -> None:
    number = {device: i for i, device in enumerate(case.devices)}
    code = {(zone.kind, zone.id): i for i, zone in enumerate(case.chart.zones)}
    dwells = replayed.dwells.select(["device_id", "kind", "zone_id", "live_s", "dwell_s", "lower_s", "upper_s"])
    shape = answers.live_s.shape
    smoothed, lower, upper = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for row in dwells.to_pylist():
        at = number[row["device_id"]], code[row["kind"], row["zone_id"]]
        answers.live_s[at] += row["live_s"]
        smoothed[at] += row["dwell_s"]
        lower[at] += row["lower_s"]
        upper[at] += row["upper_s"]
    answers.smoothed_s, answers.lower_s, answers.upper_s = smoothed, lower, upper


METHOD = Method("engine", True, answer)
