"""The law of errors and of movement under which a store's pings are most probable, not far from what is usual."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from streams.calibrate.likelihood import LAW, SEEN, filtered
from streams.calibrate.sample import Numbers, Visits
from streams.dwell.parameters import DEFAULTS

PINGS = 20_000
"""So many are fitted at the most: a few seconds, and more would change little."""
WORTH = 1_000.0
"""All pings together weigh no more than so many independent ones against what is usual: no law is quite right."""
ROUNDS = 2
"""Of finding the sizes of the visits' errors."""
REST = 10.0
"""A visit's size is shrunk towards the others' as if so many more pings had been as expected."""
USUAL = {
    "sigma_m": (DEFAULTS.sigma_m, 0.7),
    "sigma_factor": (1.0, 0.7),
    "correlated": (0.4, 1.5),
    "correlation_s": (20.0, 0.5),
    "speed_m_s": (DEFAULTS.speed_m_s, 0.15),
    "speed_memory_s": (DEFAULTS.speed_memory_s, 0.3),
    "stand_s": (DEFAULTS.stand_s, 0.4),
    "walk_s": (DEFAULTS.walk_s, 0.4),
    "outlier_share": (DEFAULTS.outlier_share, 0.8),
}
"""Usual values, and the standard deviation of their logarithm, of a share's log odds, from store to store. Speeds of
walking differ little between people (Weidmann 1993: 20 %), errors differ much. Correlated errors: successive samples of
a signal's strength are correlated by up to .9 (Youssef, Agrawala 2005)."""
_SHARES = ("correlated", "outlier_share")
_FARTHEST = 5.0
"""In standard deviations."""


Law = NDArray[np.void]
"""One record of likelihood.LAW."""


def fitted(visits: Visits) -> Law:
    """Twice: the second time each visit's errors have a size of their own, since phones differ."""
    some = visits.some(PINGS)
    names = _fitted_names(some)
    size, law, seen = np.ones(some.count), _law({}), np.zeros(len(some), SEEN)
    at = np.zeros(len(names))
    for _ in range(2):
        law, at = _most_probable(some, size, names, at, seen)
        size = size * _sizes(some, seen)
    return law


def _fitted_names(visits: Visits) -> list[str]:
    """A sigma that nobody needs, or that everybody gives, is not fitted."""
    idle = {"sigma_m": visits.said.all(), "sigma_factor": not visits.said.any()}
    return [name for name in USUAL if not idle.get(name)]


def _most_probable(
    visits: Visits, size: Numbers, names: list[str], at: Numbers, seen: NDArray[np.void]
) -> tuple[Law, Numbers]:
    """The law, and where it is: standard deviations from what is usual."""
    begins, sizes = visits.begins, size[visits.visit]
    columns = (visits.t_s, visits.x_m, visits.y_m, visits.sigma_m, sizes, begins)
    weight = min(1.0, WORTH / max(len(visits) - int(begins.sum()), 1))

    def improbable(away: Numbers) -> float:
        law = _law(_values(names, away))
        return float(-weight * filtered(*columns, law[0], seen) + 0.5 * np.sum(away**2))

    box = [(-_FARTHEST, _FARTHEST)] * len(names)
    found = minimize(improbable, at, method="L-BFGS-B", bounds=box, options={"maxiter": 60, "ftol": 1e-7})
    law = _law(_values(names, found.x))
    filtered(*columns, law[0], seen)
    return law, found.x


def _values(names: list[str], away: Numbers) -> dict[str, float]:
    values = {}
    for name, by in zip(names, away.tolist(), strict=True):
        usual, spread = USUAL[name]
        odds = usual / (1 - usual) if name in _SHARES else usual
        moved = odds * np.exp(by * spread)
        values[name] = float(moved / (1 + moved) if name in _SHARES else moved)
    return values


def _law(values: dict[str, float]) -> Law:
    law = np.zeros(1, LAW)
    usual = {name: value for name, (value, _) in USUAL.items()}
    fixed = {"outlier_scale": DEFAULTS.outlier_scale, "sway_m2_s": DEFAULTS.sway_m2_s}
    for name, value in {**usual, **fixed, **values}.items():
        law[name] = value
    return law


def _sizes(visits: Visits, seen: NDArray[np.void]) -> Numbers:
    """How many times larger the errors of each visit are than the filter expected."""
    surprise, pings = by_visit(visits, seen)
    return np.asarray(np.sqrt((surprise + REST) / (pings + REST)))


def by_visit(visits: Visits, seen: NDArray[np.void]) -> tuple[Numbers, Numbers]:
    """The sum of surprises of each visit's pings that are no outliers, and how many there are."""
    regular = np.where(visits.begins, 0.0, seen["regular"])
    sums = (np.bincount(visits.visit, weights, visits.count) for weights in (regular * seen["surprise"], regular))
    surprise, pings = (np.asarray(one, np.float64) for one in sums)
    return surprise, pings


def looked(law: Law, visits: Visits) -> tuple[NDArray[np.void], Numbers]:
    """What the filter sees of all visits under a law that was fitted to some, and how large each one's errors are."""
    size, seen = np.ones(visits.count), np.zeros(len(visits), SEEN)
    for left in range(ROUNDS, -1, -1):
        columns = (visits.t_s, visits.x_m, visits.y_m, visits.sigma_m, size[visits.visit], visits.begins)
        filtered(*columns, law[0], seen)
        if left:
            size = size * _sizes(visits, seen)
    return seen, size
