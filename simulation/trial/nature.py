"""What nobody sees of the trial world: products, kinds of shoppers, and what a prompt does to each.

The effect of a prompt is a parameter of its own, not a share of the chance of buying: what sells by itself gains little
from being pointed out, and may lose.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

PRODUCTS, CATEGORIES, DEPARTMENTS, KINDS, STORES, DAYPARTS = 300, 30, 8, 5, 2, 3
NONE, WANTED, OPEN = range(3)
"""What a visit is about a category: nothing, decided to buy, or open to being told."""

CLEARANCES, COUPONS = 15, 30
CLEARANCE_DISCOUNT, COUPON_DISCOUNT = 0.2, 0.2
STRENGTH = 0.3
"""The greatest effect on an open, average person: additional sales a prompt; most products have far less."""
ANSWERING = np.array([0.2, 0.4, 1.0])
"""An effect by what the visit is about the category: who has decided hardly hears, who is elsewhere hears little."""
FATIGUE = 0.75
"""Each further prompt of a visit has this share of the effect of the one before."""
SWALLOWED = 0.35
"""Of an additional sale, what the category's other products lose."""
SLEEPING = 0.2
"""Share of (kind, category) that are put off by being spoken to; of the popular products three times as many."""
DRIFT_PRODUCTS, DRIFT_TASTES = 0.2, 0.3
"""Shares of the products that are replaced and of the categories whose demand and effects are drawn anew."""

Numbers = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Nature:
    """J products, C categories, K kinds; tables are by kind first."""

    sku: NDArray[Any]
    category: Indices
    """Of each product, (J,)."""
    department: Indices
    """Of each category, (C,)."""
    place: Indices
    """Each category's display in the order of the aisles, (C,): neighbours differ by 1."""
    price: Numbers
    cost: Numbers
    clearance: NDArray[np.bool_]
    coupon: NDArray[np.bool_]
    popularity: Numbers
    """Log weight within the category, (J,)."""
    store_taste: Numbers
    """Added to it by store, (STORES, J)."""
    kind_taste: Numbers
    """Added to it by kind, (K, J)."""
    thrift: Numbers
    """Weight of the log price by kind, (K,)."""
    demand: Numbers
    """P(wanted) of a category, (K, C)."""
    openness: Numbers
    """P(open) of a category, (K, C)."""
    persuasion: Numbers
    """Of a product, (J,); negative where being pointed at makes it suspicious."""
    hearing: Numbers
    """Of a kind in a category, (K, C); negative for those who are put off."""
    hours: Numbers
    """Effects by kind and part of the day, (K, DAYPARTS): some are in a hurry in the evening."""
    coupon_hearing: Numbers
    """By how much a coupon multiplies the effect, by kind, (K,); some only come for coupons, some don't care."""
    annoyance: Numbers
    """Share of the rest of the basket that a prompt costs, by kind, (K,), for a product bought anyway."""
    politeness: Numbers
    """P(accepted) of a kind that will not buy, (K,), before liking."""

    @property
    def paid(self) -> Numbers:
        """What everybody pays, (J,); a clearance is for every buyer."""
        return self.price * np.where(self.clearance, 1 - CLEARANCE_DISCOUNT, 1)

    @property
    def paid_prompted(self) -> Numbers:
        """What who was prompted with the product's offer pays, (J,)."""
        return self.paid * np.where(self.coupon, 1 - COUPON_DISCOUNT, 1)

    def liking(self) -> Numbers:
        """Log weight of a product within its category by store and kind, (STORES, K, J)."""
        by_price = self.thrift[:, None] * np.log(self.paid / self.price.mean())
        return self.store_taste[:, None] + (self.popularity + self.kind_taste - by_price)[None]


def draw(seed: int, null: bool = False) -> Nature:
    """A world's nature; in a null world a prompt changes nothing and there are no coupons."""
    rng = np.random.default_rng([seed, 1])
    category = np.arange(PRODUCTS) % CATEGORIES
    department = np.sort(
        np.concatenate([np.arange(DEPARTMENTS), rng.integers(0, DEPARTMENTS, CATEGORIES - DEPARTMENTS)])
    )
    goods = _goods(rng, category, rng.lognormal(1.6, 0.5, CATEGORIES))
    nature = Nature(
        sku=np.array([f"P{row:04d}" for row in range(PRODUCTS)]),
        category=category,
        department=department,
        place=np.arange(CATEGORIES),
        clearance=_some(rng, CLEARANCES),
        coupon=np.zeros(PRODUCTS, bool),
        store_taste=rng.normal(0, 0.3, (STORES, PRODUCTS)),
        thrift=rng.uniform(0, 1.2, KINDS),
        hours=rng.lognormal(0, 0.3, (KINDS, DAYPARTS)),
        coupon_hearing=np.array([1.0, 1.1, 1.3, 1.8, 2.5])[rng.permutation(KINDS)],
        annoyance=rng.uniform(0.01, 0.03, KINDS),
        politeness=rng.uniform(0.05, 0.3, KINDS),
        **goods,
        **_tastes(rng),
    )
    # coupons go with what sells, as suppliers like it
    likely = np.exp(0.8 * nature.popularity) * ~nature.clearance
    chosen = rng.choice(PRODUCTS, COUPONS, replace=False, p=likely / likely.sum())
    nature.coupon[chosen] = True
    return silenced(nature) if null else nature


def silenced(nature: Nature) -> Nature:
    """The same world where prompts change nothing."""
    nothing = np.zeros_like(nature.coupon)
    return replace(nature, hearing=0 * nature.hearing, annoyance=0 * nature.annoyance, coupon=nothing)


def drifted(nature: Nature, seed: int) -> Nature:
    """After a change: products gone and come, another layout, other demand in some categories."""
    rng = np.random.default_rng([seed, 2])
    new = _some(rng, int(DRIFT_PRODUCTS * PRODUCTS))
    goods = _goods(
        rng, nature.category, np.array([nature.price[nature.category == c].mean() for c in range(CATEGORIES)])
    )
    changed = {name: np.where(new, value, getattr(nature, name)) for name, value in goods.items() if value.ndim == 1}
    changed["kind_taste"] = np.where(new, goods["kind_taste"], nature.kind_taste)
    moved = rng.random(CATEGORIES) < DRIFT_TASTES
    tastes = {name: np.where(moved, value, getattr(nature, name)) for name, value in _tastes(rng).items()}
    quiet = not nature.hearing.any()
    after = replace(
        nature,
        sku=np.where(new, [f"N{row:04d}" for row in range(PRODUCTS)], nature.sku),
        place=np.argsort(np.argsort(rng.permutation(DEPARTMENTS)[nature.department] + 0.9 * rng.random(CATEGORIES))),
        coupon=nature.coupon & ~new,
        clearance=nature.clearance & ~new,
        **changed,
        **tastes,
    )
    return silenced(after) if quiet else after


def _goods(rng: np.random.Generator, category: Indices, typical: Numbers) -> dict[str, Numbers]:
    popularity = rng.normal(0, 1.1, PRODUCTS)
    rank = np.argsort(np.argsort(popularity)) / (PRODUCTS - 1)
    price = typical[category] * rng.lognormal(0, 0.35, PRODUCTS)
    # what is known to all needs no pointing at: the average falls with popularity, and more are suspicious
    strength = rng.gamma(0.5, 2.0) * (1.25 - rank)
    suspicious = rng.random(PRODUCTS) < SLEEPING * (1 + 2 * (rank > 0.67))
    return {
        "popularity": popularity,
        "price": np.round(price, 2),
        "cost": np.round(price * rng.uniform(0.45, 0.72, PRODUCTS), 2),
        "persuasion": np.where(suspicious, -1.0, strength),
        "kind_taste": rng.normal(0, 0.6, (KINDS, PRODUCTS)),
    }


def _tastes(rng: np.random.Generator) -> dict[str, Numbers]:
    shape = (KINDS, CATEGORIES)
    hearing = rng.gamma(0.3, 3.333, shape)
    return {
        "demand": np.clip(0.09 * rng.gamma(0.8, 1.25, shape), 0.005, 0.6),
        "openness": np.clip(0.07 * rng.gamma(0.8, 1.25, shape), 0.005, 0.6),
        "hearing": np.where(rng.random(shape) < SLEEPING, -1.0, hearing),
    }


def _some(rng: np.random.Generator, count: int) -> NDArray[np.bool_]:
    mask = np.zeros(PRODUCTS, bool)
    mask[rng.choice(PRODUCTS, count, replace=False)] = True
    return mask
