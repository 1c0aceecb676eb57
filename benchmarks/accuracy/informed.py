"""The grid filter told what no product can know: the errors' true law and size, and where people stand and walk."""

from __future__ import annotations

import math

from benchmarks.accuracy import gridded
from benchmarks.accuracy.answers import Answers, Method
from benchmarks.accuracy.case import Case
from benchmarks.accuracy.lattice import ErrorLaw, Lattice, Motion, step_s
from benchmarks.accuracy.propagate import Model
from benchmarks.accuracy.scenario import Noise

STRAIGHT_S = 12.0
"""From turn to turn of those who walk from stop to stop along aisles."""


def answer(case: Case) -> Answers:
    known = case.scenario.known
    assert known is not None
    maps = known.maps
    motion = Motion(
        maps.standing_s, maps.walking_s, straight_s=STRAIGHT_S, standing_m=maps.standing_m, speed_m_s=maps.speeds_m_s[1]
    )
    step = step_s(case)
    floors: dict[int, tuple[Lattice, Model]] = {}
    for level, floor in enumerate(case.chart.floors.tolist()):
        lattice = Lattice.of(case.chart, level)
        floors[floor] = (
            lattice,
            lattice.model(step, motion, law(known.noise, maps.speeds_m_s, step), maps.by_level[level]),
        )
    return gridded.answer(case, floors, known.sigma_m)


def law(noise: Noise, speeds_m_s: tuple[float, float], step_s: float) -> ErrorLaw:
    """The parts that are correlated in time and by place as one: places are left in walking, hardly in standing."""
    shared = noise.correlated + noise.placed
    keeps = tuple(_kept(noise, speed, step_s) for speed in speeds_m_s)
    # an error all of which is carried on would have beliefs of one cell
    return ErrorLaw(max(noise.white, 0.02), shared, keeps, noise.outliers, noise.outlier_scale)


def _kept(noise: Noise, speed_m_s: float, step_s: float) -> float:
    in_time = noise.correlated * math.exp(-step_s / noise.correlation_s)
    # a Gaussian correlation has no rate: that over its length stands in
    by_place = noise.placed * math.exp(-speed_m_s * step_s / (math.sqrt(2) * noise.place_m))
    return (in_time + by_place) / max(noise.correlated + noise.placed, 1e-9)


METHOD = Method("informed", True, answer)
