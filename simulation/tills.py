"""The tills: who queues where and when they pay, and what stands on the receipt. A till knows no phone and no visit."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypedDict

import numpy as np

from simulation.layout import EXIT_LANE_M, FRONT_LANE_M, Spot, Zone
from simulation.path import inside
from simulation.shoppers import Browsing, Shopper, shows_card
from simulation.store import Store

_PATIENCE_S = 240.0
"""Nobody waits longer: then a till takes two at once."""
_GREETING_S, _PER_PIECE_S = 18.0, 4.0


class Line(TypedDict, total=False):
    """A line as a till sends it: `amount` is what is paid, `discount` what was taken off, both for the whole line."""

    sku: str
    quantity: int
    amount: float
    discount: float
    offer_id: str


@dataclass(frozen=True)
class _Turn:
    """At which till, and when it is one's turn."""

    till: Zone
    starts_s: float
    rng: np.random.Generator


def check_out(store: Store, browsing: Iterable[Browsing]) -> Iterator[Shopper]:
    """Everybody to a till and out, first come first served. Who has nothing to pay walks through one all the same."""
    tills = store.layout.tills
    free = [(0.0, number) for number in range(len(tills))]
    heapq.heapify(free)
    for shopper in sorted(browsing, key=lambda one: one.walk.t_s):
        since, number = heapq.heappop(free)
        _to_front(store, shopper)
        starts = min(max(since, shopper.walk.t_s), shopper.walk.t_s + _PATIENCE_S)
        done = _pay_and_leave(store, shopper, _Turn(tills[number], starts, shopper.walk.rng))
        heapq.heappush(free, (max(since, done.pays_s), number))
        yield done


def _to_front(store: Store, shopper: Browsing) -> None:
    """To the middle of the front corridor, where people wait for a till."""
    head = Spot(store.layout.width_m / 2 + float(shopper.walk.rng.uniform(-3, 3)), FRONT_LANE_M)
    shopper.walk.go(store.layout.route(shopper.walk.spot, head))


def _pay_and_leave(store: Store, shopper: Browsing, turn: _Turn) -> Shopper:
    walk, rng = shopper.walk, turn.rng
    walk.wait(turn.starts_s - walk.t_s)
    at = inside(turn.till.area, 0, rng)
    walk.go([Spot(at.x_m, FRONT_LANE_M), at])
    pieces = sum(shopper.basket.values())
    walk.browse((_GREETING_S + _PER_PIECE_S * pieces) * float(rng.lognormal(0, 0.3)) if pieces else 3.0, turn.till.area)
    pays_s = walk.t_s
    x, y, _ = store.layout.entrance
    walk.go([Spot(walk.spot.x_m, EXIT_LANE_M), Spot(x, y), Spot(x, 0.2)])
    card = shows_card(shopper, rng)
    basket, person = shopper.basket, shopper.person
    path = walk.path()
    return Shopper(person, shopper.taste, path, shopper.stops, basket, shopper.checkin, card, turn.till.id, pays_s)


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
