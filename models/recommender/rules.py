"""The rules: they remove candidates, and the offers that go with them, before anything is drawn.

Stock known to be 0 (or less, where tills count down), offers out of their dates, more than one coupon a visit, more
prompts than the cap, what was declined or is already taken or prompted just now, and what lies in the basket. An
unknown stock removes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from models.catalog import Catalog, Offer, Product
from models.recommender.situation import Past, Situation


@dataclass(frozen=True)
class Option:
    """A product that may be prompted now, with the offer that goes with it."""

    product: Product
    offer: Offer | None
    on_hand: int | None

    @property
    def coupon(self) -> bool:
        return self.offer is not None and self.offer.kind == "coupon"


def options(skus: Sequence[str], situation: Situation, catalog: Catalog, past: Past) -> list[Option]:
    """What the rules let through, in the order of `skus`."""
    removed = past.closed | past.open_at(situation.ts_ms) | set(situation.basket)
    coupons = not coupon_given(past, catalog)
    found = []
    for sku in skus:
        product = catalog.products.get(sku)
        on_hand = catalog.on_hand(situation.store_id, sku)
        if product is not None and sku not in removed and (on_hand is None or on_hand > 0):
            found.append(Option(product, _offer(product, situation, catalog, coupons), on_hand))
    return found


def capped(past: Past, prompts_per_visit: int) -> bool:
    """Whether the visit has had its prompts."""
    return len(past.prompts) >= prompts_per_visit


def coupon_given(past: Past, catalog: Catalog) -> bool:
    """Whether an earlier prompt named a coupon; an offer that is gone since may have been one."""
    named = (one.offer_id for one in past.prompts if one.offer_id is not None)
    return any(offer not in catalog.offers or catalog.offers[offer].kind == "coupon" for offer in named)


def without_coupon(option: Option, situation: Situation, catalog: Catalog) -> Option:
    """The same product once the visit's coupon has gone to another."""
    return Option(option.product, _offer(option.product, situation, catalog, False), option.on_hand)


def _offer(product: Product, situation: Situation, catalog: Catalog, coupons: bool) -> Offer | None:
    live = catalog.offers_for(product, situation.store_id, situation.ts_ms)
    return next((offer for offer in live if coupons or offer.kind == "clearance"), None)
