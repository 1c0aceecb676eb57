"""Uplift: the chance that a product is bought without a prompt, and by how much a prompt raises it, with draws.

The chance without a prompt is a logistic regression. A prompt's effect is *added* to it: what is bought anyway gains
little from being pointed out, so an effect in proportion to the chance would lead to the wrong products. Effects are
linear in a few inputs, with a part of its own for each product, and are known as draws from their posterior: their
mean says what to do, how far they differ what is worth trying (Thompson, 1933).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from models.features import CANDIDATE, MOMENT, padded
from models.recommender.knowledge import PRIOR_RATE, Indices, Numbers, Texts, logit

DRAWS = 64
MINUTE_LOG = math.log1p(60.0)
PASSED_LOG = math.log1p(8.0)
"""Who is at a category for less time only walks past it."""
LONGEST = 1.5
"""Time at a category counts up to so many times the logarithm of a minute."""
FARTHEST = 20.0
"""No input counts as farther from 0 than this: logs from elsewhere may hold anything."""
LOCAL = 3
"""Inputs whose effects are a product's own: whether it is bought at all, being prompted, being prompted after dwell."""

Column = Callable[[Mapping[str, Numbers]], Numbers]

ANYWAY: Mapping[str, Column] = {
    "retrieval": lambda known: known["retrieval_log@1"],
    "popularity": lambda known: np.log(1e-3 + np.maximum(known["store_popularity@1"], 0)),
    "dwell": lambda known: _dwell(known),
    "passed": lambda known: _passed(known),
    "department": lambda known: known["department_seconds_log@1"] / MINUTE_LOG,
    "shown_here": lambda known: known["shown_here@1"],
    "repeat": lambda known: known["repeat_share@1"],
    "clearance": lambda known: known["discount@1"] * (1 - known["coupon@1"]),
    "price": lambda known: known["price_log@1"],
}
"""Inputs of the chance without a prompt; one that is not known counts as 0."""

PROMPTED: Mapping[str, Column] = {
    "prompted": lambda known: np.ones_like(known["retrieval_log@1"]),
    "dwell": lambda known: _dwell(known),
    "shown_here": lambda known: known["shown_here@1"],
    "retrieval": lambda known: known["retrieval_log@1"] + 1,
    "clearance": lambda known: known["discount@1"] * (1 - known["coupon@1"]),
    "coupon": lambda known: known["discount@1"] * known["coupon@1"],
    "accepted": lambda known: known["accept_logit@1"] - float(logit(PRIOR_RATE)),
    "category_accepted": lambda known: known["category_accept_logit@1"] - float(logit(PRIOR_RATE)),
    "earlier": lambda known: known["prompts_before_log@1"],
    "known": lambda known: known["known_customer@1"],
    "morning": lambda known: known["hour_sine@1"],
    "noon": lambda known: known["hour_cosine@1"],
}
"""Inputs of a prompt's effect that all products have in common."""


@dataclass(frozen=True)
class Anyway:
    """Log-odds of being bought without a prompt: `coefficient` by ANYWAY's names, in its order as of training."""

    name: Texts
    coefficient: Numbers
    intercept: float


@dataclass(frozen=True)
class Uplift:
    """Draws of the effects: of the inputs by PROMPTED's names, (g, DRAWS), and of what is each product's own.

    `own` has shape (n, LOCAL, DRAWS); a product that the bundle does not have is an average one.
    """

    name: Texts
    common: NDArray[np.float32]
    own: NDArray[np.float32]


@dataclass(frozen=True)
class Chances:
    """P(bought) of m candidates, each of shape (m, DRAWS); as sums they may leave 0 … 1 where little is known."""

    without: Numbers
    prompted: Numbers


def joined(features: NDArray[np.float32], moment: NDArray[np.float32]) -> NDArray[np.float32]:
    """The moment's vector before each candidate's, shape (m, MOMENT + CANDIDATE)."""
    repeated = np.repeat(padded(moment, len(MOMENT))[None], len(features), axis=0)
    return np.hstack([repeated, features])


def columns(vectors: NDArray[np.float32]) -> dict[str, Numbers]:
    """Logged vectors (m, MOMENT + CANDIDATE) as columns by feature."""
    return dict(zip([*MOMENT, *CANDIDATE], vectors.T.astype(float), strict=True))


def inputs(known: Mapping[str, Numbers], named: Mapping[str, Column]) -> Numbers:
    """Shape (m, inputs): bounded, and 0 where not known."""
    with np.errstate(invalid="ignore", over="ignore"):
        found = np.column_stack([column(known) for column in named.values()])
    return np.clip(np.nan_to_num(found, nan=0.0, posinf=FARTHEST, neginf=-FARTHEST), -FARTHEST, FARTHEST)


def own_inputs(known: Mapping[str, Numbers], prompted: Numbers) -> Numbers:
    """Shape (m, LOCAL); `prompted` is 1 or 0."""
    dwell = np.nan_to_num(_dwell(known), nan=0.0)
    return np.column_stack([np.ones_like(prompted), prompted, prompted * dwell])


def anyway(known: Mapping[str, Numbers], model: Anyway) -> Numbers:
    """P(bought) without a prompt, before what is a product's own, shape (m,)."""
    given = inputs(known, {name: ANYWAY[name] for name in model.name.tolist()})
    return np.asarray(expit(given @ model.coefficient + model.intercept))


def chances(vectors: NDArray[np.float32], item: Indices, model: Anyway, effects: Uplift) -> Chances:
    """Of candidates that are prompted or not; `item` (m,) is −1 for what the bundle does not have."""
    known = columns(vectors)
    own = np.where((item >= 0)[:, None, None], effects.own[np.maximum(item, 0)], 0).astype(float)
    without = anyway(known, model)[:, None] + own[:, 0]
    common = inputs(known, {name: PROMPTED[name] for name in effects.name.tolist()}) @ effects.common
    dwell = own_inputs(known, np.ones(len(item)))[:, 2:]
    return Chances(without, without + common + own[:, 1] + own[:, 2] * dwell)


def _dwell(known: Mapping[str, Numbers]) -> Numbers:
    """Time at the product's category, 1 for a minute."""
    return np.clip(known["category_seconds_log@1"] / MINUTE_LOG, 0, LONGEST)


def _passed(known: Mapping[str, Numbers]) -> Numbers:
    """1 where the category was walked past: whoever has not been there yet may still want something of it."""
    seconds = known["category_seconds_log@1"]
    return ((seconds > 0) & (seconds < PASSED_LOG)).astype(float)
