"""What carries a phone: a shopper, a member of staff, or nobody (a till's terminal, a demo phone, a sensor).

Bayes' rule over what a visit's trail says, each clue with a stated likelihood, taken as independent given the kind.
The numbers are priors of the trade, not fits; they are parameters. What a few minutes cannot tell stays open: until
a visit is long, has gone round and round or has not moved at all, the answer is near the prior.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln, gammaln, log_ndtr

from streams.dwell.trail import BLOCK_MS, DOOR, HAS_DOOR, STEP_M, STEP_SIGMAS

KINDS = ("shopper", "staff", "fixed")
"""The values of `visits.kind`, in the order of the columns of `probabilities`."""
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Habits:
    """What one kind of carrier does. A kind may have several, with weights: staff stand at tills, or walk the store."""

    weight: float
    stay_s: float
    """Median of a visit's length, log-normal."""
    stay_spread: float
    at_door: float
    """Probability that the first position heard is near an entrance."""
    staff: tuple[float, float]
    """Beta distribution of the share of time in staff zones, errors of position included."""
    till: tuple[float, float]
    """… and in checkouts."""
    way_m_s: float
    """Mean of the coarse way over a visit's time; visits differ as by a Gamma distribution of `evenness`."""
    evenness: float


@dataclass(frozen=True)
class Parameters:
    """Of the three kinds, in the order of KINDS."""

    priors: Sequence[float] = (0.93, 0.05, 0.02)
    """Of a visit. A store of 600 visits a day has some 20 staff, who come and go twice, and a dozen things."""
    habits: Sequence[Sequence[Habits]] = field(
        default_factory=lambda: (
            # trips to a supermarket take 20 to 45 minutes (Hui, Bradlow, Fader 2009: half an hour); 3 % are over 2 h
            (Habits(1.0, 25 * 60, 0.85, 0.75, (0.1, 12.0), (1.0, 9.0), 0.25, 2.0),),
            (
                Habits(0.6, 4 * 3600, 0.8, 0.4, (0.6, 4.0), (0.3, 6.0), 0.2, 2.0),  # on the floor
                Habits(0.4, 3 * 3600, 0.8, 0.4, (0.4, 4.0), (3.0, 1.5), 0.04, 1.0),  # behind a till
            ),
            (Habits(1.0, 12 * 3600, 1.0, 0.15, (0.5, 1.0), (0.5, 1.0), 0.0, 1.0),),
        )
    )
    apart_s: float = 120.0
    """Two looks at where somebody is are independent when this far apart: stands and queues last minutes."""
    strays_per_h: float = 1.5
    """Moves that errors of position feign, of a thing that does not move."""
    round_share: Sequence[float] = (0.45, 0.8, 0.9)
    """Share of moves that lead where the phone was before, of a walk that has been through the store once."""
    round_moves: float = 25.0
    """Moves after which a walk may have been through the store."""


USUAL = Parameters()


def probabilities(sums: Any, seconds: Numbers, parameters: Parameters = USUAL) -> Numbers:
    """Shape (n, 3): of each kind, of visits with these SUMS that have lasted for `seconds` so far."""
    logs = np.stack(
        [
            np.log(prior) + np.logaddexp.reduce([_habit(sums, seconds, one, parameters) for one in habits], axis=0)
            for prior, habits in zip(parameters.priors, parameters.habits, strict=True)
        ],
        axis=1,
    )
    logs += _rounds(sums, parameters)
    logs -= logs.max(axis=1, keepdims=True)
    odds = np.exp(logs)
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def _habit(sums: Any, seconds: Numbers, habits: Habits, parameters: Parameters) -> Numbers:
    """Log-likelihood of what is known of each visit."""
    places = sums["places"].astype(float)
    looks = np.minimum(1.0, BLOCK_MS / 1000 / parameters.apart_s)
    total = np.log(habits.weight) + _stays(seconds, habits) + _door(sums["began"], habits)
    total += _share(sums["staff"] * looks, places * looks, *habits.staff)
    total += _share(sums["till"] * looks, places * looks, *habits.till)
    return np.asarray(total + _moves(sums, habits, parameters))


def _stays(seconds: Numbers, habits: Habits) -> Numbers:
    """That a visit lasts at least this long: it may still go on."""
    lasted = np.log(np.maximum(seconds, 1.0) / habits.stay_s) / habits.stay_spread
    return np.asarray(log_ndtr(-lasted))


def _door(began: Any, habits: Habits) -> Numbers:
    near = np.where(began & DOOR, np.log(habits.at_door), np.log1p(-habits.at_door))
    return np.where(began & HAS_DOOR, near, 0.0)


def _share(inside: Numbers, looks: Numbers, a: float, b: float) -> Numbers:
    """Beta-binomial: `inside` of `looks` independent looks, where each visit has its own share of time."""
    return np.asarray(betaln(inside + a, looks - inside + b) - betaln(a, b))


def _moves(sums: Any, habits: Habits, parameters: Parameters) -> Numbers:
    """Negative binomial: moves over steps that noise does not make, each visit at its own pace."""
    places = sums["places"].astype(float)
    seconds = places * BLOCK_MS / 1000
    step_m = np.maximum(STEP_M, STEP_SIGMAS * np.sqrt(sums["noise"] / np.maximum(places, 1)))
    mean = seconds * (habits.way_m_s / step_m + parameters.strays_per_h / 3600)
    # most people make less than a move a place
    mean, moves = np.clip(mean, 1e-6, 0.6 * places + 1e-6), sums["moves"].astype(float)
    k = habits.evenness
    chosen = gammaln(moves + k) - gammaln(k) - gammaln(moves + 1)
    return np.asarray(chosen + k * np.log(k / (k + mean)) + moves * np.log(mean / (k + mean)))


def _rounds(sums: Any, parameters: Parameters) -> Numbers:
    """Shape (n, 3): who goes where they were before, once they have been through the store."""
    again = np.maximum(sums["moves"] - parameters.round_moves, 0.0)
    share = sums["returns"] / np.maximum(sums["moves"], 1)
    # moves in one part of the store follow one another: ten of them are worth one
    worth = (again / 10)[:, None]
    p = np.array(parameters.round_share)
    return np.asarray(worth * (share[:, None] * np.log(p) + (1 - share[:, None]) * np.log1p(-p)))
