"""Ranking: what prompting each option is worth: the margin with the prompt, less that without (DESIGN §4, "Value")."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.bundle import Bundle
from models.catalog import fold
from models.features import CandidateFacts
from models.recommender import uplift
from models.recommender.knowledge import PRIOR_RATE, Indices, logit
from models.recommender.retrieve import Pool
from models.recommender.rules import Option
from models.recommender.situation import Situation, group_seconds

COST_SHARE = 0.7
"""Cost of a product whose cost is unknown, as a share of its price (DESIGN §4, "Value")."""
SUNK_SHARE = 0.2
"""Of a clearance's cost: what is left over after the season has lost so much of its worth."""
SILENCE_SHARE = 0.02
"""Silence is worth this share of the median product's margin: what a salesperson's attention costs."""
DOUBT, DOUBTED_PROMPTS = 1.0, 1000.0
"""Standard deviations of what is not known by which a prompt has to beat silence, which is known; half of them after so
many prompts were seen: a new chain goes by its beliefs, or it would never learn whether they hold."""

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Worth:
    """Of m options in the store's currency: the mean, (m,), and draws of what is not known, (m, draws)."""

    mean: Values
    draws: Values
    doubt: float = 0.0
    """Standard deviations of the draws."""

    def sure(self, least: float) -> NDArray[np.bool_]:
        """Which options are worth `least` beyond doubt, (m,).

        The best of many uncertain options looks better than it is, and where prompts do little every option is
        uncertain: by the mean alone such a store prompts all the time, and loses (docs/decisions/032).
        """
        return np.asarray(self.mean - self.doubt * self.spread >= least)

    @property
    def spread(self) -> Values:
        """The standard deviation of the draws, (m,); 0 without any."""
        return self.draws.std(axis=1) if self.draws.size else np.zeros(len(self.mean))


def rows_of(options: Sequence[Option], pool: Pool) -> Indices:
    """The options' rows in the pool."""
    at = {sku: row for row, sku in enumerate(pool.skus)}
    return np.array([at[option.product.sku] for option in options], np.int64)


def facts(
    options: Sequence[Option], pool: Pool, situation: Situation, bundle: Bundle | None, prompts_before: int
) -> CandidateFacts:
    """What is known of the options; a product that the bundle does not have counts as its category, unseen."""
    rows = rows_of(options, pool)
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
        prompts_before=np.full(len(options), float(prompts_before)),
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


def worth(options: Sequence[Option], items: Indices, vectors: NDArray[np.float32], bundle: Bundle) -> Worth:
    """Of prompting each option, whose logged vectors are `vectors`; `items` are rows of the bundle, −1 for none."""
    known = bundle.knowledge
    found = uplift.chances(vectors, items, known.anyway, known.uplift)
    prompted, without = margins(options, known.typical_price)
    draws = found.prompted * prompted[:, None] - found.without * without[:, None]
    return Worth(draws.mean(axis=1), draws, doubt(bundle))


def doubt(bundle: Bundle) -> float:
    """By how many standard deviations a prompt has to beat silence."""
    seen = float(bundle.knowledge.acceptance.shown.sum())
    return DOUBT * seen / (seen + DOUBTED_PROMPTS)


def margins(options: Sequence[Option], typical: float) -> tuple[Values, Values]:
    """What a sale brings with the prompt's offer, and without a prompt; without a price it counts as a typical one.

    A clearance is for every buyer, a coupon only for who was prompted.
    """
    price = np.array([option.product.price if option.product.price is not None else typical for option in options])
    cost = np.array([np.nan if option.product.cost is None else option.product.cost for option in options])
    discount = np.array([option.offer.discount if option.offer else 0.0 for option in options])
    coupon = np.array([option.coupon for option in options], bool)
    sunk = np.where((discount > 0) & ~coupon, SUNK_SHARE, 0.0)
    spent = np.where(np.isnan(cost), COST_SHARE * price, cost) * (1 - sunk)
    return price * (1 - discount) - spent, price * (1 - discount * ~coupon) - spent


def silence(typical: float) -> float:
    """What saying nothing is worth; a sale must promise more."""
    return SILENCE_SHARE * (1 - COST_SHARE) * typical
