"""A test that may be looked at every night: the difference of two arms with a confidence sequence.

An interval of 95 % that is looked at again and again excludes the truth sooner or later. A confidence sequence holds it
at all times at once with 95 %. This is the asymptotic one of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas
("Time-uniform central limit theory and asymptotic confidence sequences", Annals of Statistics 52, 2024, theorem 2.2):
Robbins' normal mixture with an estimated variance. It holds the *mean of the effects so far*, so the newer arm may
change while it goes on. Pure: arrays in, values out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.lift import ROWS_A_COLUMN, standard
from training.offpolicy import Estimate, Indices, Numbers, by_cluster

ALPHA = 0.05
PLANNED = 800.0
"""The information at which the sequence is narrowest: that of 1,000 visits in a fifth of 5,000."""
_RHO2 = (-2 * np.log(ALPHA) + np.log(1 - 2 * np.log(ALPHA))) / PLANNED


@dataclass(frozen=True)
class Watched:
    """N visits: in the newer arm (1) or not (0), what they brought, and what was known before they were decided."""

    newer: Numbers
    outcome: Numbers
    known: Numbers
    """Shape (N, columns)."""
    stratum: Indices
    """Codes: visits are compared within a store's day, so that neither days nor a changed share matter."""
    cluster: Indices
    """Codes of what is drawn as one."""


def difference(watched: Watched) -> Estimate | None:
    """Newer arm less the other, a visit, within strata and after regression on what was known; with its sequence.

    None where no stratum has both arms. The arms share their variance, as `lift` says why.
    """
    smaller = int(min(watched.newer.sum(), (1 - watched.newer).sum()))
    columns = standard(watched.known)[:, : smaller // ROWS_A_COLUMN]
    found = _within(np.column_stack([watched.newer, watched.outcome, columns]), watched.stratum)
    sides, known = found[:, :2], found[:, 2:]
    if known.shape[1]:
        # what is left of both after the regression has the slope of the regression on all of it (Frisch, Waugh, Lovell)
        sides = sides - known @ np.linalg.lstsq(known, sides, rcond=1e-9)[0]
    drawn, outcome = sides.T
    information = float(drawn @ drawn)
    if information < 1e-9:
        return None
    value = float(drawn @ outcome) / information
    residual = outcome - value * drawn
    sums, visits = by_cluster(residual, watched.cluster), by_cluster(np.ones(len(drawn)), watched.cluster)
    free = len(sums) - len(np.unique(watched.stratum)) - known.shape[1] - 1
    if free < 1:
        return None
    spread = ((by_cluster(drawn, watched.cluster) / visits) ** 2).sum() * (sums**2).sum() / free
    error = float(np.sqrt(spread)) / information
    reach = error * multiple(information)
    return Estimate(value, error, value - reach, value + reach)


def multiple(information: float) -> float:
    """How many standard errors the sequence reaches to either side; `information` is Σ (arm − share)² over visits."""
    grown = information * _RHO2
    return float(np.sqrt((1 + 1 / grown) * (np.log1p(grown) - 2 * np.log(ALPHA))))


def _within(columns: Numbers, stratum: Indices) -> Numbers:
    """Each less its mean in its stratum."""
    _, code, count = np.unique(stratum, return_inverse=True, return_counts=True)
    means = np.column_stack([np.bincount(code, column) for column in columns.T]) / count[:, None]
    return np.asarray(columns - means[code])
