"""An offer as the manager's page shows it: the row, what it is on, whether it holds, and whom it may reach."""

from __future__ import annotations

from typing import Literal

import msgspec

from models.board import iso
from models.catalog import Catalog, Offer
from models.floorplan import FloorPlan
from serving.catalogue import Catalogue
from serving.reach import Day, Reach

State = Literal["live", "planned", "over", "paused", "spent", "out_of_stock"]


class ShownOffer(msgspec.Struct, frozen=True):
    """Times are ISO 8601; `store_id` is null for an offer of all stores, which a store's manager can only pause."""

    offer_id: str
    store_id: str | None
    kind: str
    sku: str | None
    category: str | None
    name: str | None
    """The product's, where it is on one that is known."""
    discount: float
    starts: str
    ends: str
    budget: float | None
    priority: int
    paused: str | None
    """Since when it rests in this store."""
    state: State
    on_hand: int | None
    """Pieces in this store of all that it is on; null where no stock is known."""
    reached: int | None
    """Of the shoppers of the day of `reach`; null where that is not known."""


class Shelf:
    """One store's offers at one time."""

    def __init__(
        self, catalogue: Catalogue, store_id: str, now_ms: int, plan: FloorPlan | None, day: Day | None, seconds: float
    ) -> None:
        self._products, self._here = catalogue.products(), catalogue.of(store_id)
        self._store_id, self._now_ms, self._plan, self._day, self._seconds = store_id, now_ms, plan, day, seconds

    @property
    def day(self) -> dict[str, object] | None:
        """Whom `reached` counts: the shoppers of a date, and for how long they stood; None where nobody is known."""
        if self._day is None:
            return None
        return {"date": self._day.date, "shoppers": self._day.shoppers, "seconds": self._seconds}

    def shown(self, offer: Offer) -> ShownOffer:
        product = self._products.products.get(offer.sku or "")
        since, on_hand = self._here.paused(self._store_id, offer.offer_id), self._on_hand(offer)
        reach = self.reach(self.category(offer))
        return ShownOffer(
            offer.offer_id,
            offer.store_id,
            offer.kind,
            offer.sku,
            offer.category,
            product.name if product else None,
            offer.discount,
            iso(offer.starts),
            iso(offer.ends),
            offer.budget,
            offer.priority or 0,
            None if since is None else iso(since),
            self._state(offer, since is not None, on_hand),
            on_hand,
            reach.reached if reach and reach.displays else None,
        )

    def category(self, offer: Offer) -> str | None:
        """Its own, or its product's."""
        product = self._products.products.get(offer.sku or "")
        return product.category if product else offer.category

    def reach(self, category: str | None) -> Reach | None:
        return self._day.reach(self._plan, category, self._seconds) if self._day and category else None

    def _state(self, offer: Offer, paused: bool, on_hand: int | None) -> State:
        if self._now_ms >= offer.ends:
            return "over"
        if paused:
            return "paused"
        if offer.budget is not None and offer.budget <= 0:
            return "spent"
        if self._now_ms < offer.starts:
            return "planned"
        return "live" if on_hand is None or on_hand > 0 else "out_of_stock"

    def _on_hand(self, offer: Offer) -> int | None:
        skus = [offer.sku] if offer.sku else self._products.of_category(offer.category or "")
        counts = [_counted(self._here, self._store_id, sku) for sku in skus]
        known = [count for count in counts if count is not None]
        # what is not counted may be there
        return sum(known) if known and (sum(known) or len(known) == len(counts)) else None


def _counted(catalog: Catalog, store_id: str, sku: str) -> int | None:
    count = catalog.on_hand(store_id, sku)
    return None if count is None else max(count, 0)
