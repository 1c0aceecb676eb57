"""What was measured in a store, as figures with units, each from so many pings, visits or spells, or not at all."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streams.calibrate.areas import Area, areas
from streams.calibrate.fit import Law, by_visit, fitted, looked
from streams.calibrate.sample import Flags, Numbers, Visits
from streams.dwell.parameters import DEFAULTS

PINGS, VISITS, SPELLS = 300, 20, 30
"""Fewer than so many say nothing of a figure: it keeps its default."""
OFTEN_S = 10.0
"""Where pings come more rarely, nobody sees when people stop and start, nor how errors drift."""
FLICKER_S = 15.0
"""A floor that is named for less than this between two spells on another was a wrong one."""
SHOWN = ("stand_s", "walk_s")
"""Shown only: the engine's defaults are those with which its answers err least, and the times of real stops and walks
made them err more on simulated days (docs/calibration.md)."""
LEAST_SHARE, LEAST_SPREAD = 0.001, 0.05


@dataclass(frozen=True)
class Figure:
    """`name` is the field of Parameters where `default` is not None. `value` is None where `why` says why.

    A plan gets no value that is not `carried`.
    """

    name: str
    about: str
    unit: str
    default: float | None
    value: float | None
    count: int
    of: str
    why: str = ""
    carried: bool = True


@dataclass(frozen=True)
class Measured:
    """What a store's pings say; `pings` and `visits` are those that it was measured with."""

    figures: list[Figure]
    areas: list[Area]
    pings: int
    visits: int

    @property
    def calibration(self) -> dict[str, float]:
        """Values of the engine's parameters by field, for a plan."""
        taken = ((one.name, one.value) for one in self.figures if one.carried)
        return {name: float(f"{value:.3g}") for name, value in taken if value is not None}


def measured(visits: Visits) -> Measured:
    """Raises nothing: where there is too little of anything, the figures say so."""
    law = fitted(visits)
    seen, size = looked(law, visits)
    figures = [*_errors(law, visits, seen, size), *_movement(law, visits, seen), _floors(visits)]
    return Measured(figures, areas(law, visits, seen, size), len(visits), visits.count)


def _errors(law: Law, visits: Visits, seen: NDArray[np.void], size: Numbers) -> Iterator[Figure]:
    said = visits.said
    about = "error on each axis where the sender says nothing"
    yield _sigma("sigma_m", about, "m", law, ~said, size[visits.visit])
    yield _sigma("sigma_factor", "error over what the sender says", "", law, said, size[visits.visit])
    logs, enough = _log_sizes(visits, seen, size)
    mostly = np.bincount(visits.visit, said, visits.count) > np.bincount(visits.visit, ~said, visits.count)
    about = "spread of the logarithm of that from visit to visit"
    yield _spread("sigma_doubt", about, logs[enough & ~mostly])
    yield _spread("sigma_trust", about, logs[enough & mostly])
    why = _why(len(visits), 3 * PINGS, visits.period_s)
    for name, what, unit in (
        ("correlated", "share of the error's variance that drifts", ""),
        ("correlation_s", "time after which a drifting error is another", "s"),
    ):
        value = None if why else float(law[name][0])
        yield Figure(name, what, unit, None, value, len(visits), "pings", why, carried=False)
    yield _figure(law, "outlier_share", f"errors {DEFAULTS.outlier_scale:g} times larger", "", visits, 3 * PINGS)


def _sigma(name: str, about: str, unit: str, law: Law, rows: Flags, sizes: Numbers) -> Figure:
    """Root mean square over pings."""
    count = int(rows.sum())
    why = _why(count, PINGS)
    value = None if why else float(law[name][0] * np.sqrt(np.mean(sizes[rows] ** 2)))
    return Figure(name, about, unit, getattr(DEFAULTS, name), value, count, "pings", why)


def _log_sizes(visits: Visits, seen: NDArray[np.void], size: Numbers) -> tuple[NDArray[np.float64], Flags]:
    """Of each visit the logarithm of its size, and the variance that so few pings give it; which have enough."""
    surprise, pings = by_visit(visits, seen)
    enough = pings >= VISITS
    log = np.log(size) + 0.5 * np.log(np.maximum(surprise, 1e-9) / np.maximum(pings, 1.0))
    return np.stack([log, 0.25 / np.maximum(pings, 1.0)], axis=1), enough


def _spread(name: str, about: str, logs: NDArray[np.float64]) -> Figure:
    why = _why(len(logs), VISITS, what="visits")
    value = None
    if not why:
        variance = float(np.var(logs[:, 0]) - np.mean(logs[:, 1]))
        value = max(math.sqrt(max(variance, 0.0)), LEAST_SPREAD)
    return Figure(name, about, "", getattr(DEFAULTS, name), value, len(logs), "visits", why)


def _movement(law: Law, visits: Visits, seen: NDArray[np.void]) -> Iterator[Figure]:
    starts = np.diff(seen["stand"], prepend=0.0)
    starts[visits.begins] = seen["stand"][visits.begins]
    spells = round(float(np.maximum(starts, 0.0).sum()))
    why = _why(spells, SPELLS, visits.period_s, "spells")
    for name, about, unit in (
        ("speed_m_s", "root mean square speed of who walks", "m/s"),
        ("speed_memory_s", "time after which a velocity is another", "s"),
        ("stand_s", "mean time of standing", "s"),
        ("walk_s", "mean time of walking", "s"),
    ):
        value = None if why else float(law[name][0])
        yield Figure(name, about, unit, getattr(DEFAULTS, name), value, spells, "spells", why, name not in SHOWN)


def _floors(visits: Visits) -> Figure:
    """Pings that name another floor than those shortly before and after."""
    about, default = "pings that name a wrong floor", DEFAULTS.floor_error
    several = len(np.unique(visits.floor)) > 1
    why = _why(len(visits), 3 * PINGS) if several else "one floor only"
    value = None if why else max(float(_wrong_floors(visits).mean()), LEAST_SHARE)
    return Figure("floor_error", about, "", default, value, len(visits), "pings", why)


def _wrong_floors(visits: Visits) -> Flags:
    begins = visits.begins
    first = np.flatnonzero(begins | (np.diff(visits.floor.astype(int), prepend=0) != 0))
    run = np.cumsum(np.isin(np.arange(len(visits)), first)) - 1
    floor, visit, since = visits.floor[first], visits.visit[first], visits.t_s[first]
    wrong = np.zeros(len(first), np.bool_)
    wrong[1:-1] = (floor[:-2] == floor[2:]) & (visit[:-2] == visit[2:]) & (since[2:] - since[1:-1] < FLICKER_S)
    wrong[2:] &= ~wrong[1:-1]  # of A B A B only the first B
    return np.asarray(wrong[run])


def _figure(law: Law, name: str, about: str, unit: str, visits: Visits, fewest: int) -> Figure:
    why = _why(len(visits), fewest)
    value = None if why else max(float(law[name][0]), LEAST_SHARE)
    return Figure(name, about, unit, getattr(DEFAULTS, name), value, len(visits), "pings", why)


def _why(count: int, fewest: int, period_s: float = 0.0, what: str = "pings") -> str:
    if count == 0:
        return f"no {what}"
    if count < fewest:
        return f"fewer than {fewest} {what}"
    if not period_s <= OFTEN_S:
        return f"a ping every {period_s:.0f} s is too rare"
    return ""
