"""What people like: hidden from every file, seen only through what they look at, buy and answer.

A person belongs to one of a few kinds who like the same categories, differs from them a little, and has traits that
match some products more than others: low-rank, as collaborative filtering assumes (Koren, Bell, Volinsky 2009).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

KINDS, TRAITS = 5, 4
_OWN, _MATCH = 0.6, 0.5
"""How much a person differs from their kind, and how much traits weigh, beside a kind's standard deviation of 1."""

PersonKey = tuple[int, ...]
"""Who somebody is, as numbers: the same key, the same tastes on every day."""


@dataclass(frozen=True, eq=False)
class Taste:
    """One person's liking, about N(0, 1.5), by category (in the order of `Tastes.categories`) and by product."""

    categories: NDArray[np.float64]
    products: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Tastes:
    """Everybody's, as a function of who they are."""

    seed: int
    categories: tuple[str, ...]
    of_product: NDArray[np.int64]
    """Product → index of its category."""
    kinds: NDArray[np.float64]
    """Shape (KINDS, categories)."""
    traits: NDArray[np.float64]
    """Shape (products, TRAITS)."""
    popularity: NDArray[np.float64]
    """Product → ln of its popularity in its category, which falls as 1 / rank (Zipf)."""

    @classmethod
    def of(cls, products: Sequence[Mapping[str, Any]], seed: int) -> Tastes:
        rng = np.random.default_rng([seed, 21])
        categories = tuple(dict.fromkeys(row["category"] for row in products))
        index = {category: i for i, category in enumerate(categories)}
        of_product = np.array([index[row["category"]] for row in products], np.int64)
        return cls(
            seed,
            categories,
            of_product,
            rng.normal(0, 1, (KINDS, len(categories))),
            rng.normal(0, 1, (len(products), TRAITS)),
            -np.log(_ranks(of_product, rng)),
        )

    def person(self, key: PersonKey) -> Taste:
        rng = np.random.default_rng([self.seed, 22, *key])
        categories = self.kinds[rng.integers(KINDS)] + rng.normal(0, _OWN, len(self.categories))
        return Taste(categories, categories[self.of_product] + _MATCH * self.traits @ rng.normal(0, 1, TRAITS))


def _ranks(of_product: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Rank of each product within its category, from 1, in random order."""
    ranks = np.empty(len(of_product))
    for category in range(int(of_product.max()) + 1):
        here = np.flatnonzero(of_product == category)
        ranks[here] = rng.permutation(len(here)) + 1
    return ranks


def choose(weights: NDArray[np.float64], rng: np.random.Generator) -> int:
    """An index drawn in proportion to exp(weight)."""
    likely = np.exp(weights - weights.max())
    return int(np.searchsorted(np.cumsum(likely), rng.random() * likely.sum(), side="right"))
