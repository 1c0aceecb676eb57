"""The tills: who queues where and when they pay, and what stands on the receipt. A till knows no phone and no visit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypedDict

from simulation.browsing import Browsing
from simulation.layout import Layout, Spot, Zone
from simulation.path import Walk, inside
from simulation.shoppers import Shopper, shows_card
from simulation.store import Store

_PATIENCE_S = 240.0
"""Nobody waits longer: then a till takes two at once."""
_GREETING_S, _PER_PIECE_S = 18.0, 4.0
_BESIDE_M = 0.5
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


@dataclass(frozen=True)
class _Turn:
    """At which till, when it is one's turn, and when those ahead have theirs; who comes along stands beside."""

    till: Zone
    starts_s: float
    ahead_s: Sequence[float]
    beside_m: float = 0.0


def check_out(store: Store, parties: Iterable[Sequence[Browsing]]) -> Iterator[Shopper]:
    """Everybody to a till and out, first come first served. Who has nothing to pay walks through one all the same."""
    tills = [_Till(zone) for zone in store.layout.tills]
    for party in sorted(parties, key=lambda one: one[0].walk.t_s):
        till = min(tills, key=lambda one: one.free_s)
        payer, *others = party
        turn_s, ahead = _queue(store.layout, payer.walk, till)
        done = _pay_and_leave(store, payer, till.zone)
        till.free_s = max(till.free_s, done.pays_s)
        till.turns_s.append(turn_s)
        yield done
        for number, other in enumerate(others, 1):
            yield _come_along(store, other, done, _Turn(till.zone, turn_s, ahead, _BESIDE_M * number))


def _queue(layout: Layout, walk: Walk, till: _Till) -> tuple[float, list[float]]:
    """To the end of the queue and forward up to one's own turn: when that is, and when those ahead have theirs."""
    walk.go(layout.route(walk.spot, layout.queue(till.zone, len(till.ahead(walk.t_s)))))
    ahead = till.ahead(walk.t_s)
    walk.go([layout.queue(till.zone, len(ahead))])
    turn = _Turn(till.zone, min(max(till.free_s, walk.t_s), walk.t_s + _PATIENCE_S), ahead)
    _wait(layout, walk, turn)
    return walk.t_s, ahead


def _wait(layout: Layout, walk: Walk, turn: _Turn) -> None:
    """Forward by one place whenever the turn of somebody ahead has come."""
    for number, ahead_s in enumerate(turn.ahead_s, 1):
        walk.wait(min(ahead_s, turn.starts_s) - walk.t_s)
        place = layout.queue(turn.till, len(turn.ahead_s) - number)
        walk.go([place._replace(x_m=place.x_m + turn.beside_m)])
    walk.wait(turn.starts_s - walk.t_s)


def _pay_and_leave(store: Store, payer: Browsing, till: Zone) -> Shopper:
    walk, rng = payer.walk, payer.walk.rng
    walk.go([inside(till.area, 0, rng)])
    pieces = sum(payer.basket.values())
    walk.browse((_GREETING_S + _PER_PIECE_S * pieces) * float(rng.lognormal(0, 0.3)) if pieces else 3.0, till.area)
    return _out(store, payer, till, walk.t_s)


def _come_along(store: Store, other: Browsing, payer: Shopper, turn: _Turn) -> Shopper:
    """Beside the payer in the queue and at the till, and out with them."""
    walk = other.walk
    place = store.layout.queue(turn.till, len(turn.ahead_s))
    walk.go(store.layout.route(walk.spot, place._replace(x_m=place.x_m + turn.beside_m)))
    _wait(store.layout, walk, turn)
    walk.go([inside(turn.till.area, 0, walk.rng)])
    walk.browse(payer.pays_s - walk.t_s, turn.till.area)
    return _out(store, other, turn.till, max(payer.pays_s, walk.t_s))


def _out(store: Store, one: Browsing, till: Zone, pays_s: float) -> Shopper:
    x, y, _ = store.layout.entrance
    one.walk.go([Spot(one.walk.spot.x_m, y), Spot(x, y), Spot(x, 0.2)])
    card, path = shows_card(one.person, one.checkin, one.walk.rng), one.walk.path()
    return Shopper(one.person, one.taste, path, one.stops, one.basket, one.checkin, card, till.id, pays_s, one.group)


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
