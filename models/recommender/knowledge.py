"""What a bundle knows, as arrays: one class an npz file. n products stand in the order of their skus.

*Groups* are the departments and categories: the retrieval learns a vector for each, as for a product, so that time at
a category says something about products in the same way as a product in the basket does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.catalog import fold

Numbers = NDArray[np.float64]
Indices = NDArray[np.int64]
Texts = NDArray[np.str_]

PRIOR_RATE, PRIOR_WEIGHT = 0.15, 4.0
"""What is believed of acceptance before a prompt was shown, and how many shown prompts outweigh it."""


@dataclass(frozen=True)
class Goods:
    """The products as of training; price and cost are NaN where unknown. Group indices count categories first."""

    sku: Texts
    name: Texts
    department: Texts
    category: Texts
    price: Numbers
    cost: Numbers

    def rows(self) -> Iterator[dict[str, Any]]:
        numbers = (
            {"price": _known(price), "cost": _known(cost)} for price, cost in zip(self.price, self.cost, strict=True)
        )
        texts = zip(self.sku, self.name, self.department, self.category, strict=True)
        for (sku, name, department, category), known in zip(texts, numbers, strict=True):
            yield dict(sku=str(sku), name=str(name), department=str(department), category=str(category), **known)

    @cached_property
    def index(self) -> Mapping[str, int]:
        """sku → row."""
        return {str(sku): row for row, sku in enumerate(self.sku)}

    @cached_property
    def groups(self) -> Mapping[tuple[str, str], int]:
        """("category" or "department", folded name) → group."""
        named = [*(("category", fold(str(name))) for name in self.category)]
        named += [("department", fold(str(name))) for name in self.department]
        return {name: group for group, name in enumerate(sorted(set(named)))}

    @cached_property
    def category_group(self) -> Indices:
        """Shape (n,)."""
        return np.array([self.groups["category", fold(str(name))] for name in self.category], np.int64)

    @cached_property
    def department_group(self) -> Indices:
        """Shape (n,)."""
        return np.array([self.groups["department", fold(str(name))] for name in self.department], np.int64)


@dataclass(frozen=True)
class Offers:
    """Dated offers as of training; absent texts are empty, an absent budget is NaN, times are ms."""

    offer_id: Texts
    kind: Texts
    discount: Numbers
    starts: Indices
    ends: Indices
    store_id: Texts
    sku: Texts
    category: Texts
    budget: Numbers

    def rows(self) -> Iterator[dict[str, Any]]:
        for i in range(len(self.offer_id)):
            yield {
                "offer_id": str(self.offer_id[i]),
                "kind": str(self.kind[i]),
                "discount": float(self.discount[i]),
                "starts": int(self.starts[i]),
                "ends": int(self.ends[i]),
                "store_id": str(self.store_id[i]) or None,
                "sku": str(self.sku[i]) or None,
                "category": str(self.category[i]) or None,
                "budget": _known(self.budget[i]),
            }


@dataclass(frozen=True)
class Acceptance:
    """Prompts of each product that were shown, and of those the accepted ones (decayed). Shape (n,)."""

    shown: Numbers
    accepted: Numbers

    @cached_property
    def overall(self) -> float:
        """The smoothed rate of all prompts."""
        return float(_smoothed(self.accepted.sum(), self.shown.sum(), PRIOR_RATE))

    def rates(self, groups: Indices) -> tuple[Numbers, Numbers]:
        """The smoothed rates of the products and of their categories, each leaning on the wider one. Shape (n,)."""
        wide = [np.bincount(groups, weights=column, minlength=1) for column in (self.accepted, self.shown)]
        category = _smoothed(wide[0], wide[1], self.overall)[groups]
        return _smoothed(self.accepted, self.shown, category), category


@dataclass(frozen=True)
class Zones:
    """What zones of the plans stand for: a display's categories, a department's name. A zone may have several rows."""

    zone: Texts
    kind: Texts
    name: Texts

    @cached_property
    def names(self) -> Mapping[str, list[tuple[str, str]]]:
        """Zone id → ("category" or "department", name) …"""
        found: dict[str, list[tuple[str, str]]] = {}
        for zone, kind, name in zip(self.zone, self.kind, self.name, strict=True):
            found.setdefault(str(zone), []).append((str(kind), str(name)))
        return found


def logit(rate: Any) -> Any:
    """Log-odds of a rate strictly between 0 and 1, or of an array of them."""
    return np.log(rate / (1 - rate))


def _smoothed(accepted: Any, shown: Any, prior: Any) -> Any:
    return (accepted + PRIOR_WEIGHT * prior) / (shown + PRIOR_WEIGHT)


def _known(number: float) -> float | None:
    return None if np.isnan(number) else float(number)
