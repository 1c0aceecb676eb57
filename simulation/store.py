"""A store whose truth is known: its floor, what it sells, what its customers like. Everything follows from a seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from simulation import catalogue, layouts
from simulation.catalogue import Row, holds
from simulation.layout import Layout, Size
from simulation.tastes import Tastes

DEFAULT_TODAY_MS = 1_793_610_000_000
"""2026-11-02T09:00:00Z, a Monday."""


@dataclass(frozen=True, eq=False)
class Store:
    """One store on all its days. Rows have the columns of the tables of their names, times in ms."""

    seed: int
    store_id: str
    timezone: str
    size: Size
    layout: Layout
    products: Sequence[Row]
    offers: Sequence[Row]
    stock: Sequence[Row]
    tastes: Tastes

    @classmethod
    def build(
        cls,
        seed: int,
        store_id: str = "S1",
        timezone: str = "UTC",
        size: Size | None = None,
        today_ms: int = DEFAULT_TODAY_MS,
        layout: str = "departments",
    ) -> Store:
        """`layout` names one of `layouts`, whose own size is the default.

        Offers run around `today_ms`, most of them from up to ten days before to at least 18 days after.
        """
        size = size or layouts.SIZES[layout]
        plan = layouts.build(layout, size)
        sold = catalogue.products(plan.departments, size.products, seed)
        offers = catalogue.offers(sold, store_id, today_ms, seed)
        stock = catalogue.stock(sold, store_id, today_ms, seed)
        return cls(seed, store_id, timezone, size, plan, sold, offers, stock, Tastes.of(sold, seed))

    @cached_property
    def plan_geojson(self) -> dict[str, Any]:
        return self.layout.geojson(self.store_id, self.timezone)

    @cached_property
    def product_index(self) -> Mapping[str, int]:
        """sku → its place in `products`."""
        return {row["sku"]: i for i, row in enumerate(self.products)}

    @cached_property
    def offer_by_id(self) -> Mapping[str, Row]:
        return {row["offer_id"]: row for row in self.offers}

    @cached_property
    def sold_out(self) -> frozenset[str]:
        return frozenset(row["sku"] for row in self.stock if row["on_hand"] == 0)

    def offer_for(self, sku: str, offer_id: str | None, ts_ms: int) -> Row | None:
        """What lowers this product's price at the till now: the named offer where it holds, else a clearance."""
        product = self.products[self.product_index[sku]]
        named = self.offer_by_id.get(offer_id) if offer_id else None
        if named and holds(named, product, ts_ms):
            return named
        clearance = self._clearances.get(sku)
        return clearance if clearance and holds(clearance, product, ts_ms) else None

    @cached_property
    def _clearances(self) -> Mapping[str, Row]:
        """sku → its clearance: a product has at most one."""
        return {row["sku"]: row for row in self.offers if row["kind"] == "clearance"}
