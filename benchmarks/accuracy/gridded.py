"""The grid filter and smoother over half-metre cells, standing or walking; answers, seconds and intervals from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy import propagate
from benchmarks.accuracy.answers import Answers, Method, spend, ways
from benchmarks.accuracy.case import Case, Track
from benchmarks.accuracy.chart import NOWHERE, Codes, Numbers
from benchmarks.accuracy.lattice import CELL_M, ErrorLaw, Lattice, Motion, step_s
from benchmarks.accuracy.propagate import Fixes, Model

PATHS = 48
"""Paths drawn backward through each visit, for the intervals."""
UNKNOWN_M = 3.0
DISPLAY_P = 0.33
"""A display less probable than this is not answered."""

Floors = Mapping[int, tuple[Lattice, Model]]


@dataclass(frozen=True, eq=False)
class _Stretch:
    """Pings `at` of a track that are on one floor, and the nodes of their time: `seconds` go by each node."""

    floor: int
    at: slice
    node: NDArray[np.int64]
    seconds: Numbers


def answer(case: Case, floors: Floors, sigma_m: Numbers) -> Answers:
    """`sigma_m` is what the errors are believed to be, by row of the scenario's pings."""
    answers = case.nothing()
    answers.department_p, answers.display_p = np.zeros(case.pings), np.zeros(case.pings)
    shape = answers.live_s.shape
    answers.smoothed_s, drawn = np.zeros(shape), np.zeros((shape[0], PATHS, shape[1]))
    for track in case.tracks:
        p = np.zeros((len(track.rows), shape[1]))
        for stretch in _stretches(track, step_s(case)):
            if stretch.floor in floors:
                lattice, model = floors[stretch.floor]
                smoothed, paths = _stretch(track, stretch, lattice, model, sigma_m[track.rows], p)
                answers.smoothed_s[track.device] += smoothed
                drawn[track.device] += paths
        _live(case, track, p, answers)
    answers.lower_s, answers.upper_s = np.quantile(drawn, 0.05, axis=1), np.quantile(drawn, 0.95, axis=1)
    return answers


def _stretch(
    track: Track, stretch: _Stretch, lattice: Lattice, model: Model, sigma_m: Numbers, p: Numbers
) -> tuple[Numbers, Numbers]:
    """Fills the live probabilities `p` (pings, zones); smoothed seconds by zone, and those of drawn paths."""
    sigma = np.where(np.isfinite(sigma_m[stretch.at]), sigma_m[stretch.at], UNKNOWN_M) / CELL_M
    x, y = lattice.cells(track.x_m[stretch.at], track.y_m[stretch.at])
    fixes = Fixes(stretch.node, x, y, sigma)
    nodes, shape, zones = len(stretch.seconds), model.map.shape, p.shape[1]
    filtered, predicted = np.zeros((nodes, *shape), np.float32), np.zeros((len(x), *shape), np.float32)
    boxes, spent, paths = np.zeros((nodes, 4), np.int64), np.zeros(zones), np.zeros((PATHS, zones))
    propagate.forward(model, fixes, filtered, predicted, boxes)
    propagate.backward(model, fixes, filtered, predicted, boxes, stretch.seconds, lattice.zoned, spent)
    for ping, node in enumerate(stretch.node, stretch.at.start):
        propagate.by_zone(filtered[node], boxes[node], lattice.zoned, p[ping])
    cells = np.zeros((PATHS, nodes), np.int64)
    chance = np.random.default_rng([track.first, stretch.at.start]).random((PATHS, nodes))
    propagate.draw(model, filtered, boxes, chance, cells)
    propagate.spend_paths(cells, stretch.seconds, lattice.zoned, paths)
    return spent, paths


def _stretches(track: Track, step_s: float) -> Iterator[_Stretch]:
    """Parts of a visit on one floor, each in steps of about `step_s`; the way to the next floor goes by halves."""
    cuts = [0, *(np.flatnonzero(np.diff(track.floor)) + 1).tolist(), len(track.rows)]
    for start, stop in pairwise(cuts):
        t_s = track.t_s[start:stop]
        steps = np.maximum(1, np.rint(np.diff(t_s) / step_s)).astype(np.int64)
        node = np.concatenate([[0], np.cumsum(steps)])
        seconds = ways(np.interp(np.arange(node[-1] + 1), node, t_s))
        if start > 0:
            seconds[0] += (track.t_s[start] - track.t_s[start - 1]) / 2
        if stop < len(track.rows):
            seconds[-1] += (track.t_s[stop] - track.t_s[stop - 1]) / 2
        yield _Stretch(int(track.floor[start]), slice(start, stop), node, seconds)


def _live(case: Case, track: Track, p: Numbers, answers: Answers) -> None:
    """Departments: the most probable, none too; displays: the most probable where it is DISPLAY_P."""
    assert answers.department_p is not None
    assert answers.display_p is not None
    split = case.chart.departments
    for codes, stated, zones, least in (
        (answers.department, answers.department_p, p[:, :split], 0.0),
        (answers.display, answers.display_p, p[:, split:], DISPLAY_P),
    ):
        best, none = zones.argmax(axis=1), np.maximum(1 - zones.sum(axis=1), 0)
        most = zones[np.arange(len(zones)), best]
        known = most >= (least or none)
        codes[track.span] = np.where(known, best + (split if least else 0), NOWHERE)
        stated[track.span] = np.minimum(np.where(known, most, none), 1.0)
    department: Codes = answers.department[track.span]
    spend(answers.live_s[track.device], department, track.t_s)
    answers.live_s[track.device, split:] += ways(track.t_s) @ p[:, split:]


def _plain(case: Case) -> Answers:
    floors: dict[int, tuple[Lattice, Model]] = {}
    for level, floor in enumerate(case.chart.floors.tolist()):
        lattice = Lattice.of(case.chart, level)
        floors[floor] = lattice, lattice.model(step_s(case), Motion(), ErrorLaw())
    return answer(case, floors, case.scenario.pings.column("sigma_m").to_numpy().astype(float))


METHOD = Method("grid", True, _plain)
