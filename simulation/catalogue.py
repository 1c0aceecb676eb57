"""What a store sells: products, offers and stock as rows of the tables of the same names; times in ms since 1970."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from simulation.assortment import Department

Row = dict[str, Any]
DAY_MS = 86_400_000

_BRANDS = ("Alder", "Briar", "Cobalt", "Dune", "Ember", "Fjord", "Grove", "Harbour", "Iris", "Juniper")
_KINDS = ("Everyday", "Select", "Natural", "Family", "Reserve", "Light", "Studio", "Classic")
_CLEARANCE_SHARE, _COUPON_SHARE = 0.08, 0.15
_UNKNOWN_SHARE, _EMPTY_SHARE = 0.05, 0.02


def products(departments: Sequence[Department], per_category: int, seed: int) -> list[Row]:
    """`per_category` products of each category; prices scatter around the category's, margins from 15 to 50 %."""
    rng = np.random.default_rng([seed, 11])
    wanted = ((d.id, category, price) for d in departments for category, price in d.categories.items())
    return [
        _product(department, category, price, number, rng)
        for department, category, price in wanted
        for number in range(per_category)
    ]


def _product(department: str, category: str, typical: float, number: int, rng: np.random.Generator) -> Row:
    price = round(float(typical * rng.lognormal(0, 0.3)), 1) + 0.09
    name = f"{_BRANDS[number % len(_BRANDS)]} {_KINDS[int(rng.integers(len(_KINDS)))]} {category}"
    return {
        "sku": f"{category}-{number + 1:02d}",
        "name": name,
        "department": department,
        "category": category,
        "price": round(price, 2),
        "cost": round(price * float(rng.uniform(0.5, 0.85)), 2),
    }


def offers(catalogue: Sequence[Row], store_id: str, today_ms: int, seed: int) -> list[Row]:
    """Clearances of single products and coupons for products or whole categories; some are over, some yet to begin."""
    rng = np.random.default_rng([seed, 12])
    skus = [row["sku"] for row in catalogue]
    categories = sorted({row["category"] for row in catalogue})
    cleared = rng.choice(skus, max(1, round(len(skus) * _CLEARANCE_SHARE)), replace=False)
    rest = [sku for sku in skus if sku not in set(cleared)] or skus
    couponed = rng.choice(rest, max(1, round(len(rest) * _COUPON_SHARE)), replace=False)
    general = rng.choice(categories, max(1, len(categories) // 12), replace=False)
    aims: list[Row] = [{"kind": "clearance", "sku": str(sku), "category": None} for sku in cleared]
    aims += [{"kind": "coupon", "sku": str(sku), "category": None} for sku in couponed]
    aims += [{"kind": "coupon", "sku": None, "category": str(category)} for category in general]
    return [_offer(number, aim, store_id, today_ms, rng) for number, aim in enumerate(aims)]


def _offer(number: int, aim: Row, store_id: str, today_ms: int, rng: np.random.Generator) -> Row:
    midnight = today_ms - today_ms % DAY_MS
    starts = midnight - DAY_MS * int(rng.integers(0, 10))
    # every tenth is over and every tenth yet to begin, so that dates matter
    starts += {8: -30 * DAY_MS, 9: 40 * DAY_MS}.get(number % 10, 0)
    coupon = aim["kind"] == "coupon"
    return {
        "offer_id": f"{aim['kind']}-{number + 1:03d}",
        "store_id": store_id,
        **aim,
        "discount": float(rng.choice((0.1, 0.15, 0.2) if coupon else (0.3, 0.4, 0.5))),
        "starts": starts,
        "ends": starts + 28 * DAY_MS,
        "budget": 500.0 if coupon else None,
    }


def stock(catalogue: Sequence[Row], store_id: str, today_ms: int, seed: int) -> list[Row]:
    """Pieces on hand at midnight: of a few products none, of a few nobody knows (no row)."""
    rng = np.random.default_rng([seed, 13])
    fate, pieces = rng.random(len(catalogue)), rng.integers(5, 200, len(catalogue))
    midnight = today_ms - today_ms % DAY_MS
    return [
        {
            "store_id": store_id,
            "sku": row["sku"],
            "on_hand": 0 if fate[i] > 1 - _EMPTY_SHARE else int(pieces[i]),
            "ts": midnight,
        }
        for i, row in enumerate(catalogue)
        if fate[i] >= _UNKNOWN_SHARE
    ]


def holds(offer: Mapping[str, Any], product: Mapping[str, Any], ts_ms: int) -> bool:
    """Whether an offer is for this product and runs at this time."""
    aimed = offer["sku"] == product["sku"] or offer["category"] == product["category"]
    return aimed and offer["starts"] <= ts_ms < offer["ends"]
