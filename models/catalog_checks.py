"""What a row of the catalogue may hold, whoever hands it in: a file of a person, or the manager's page."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from models.keys import STORE_ID

INT32 = 2**31 - 1
KINDS = ("clearance", "coupon")


def checked(field: str, value: Any) -> Any:
    """The value of a column, unchanged. Raises ValueError that says what it is not."""
    return _CHECKS.get(field, lambda value: value)(value)


def offer_fault(row: Mapping[str, Any]) -> tuple[str, str] | None:
    """Of an offer whose columns are right by themselves: the field that does not go with the others, and why."""
    if (row["sku"] is None) == (row["category"] is None):
        return "sku", "an offer is for a sku or for a category, one of them"
    if row["starts"] >= row["ends"]:
        return "ends", "is not after starts"
    return None


def _between(low: float, high: float) -> Callable[[float], float]:
    def check(value: float) -> float:
        # NaN is between nothing
        if not (math.isfinite(value) and low <= value <= high):
            raise ValueError(f"not between {low:g} and {high:g}")
        return value

    return check


def _store(value: str) -> str:
    if not STORE_ID.fullmatch(value):
        raise ValueError("no store id: letters, digits, . _ -")
    return value


def _kind(value: str) -> str:
    if value not in KINDS:
        raise ValueError("neither clearance nor coupon")
    return value


_CHECKS: Mapping[str, Callable[[Any], Any]] = {
    "price": _between(0, 1e9),
    "cost": _between(0, 1e9),
    "budget": _between(0, 1e12),
    "discount": _between(0, 1),
    "on_hand": _between(0, INT32),
    "priority": _between(-INT32, INT32),
    "store_id": _store,
    "kind": _kind,
}
