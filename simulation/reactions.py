"""How somebody answers when an associate points out a product: by hidden taste, price, and a little chance.

An answer is a function of the day, the person, the product, the offer and the time: asked again, the same answer.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Literal

import numpy as np

from models.errors import InputError
from simulation.catalogue import holds
from simulation.shoppers import Shopper
from simulation.store import Store

Kind = Literal["accepted", "declined", "ignored"]

_BIAS, _LIKING, _PRICE = -1.2, 1.0, 3.0
_SAYS_NOTHING = 0.3
"""Share of those who don't accept who don't answer either."""


@dataclass(frozen=True)
class Reaction:
    """What came of a prompt, and whose phone it was; None where nobody was there."""

    kind: Kind
    device_id: str | None


@dataclass
class Answers:
    """What each shopper has accepted today: device → sku → the promised offer. Who has paid accepts nothing."""

    store: Store
    day_seed: int
    always_declined: Collection[str]
    accepted: dict[str, dict[str, str | None]] = field(default_factory=dict)
    paid: set[str] = field(default_factory=set)

    def ask(self, shopper: Shopper, sku: str, offer_id: str | None, ts_ms: int) -> Reaction:
        """Raises InputError for a product that the store doesn't have."""
        if sku not in self.store.product_index:
            raise InputError(f"{sku!r} is not in the catalogue of {self.store.store_id}", field="sku")
        device = shopper.person.device_id
        kind = self._answer(shopper, sku, offer_id, ts_ms)
        if kind == "accepted":
            self.accepted.setdefault(device, {}).setdefault(sku, offer_id)
        return Reaction(kind, device)

    def _answer(self, shopper: Shopper, sku: str, offer_id: str | None, ts_ms: int) -> Kind:
        device = shopper.person.device_id
        if sku in self.always_declined:
            return "declined"
        if device in self.paid or sku in self.store.sold_out:
            return "ignored"
        accepts, speaks = self._chances(device, sku, offer_id, ts_ms)
        if accepts < self.probability(shopper, sku, offer_id, ts_ms):
            return "accepted"
        return "ignored" if speaks < _SAYS_NOTHING else "declined"

    def probability(self, shopper: Shopper, sku: str, offer_id: str | None, ts_ms: int) -> float:
        """Of accepting, before `always_declined` and the till have their say."""
        product = self.store.product_index[sku]
        offer = self.store.offer_by_id.get(offer_id) if offer_id else None
        saved = offer["discount"] if offer and holds(offer, self.store.products[product], ts_ms) else 0.0
        return float(1 / (1 + np.exp(-(_BIAS + _LIKING * shopper.taste.products[product] + _PRICE * saved))))

    def _chances(self, *parts: object) -> tuple[float, float]:
        text = "/".join(map(str, (self.store.seed, self.day_seed, *parts)))
        drawn = blake2b(text.encode(), digest_size=16).digest()
        return int.from_bytes(drawn[:8]) / 2**64, int.from_bytes(drawn[8:]) / 2**64
