"""The tills: who queues where and when they pay, and what stands on the receipt. A till knows no phone and no visit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypedDict

from simulation.layout import Layout, Spot, Zone
from simulation.path import Walk, inside
from simulation.shoppers import Browsing, Shopper, shows_card
from simulation.store import Store

_PATIENCE_S = 240.0
"""Nobody waits longer: then a till takes two at once."""
_GREETING_S, _PER_PIECE_S = 18.0, 4.0
_LONGEST = 40
"""No queue is longer: patience lets at most so many wait."""


class Line(TypedDict, total=False):
    """A line as a till sends it: `amount` is what is paid, `discount` what was taken off, both for the whole line."""

    sku: str
    quantity: int
    amount: float
    discount: float
    offer_id: str


@dataclass
class _Till:
    """When it is free, and when each of its customers has had or will have their turn (seconds)."""

    zone: Zone
    free_s: float = 0.0
    turns_s: list[float] = field(default_factory=list)

    def ahead(self, t_s: float) -> list[float]:
        """The turns of those who still wait."""
        return sorted(turn for turn in self.turns_s[-_LONGEST:] if turn > t_s)


def check_out(store: Store, browsing: Iterable[Browsing]) -> Iterator[Shopper]:
    """Everybody to a till and out, first come first served. Who has nothing to pay walks through one all the same."""
    tills = [_Till(zone) for zone in store.layout.tills]
    for shopper in sorted(browsing, key=lambda one: one.walk.t_s):
        till = min(tills, key=lambda one: one.free_s)
        _queue(store.layout, shopper.walk, till)
        done = _pay_and_leave(store, shopper, till.zone)
        till.free_s = max(till.free_s, done.pays_s)
        yield done


def _queue(layout: Layout, walk: Walk, till: _Till) -> None:
    """To the end of the queue, forward whenever somebody's turn has come, up to one's own."""
    walk.go(layout.route(walk.spot, layout.queue(till.zone, len(till.ahead(walk.t_s)))))
    turn = min(max(till.free_s, walk.t_s), walk.t_s + _PATIENCE_S)
    ahead = till.ahead(walk.t_s)
    for place in range(len(ahead) - 1, -1, -1):
        walk.wait(min(ahead[len(ahead) - 1 - place], turn) - walk.t_s)
        walk.go([layout.queue(till.zone, place)])
    walk.wait(turn - walk.t_s)
    till.turns_s.append(walk.t_s)


def _pay_and_leave(store: Store, shopper: Browsing, till: Zone) -> Shopper:
    walk, rng = shopper.walk, shopper.walk.rng
    walk.go([inside(till.area, 0, rng)])
    pieces = sum(shopper.basket.values())
    walk.browse((_GREETING_S + _PER_PIECE_S * pieces) * float(rng.lognormal(0, 0.3)) if pieces else 3.0, till.area)
    pays_s = walk.t_s
    x, y, _ = store.layout.entrance
    walk.go([Spot(walk.spot.x_m, y), Spot(x, y), Spot(x, 0.2)])
    card = shows_card(shopper, rng)
    basket, person = shopper.basket, shopper.person
    return Shopper(person, shopper.taste, walk.path(), shopper.stops, basket, shopper.checkin, card, till.id, pays_s)


def lines(store: Store, basket: Mapping[str, int], accepted: Mapping[str, str | None], ts_ms: int) -> list[Line]:
    """The receipt of a basket and of what was accepted besides: sku → the offer that was promised.

    What was accepted is bought once; where it was in the basket already, the promised offer lowers its price.
    """
    bought = {**dict.fromkeys(accepted, 1), **basket}
    return [_line(store, sku, pieces, accepted.get(sku), ts_ms) for sku, pieces in sorted(bought.items())]


def _line(store: Store, sku: str, pieces: int, offer_id: str | None, ts_ms: int) -> Line:
    full = pieces * float(store.products[store.product_index[sku]]["price"])
    offer = store.offer_for(sku, offer_id, ts_ms)
    if offer is None:
        return {"sku": sku, "quantity": pieces, "amount": round(full, 2)}
    off = round(full * float(offer["discount"]), 2)
    return {
        "sku": sku,
        "quantity": pieces,
        "amount": round(full - off, 2),
        "discount": off,
        "offer_id": str(offer["offer_id"]),
    }
