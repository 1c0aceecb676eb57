"""Off-policy estimates: what a policy would have brought on decisions that another one made, with known propensities.

Pure: arrays in, values out. Every estimate is a mean of one contribution a decision, so that all have the same
interval, clustered by visit, and two policies are compared decision by decision.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

Numbers = NDArray[np.float64]
Indices = NDArray[np.int64]

CONFIDENCE = 0.95
MOST_WEIGHT = 10.0
"""An action whose importance weight is greater is not overlapped (DESIGN §5)."""
FOLDS = 5
PRIOR_WEIGHT = 20.0
"""So many decisions of an action weigh as much as the rate of all actions."""
SHRINKAGE = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1e3, 1e4, 1e5)


@dataclass(frozen=True)
class Logged:
    """N logged decisions and what a policy would have done there; every column has shape (N,)."""

    visit: Indices
    """Codes: decisions of one visit are not independent."""
    reward: Numbers
    weight: Numbers
    """The policy's probability of the logged action, over the log's."""
    modelled: Numbers
    """The reward that a model expects of the logged action, not fitted on this visit."""
    expected: Numbers
    """That of the policy's actions: Σ probability × modelled reward."""
    total: Numbers
    """The policy's probability on all that the log could have drawn: the mean that `weight` has there."""

    def less(self, other: Logged) -> Logged:
        """What this policy does more than another on the same decisions; its value is the difference of theirs."""
        pairs = {name: getattr(self, name) - getattr(other, name) for name in ("weight", "expected", "total")}
        return replace(self, **pairs)


@dataclass(frozen=True)
class Estimate:
    """A mean a decision, with its standard error and 95 % interval."""

    value: float
    error: float
    low: float
    high: float


def ips(logged: Logged) -> Numbers:
    """Inverse propensity: unbiased, and wide."""
    return logged.weight * logged.reward


def snips(logged: Logged) -> Numbers:
    """Self-normalised: the weights are divided by their sum."""
    share = logged.weight / (logged.weight.mean() or 1.0)
    value = float((share * logged.reward).mean())
    return np.asarray(value + share * (logged.reward - value))


def dr(logged: Logged) -> Numbers:
    """Doubly robust: the model's value, corrected by the weighted errors of the model."""
    return logged.expected + logged.weight * (logged.reward - logged.modelled)


def shrunk(logged: Logged, strength: float | None = None) -> Numbers:
    """DR with optimistic shrinkage (Su et al. 2020); without a strength, that of the least estimated squared error."""
    error = logged.reward - logged.modelled
    tried = []
    for one in SHRINKAGE if strength is None else (strength,):
        weight = one * logged.weight / (logged.weight**2 + one)
        bias = float(((weight - logged.weight) * error).mean())
        contribution = logged.expected + weight * error
        tried.append((bias**2 + interval(contribution, logged.visit).error ** 2, contribution))
    return min(tried, key=lambda pair: pair[0])[1]


def adjusted(logged: Logged) -> Numbers:
    """DR whose two corrections, by the model and by the sum of weights, count as much as the data says.

    Both have a known mean of 0, so no choice of their coefficients has a bias that matters; (1, 0) is plain DR.
    """
    controls = np.column_stack([logged.weight * logged.modelled - logged.expected, logged.weight - logged.total])
    outcome = logged.weight * logged.reward
    sums = [by_cluster(column, logged.visit) for column in (*controls.T, outcome, np.ones(len(outcome)))]
    # per visit, because that is what the interval's variance is made of
    left = np.column_stack([*sums[:2], sums[3]])
    coefficients = np.linalg.lstsq(left, sums[2], rcond=1e-9)[0][:2]
    return np.asarray(outcome - controls @ coefficients)


def interval(contribution: Numbers, visit: Indices, *, spent: int = 1) -> Estimate:
    """The mean with an interval that holds where decisions of one visit depend on each other.

    `spent` counts what was estimated from the same data. Without two visits the interval is infinite.
    """
    count = len(contribution)
    value = float(contribution.mean()) if count else np.nan
    sums = by_cluster(contribution - value, visit)
    free = len(sums) - spent
    if free < 1:
        return Estimate(value, np.inf, -np.inf, np.inf)
    error = float(np.sqrt((sums**2).sum() * len(sums) / free)) / count
    reach = float(student.ppf((1 + CONFIDENCE) / 2, free)) * error
    return Estimate(value, error, value - reach, value + reach)


def value(logged: Logged) -> Estimate:
    """The policy's value a decision, by the default estimator, which is `adjusted`."""
    return interval(adjusted(logged), logged.visit, spent=3)


def difference(challenger: Logged, champion: Logged) -> Estimate:
    """By how much the challenger's value is greater, from the same decisions."""
    return value(challenger.less(champion))


def effective_size(weight: Numbers) -> float:
    """Of how many unweighted decisions the weights are worth (Kish); 0 where all are 0."""
    squares = float((weight**2).sum())
    return float(weight.sum()) ** 2 / squares if squares else 0.0


def folds(visit: Indices) -> Indices:
    """The fold of each decision, shape (N,): a visit is in one."""
    return np.asarray(visit % FOLDS, np.int64)


def rates(reward: Numbers, action: Indices, fold: Indices, actions: int) -> Numbers:
    """Mean rewards by action, shape (FOLDS, actions): row f without fold f, drawn towards the mean of all actions."""
    code = fold * actions + action
    count, total = (
        np.bincount(code, weights=column, minlength=FOLDS * actions).reshape(FOLDS, actions).astype(float)
        for column in (np.ones(len(reward)), reward)
    )
    others, sums = count.sum(axis=0) - count, total.sum(axis=0) - total
    overall = sums.sum(axis=1, keepdims=True) / np.maximum(others.sum(axis=1, keepdims=True), 1)
    return np.asarray((sums + PRIOR_WEIGHT * overall) / (others + PRIOR_WEIGHT))


def codes(keys: Iterable[Hashable]) -> Indices:
    """Numbers in place of names, shape (N,): equal keys have equal ones, counted as they first occur."""
    known: dict[Hashable, int] = {}
    return np.array([known.setdefault(key, len(known)) for key in keys], np.int64)


def by_cluster(column: Numbers, cluster: Indices) -> Numbers:
    """Sums, one a cluster that occurs."""
    _, code = np.unique(cluster, return_inverse=True)
    return np.asarray(np.bincount(code, weights=column), float)
