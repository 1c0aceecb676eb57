"""What prompts do: acceptance by product, the chance of a sale without a prompt, and the effect of one.

The chance without a prompt is fitted on candidates that nobody was told of; the effect of a prompt on what was bought
beyond that chance, by all and by each product (training/pooling.py). Both start from beliefs, so that a day without
prompts gives a bundle that tries products and says why, and a product that is new leans on its category.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from models.features import CANDIDATE, MOMENT
from models.recommender.knowledge import Acceptance, Goods, Indices, Numbers
from models.recommender.uplift import (
    ANYWAY,
    DRAWS,
    PROMPTED,
    Anyway,
    Uplift,
    anyway,
    columns,
    inputs,
    own_inputs,
)
from training import pooling
from training.cases import Cases
from training.history import decay
from training.labels import Labels
from training.pooling import Prior, Rows

HALF_LIFE_DAYS = 30.0
FEATURES = (*MOMENT, *CANDIDATE)
INTERCEPT, CERTAIN = -3.5, 1.0
"""Log-odds of a sale of the best candidate without a prompt, and how sure the beliefs about it are (deviation)."""
_ANYWAY: Mapping[str, float] = {"retrieval": 1.0, "popularity": 0.3, "dwell": 1.0, "repeat": 1.0}
"""Believed coefficients; the others are 0."""
_PROMPTED: Mapping[str, tuple[float, float]] = {
    "prompted": (0.03, 0.03),
    "dwell": (0.03, 0.05),
    "shown_here": (0.01, 0.03),
    "retrieval": (0.005, 0.01),
    "clearance": (0.05, 0.1),
    "coupon": (0.1, 0.2),
    "accepted": (0.015, 0.02),
    "category_accepted": (0.0, 0.01),
    "earlier": (-0.005, 0.02),
    "known": (0.0, 0.02),
    "morning": (0.0, 0.02),
    "noon": (0.0, 0.02),
}
"""Additional sales a prompt that are believed of each input, and their deviation."""
_OF_GROUP, _OF_ITEM = (0.01, 0.02, 0.03), (0.01, 0.03, 0.03)
"""How far categories, and products in them, are believed to differ: anyway, when prompted, and by dwell before it."""
LEAST_CHANCE = 0.01
"""No noise is less than that of this chance."""


def acceptance(found: Labels, goods: Goods, newest_ms: int) -> Acceptance:
    """Seen and accepted prompts by product, decayed, as of the newest time in the data."""
    weight, n = decay(found.ts_ms, newest_ms, HALF_LIFE_DAYS), len(goods.sku)
    shown, accepted = (
        np.bincount(found.item[rows], weights=weight[rows], minlength=n).astype(float)
        for rows in (found.seen & (found.item >= 0), found.accepted & (found.item >= 0))
    )
    return Acceptance(shown, accepted)


def fit(cases: Cases, goods: Goods, newest_ms: int) -> tuple[Anyway, Uplift]:
    """The chance without a prompt, and draws of what a prompt adds. Without cases both are what is believed."""
    known, weight = columns(cases.vectors), decay(cases.ts_ms, newest_ms, HALF_LIFE_DAYS)
    without = _anyway(cases, known, weight)
    base, prompted = anyway(known, without), cases.prompted.astype(float)
    local, common = own_inputs(known, prompted), inputs(known, PROMPTED) * prompted[:, None]
    believed = np.array([_PROMPTED[name] for name in PROMPTED])
    prior = Prior(believed[:, 0], believed[:, 1], np.array(_OF_GROUP), np.array(_OF_ITEM))
    chance = base + common @ prior.mean
    for draws in (pooling.ROUND_DRAWS, DRAWS):
        rows = Rows(cases.item, local, common, cases.sale - base, weight / _noise(chance))
        effects = pooling.fit(rows, _dense(goods.category_group), prior, draws)
        own = effects.local.mean(axis=2)[cases.item]
        chance = base + common @ effects.common.mean(axis=1) + (local * own).sum(axis=1)
    names = np.array(list(PROMPTED), np.str_)
    return without, Uplift(names, effects.common.astype(np.float32), effects.local.astype(np.float32))


def _anyway(cases: Cases, known: Mapping[str, Numbers], weight: Numbers) -> Anyway:
    """Logistic regression whose coefficients are drawn to the beliefs: the mode of their posterior."""
    believed = np.array([INTERCEPT, *(_ANYWAY.get(name, 0.0) for name in ANYWAY)])
    rows = ~cases.prompted
    x = np.column_stack([np.ones(int(rows.sum())), inputs(known, ANYWAY)[rows]])
    sale, weight = cases.sale[rows], weight[rows]

    def loss(found: Numbers) -> tuple[float, Numbers]:
        odds, off = x @ found, (found - believed) / CERTAIN
        value = weight @ (np.logaddexp(0, odds) - sale * odds) + off @ off / 2
        return float(value), x.T @ (weight * (expit(odds) - sale)) + off / CERTAIN

    def curve(found: Numbers) -> Numbers:
        likely = expit(x @ found)
        return np.asarray((x.T * (weight * likely * (1 - likely))) @ x + np.eye(len(believed)) / CERTAIN**2)

    found = minimize(loss, believed, jac=True, hess=curve, method="trust-exact").x
    return Anyway(np.array(list(ANYWAY), np.str_), found[1:], float(found[0]))


def _noise(chance: Numbers) -> Numbers:
    bounded = np.clip(chance, LEAST_CHANCE, 1 - LEAST_CHANCE)
    return np.asarray(bounded * (1 - bounded))


def _dense(group: Indices) -> Indices:
    """Groups without gaps."""
    return np.asarray(np.unique(group, return_inverse=True)[1], np.int64)
