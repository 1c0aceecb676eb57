"""Ranking: what prompting each option is worth, P(accepted) × worth of the sale, from the features that are logged."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.bundle import Bundle
from models.catalog import fold
from models.features import CANDIDATE, MOMENT, CandidateFacts, padded
from models.recommender.knowledge import PRIOR_RATE, Ranker, logit
from models.recommender.retrieve import Pool
from models.recommender.rules import Option
from models.recommender.situation import Situation, group_seconds

COST_SHARE = 0.7
"""Cost of a product whose cost is unknown, as a share of its price (DESIGN §4, "Value")."""
SUNK_SHARE = 0.5
"""Of a clearance's cost: what is left over after the season has lost about half of its worth."""
SILENCE_SHARE = 0.02
"""Silence is worth this share of the median product's margin: what a salesperson's attention costs."""

BELIEFS = {"accept_logit@1": 1.0, "retrieval_log@1": 1.0, "discount@1": 2.0}
"""The log-odds of acceptance before anything was learned; a fitted ranker starts from here."""

Values = NDArray[np.float64]


def facts(options: Sequence[Option], pool: Pool, situation: Situation, bundle: Bundle | None) -> CandidateFacts:
    """What is known of the options; a product that the bundle does not have counts as its category, unseen."""
    at = {sku: row for row, sku in enumerate(pool.skus)}
    rows = np.array([at[option.product.sku] for option in options], np.int64)
    items, here = pool.items[rows], {fold(name) for name in situation.categories}
    score = pool.scores[rows]
    learned = _learned(items, situation, bundle)
    seconds = {fold(name): lasted for name, lasted in situation.dwell.items()}
    category_s, department_s = (
        np.array([seconds.get(fold(getattr(option.product, kind)), 0.0) for option in options])
        for kind in ("category", "department")
    )
    return CandidateFacts(
        score=score / max(score.max(initial=0), 1e-9),
        category_s=np.maximum(category_s, learned["category_s"]),
        department_s=np.maximum(department_s, learned["department_s"]),
        shown_here=np.array([float(fold(option.product.category) in here) for option in options]),
        price=np.array([np.nan if option.product.price is None else option.product.price for option in options]),
        discount=np.array([option.offer.discount if option.offer else 0.0 for option in options]),
        coupon=np.array([float(option.coupon) for option in options]),
        **{name: learned[name] for name in ("popularity", "repeat", "accept_logit", "category_accept_logit", "shown")},
    )


def _learned(items: NDArray[np.int64], situation: Situation, bundle: Bundle | None) -> dict[str, Values]:
    """What the bundle adds: columns of shape (options,)."""
    zero = np.zeros(len(items))
    if bundle is None:
        prior = np.full(len(items), logit(PRIOR_RATE))
        names = ("popularity", "repeat", "shown", "category_s", "department_s")
        return {**dict.fromkeys(names, zero), "accept_logit": prior, "category_accept_logit": prior}
    known = bundle.knowledge
    new, goods = items < 0, known.goods
    seconds = np.zeros(len(goods.groups) + 1)
    for group, lasted in group_seconds(situation.dwell, goods, known.zones).items():
        seconds[group] = lasted
    product_logit, category_logit = known.accept_logits
    repeat = np.zeros(len(goods.sku))
    repeat[known.profiles.of(situation.customer_id)[0]] = known.profiles.of(situation.customer_id)[1]
    overall = float(logit(known.acceptance.overall))

    def pick(column: NDArray[np.generic], default: float = 0.0) -> Values:
        return np.where(new, default, column[items]).astype(float)

    return {
        "popularity": pick(known.popularity.of(situation.store_id)),
        "repeat": pick(repeat),
        "shown": pick(known.acceptance.shown),
        "category_s": pick(seconds[goods.category_group]),
        "department_s": pick(seconds[goods.department_group]),
        "accept_logit": pick(product_logit, overall),
        "category_accept_logit": pick(category_logit, overall),
    }


def acceptance(features: NDArray[np.float32], moment: NDArray[np.float32], ranker: Ranker | None) -> Values:
    """P(accepted), shape (options,); without a ranker as BELIEFS has it."""
    if ranker is None:
        named = dict(zip(CANDIDATE, features.T.astype(float), strict=True))
        return expit(sum((weight * named[name] for name, weight in BELIEFS.items()), np.zeros(len(features))))
    inputs = joined(features, moment)
    columns = [_COLUMNS[str(name)] for name in ranker.feature]
    standard = np.nan_to_num((inputs[:, columns] - ranker.mean) / ranker.scale, nan=0.0)
    return expit(standard @ ranker.coefficient + ranker.intercept)


_COLUMNS = {name: column for column, name in enumerate([*MOMENT, *CANDIDATE])}


def joined(features: NDArray[np.float32], moment: NDArray[np.float32]) -> Values:
    """The ranker's inputs: the moment's vector before each candidate's, shape (options, moment + candidate)."""
    repeated = np.repeat(padded(moment, len(MOMENT))[None], len(features), axis=0)
    return np.hstack([repeated, features]).astype(float)


def worth(options: Sequence[Option], typical: float) -> Values:
    """What selling each option brings, in the store's currency; a product without a price counts as a typical one."""
    return np.array([_worth(option, typical) for option in options])


def _worth(option: Option, typical: float) -> float:
    price = option.product.price if option.product.price is not None else typical
    cost = option.product.cost if option.product.cost is not None else COST_SHARE * price
    discount = option.offer.discount if option.offer else 0.0
    clearance = option.offer is not None and option.offer.kind == "clearance"
    return price * (1 - discount) - cost * (1 - SUNK_SHARE * clearance)


def silence(typical: float) -> float:
    """What saying nothing is worth; a sale must promise more."""
    return SILENCE_SHARE * (1 - COST_SHARE) * typical


def expit(value: Values) -> Values:
    return np.asarray(1 / (1 + np.exp(-value)))
