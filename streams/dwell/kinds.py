"""What carries a phone: a shopper, a member of staff, or nobody (a till's terminal, a phone on show, a sensor).

Bayes' rule over what a visit's trail says, each clue with a stated likelihood, taken as independent given the habit.
The numbers are what is known of the trade and assumptions where nothing is, not fits; all are parameters. What a few
minutes cannot tell stays open: until a visit is long, has been in places that are not for customers, or has not moved
at all, the answer is near the prior.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, log_ndtr

from streams.dwell.trail import BLOCK_MS, DOOR, HAS_DOOR, STEP_M, STEP_SIGMAS

KINDS = ("shopper", "staff", "fixed")
"""The values of `visits.kind`, in the order of the columns of `probabilities`."""
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Spell:
    """Time in zones of a kind over a visit: some seconds and a share of all, times a Gamma of mean 1 and this shape."""

    seconds: float
    share: float
    shape: float


@dataclass(frozen=True)
class Habit:
    """What one kind of carrier does."""

    weight: float
    """Of the habits of one kind."""
    stay_s: float
    stay_spread: float
    """A visit's length is log-normal: its median, and the standard deviation of its logarithm."""
    at_door: float
    """Probability that the first position heard is near an entrance."""
    staff: Spell
    till: Spell
    """Errors of position included."""
    way_m_s: float
    pace: float
    """Coarse way over a visit's time: its mean, and the shape of the Gamma by which visits differ."""


SHOPPER = Habit(1.0, 25 * 60, 0.85, 0.7, Spell(5, 0.002, 0.15), Spell(150, 0.02, 1.0), 0.15, 2.0)
"""Trips to a supermarket take half an hour (Hui, Bradlow, Fader 2009), 3 % over two hours; a queue takes minutes."""
FLOOR = Habit(0.6, 4 * 3600, 0.8, 0.3, Spell(0, 0.1, 0.5), Spell(0, 0.1, 0.4), 0.1, 2.0)
CASHIER = Habit(0.4, 3 * 3600, 0.8, 0.3, Spell(0, 0.1, 0.5), Spell(0, 0.5, 2.0), 0.04, 1.0)
"""Staff on the floor and behind a till: half a shift or more between breaks."""
THING = Habit(1.0, 12 * 3600, 1.0, 0.15, Spell(0, 0.3, 0.1), Spell(0, 0.1, 0.1), 0.0, 1.0)


@dataclass(frozen=True)
class Parameters:
    """Of the three kinds, in the order of KINDS."""

    priors: Sequence[float] = (0.93, 0.05, 0.02)
    """Of a visit. A store of 600 visits a day has some 15 staff who come and go twice, and a dozen things."""
    habits: Sequence[Sequence[Habit]] = field(default_factory=lambda: ((SHOPPER,), (FLOOR, CASHIER), (THING,)))
    strays_per_h: float = 1.5
    """Moves that errors of position feign, of a thing that does not move."""


USUAL = Parameters()


def probabilities(sums: Any, seconds: Numbers, parameters: Parameters = USUAL) -> Numbers:
    """Shape (n, 3): of each kind, of visits with these SUMS that have lasted for `seconds` so far."""
    logs = np.empty((len(sums), len(KINDS)))
    for number, (prior, habits) in enumerate(zip(parameters.priors, parameters.habits, strict=True)):
        likely = [np.log(one.weight) + _clues(sums, seconds, one, parameters.strays_per_h) for one in habits]
        logs[:, number] = np.log(prior) + np.logaddexp.reduce(likely, axis=0)
    odds = np.exp(logs - logs.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def _clues(sums: Any, seconds: Numbers, habit: Habit, strays_per_h: float) -> Numbers:
    """Log-likelihood of all that is known of each visit."""
    places = sums["places"].astype(float)
    measured_s = places * BLOCK_MS / 1000
    total = _stays(seconds, habit) + _door(sums["began"], habit)
    for name, spell in (("staff", habit.staff), ("till", habit.till)):
        mean = np.minimum(spell.seconds + spell.share * measured_s, 0.9 * measured_s) / (BLOCK_MS / 1000)
        total += _count(sums[name], mean, spell.shape)
    step_m = np.maximum(STEP_M, STEP_SIGMAS * np.sqrt(sums["noise"] / np.maximum(places, 1)))
    moves = measured_s * (habit.way_m_s / step_m + strays_per_h / 3600)
    return np.asarray(total + _count(sums["moves"], np.minimum(moves, 0.6 * places), habit.pace))


def _stays(seconds: Numbers, habit: Habit) -> Numbers:
    """That a visit lasts at least this long: it may still go on."""
    return np.asarray(log_ndtr(-np.log(np.maximum(seconds, 1.0) / habit.stay_s) / habit.stay_spread))


def _door(began: Any, habit: Habit) -> Numbers:
    near = np.where(began & DOOR, np.log(habit.at_door), np.log1p(-habit.at_door))
    return np.where(began & HAS_DOOR, near, 0.0)


def _count(count: Any, mean: Numbers, shape: float) -> Numbers:
    """Negative binomial: a Poisson count whose mean differs from visit to visit as a Gamma of this shape."""
    mean = np.maximum(mean, 1e-6)
    ways = gammaln(count + shape) - gammaln(shape) - gammaln(count + 1.0)
    return np.asarray(ways + shape * np.log(shape / (shape + mean)) + count * np.log(mean / (shape + mean)))
