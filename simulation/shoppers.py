"""Who comes, what for, which way, and how long they look; what they would buy if nobody spoke to them.

Stops are log-normal, a few long ones among many short ones. Shoppers come for some categories and stop at others on
the way; bought unplanned is less than bought as planned (cf. Hui, Bradlow, Fader 2009, J. Consumer Research 36; Bell,
Corsten, Knox 2011, J. Marketing 75), and who looks longer buys more often.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from simulation.layout import Zone
from simulation.path import Path
from simulation.store import Store
from simulation.tastes import PersonKey, Taste, choose

_KNOWN_SHARE = 0.4
"""Share of a day's shoppers who are known customers."""
_CHECKS_IN, _CONSENTS, _SHOWS_CARD = 0.75, 0.92, 0.9
_LOOK_MEDIAN_S, _LOOK_SPREAD, _LONGEST_S = 22.0, 0.8, 240.0
_PASSING_STOP = 0.35
"""Browsing stops per planned one."""
_CUSTOMER, _PASSER_BY = 1, 2


@dataclass(frozen=True)
class Person:
    """Somebody with a phone. Known customers have the same key and phone on every day."""

    key: PersonKey
    device_id: str
    customer_id: str | None = None


@dataclass(frozen=True)
class Checkin:
    """A phone's owner has said who they are, this long after the day's start."""

    t_s: float
    customer_id: str
    consent: bool


@dataclass(frozen=True)
class Stop:
    """Looking at a display."""

    display: Zone
    seconds: float
    planned: bool


@dataclass(frozen=True, eq=False)
class Shopper:
    """One visit. `basket` is what they would buy unprompted: sku → pieces. They pass the till at `pays_s`.

    Of a group one has the basket; `group` is None for who comes alone.
    """

    person: Person
    taste: Taste
    path: Path
    stops: tuple[Stop, ...]
    basket: Mapping[str, int]
    checkin: Checkin | None
    shows_card: bool
    till: str
    pays_s: float
    group: str | None = None


def people(store: Store, day_seed: int, count: int) -> list[Person]:
    """A day's shoppers: some of the known customers, the rest nobody has seen before."""
    rng = np.random.default_rng([store.seed, 31, day_seed])
    known = rng.permutation(store.size.customers)[: round(count * _KNOWN_SHARE)]
    customers = [_person(store, (_CUSTOMER, int(number)), f"C{number + 1:05d}") for number in known]
    others = [_person(store, (_PASSER_BY, day_seed, number)) for number in range(count - len(customers))]
    everybody = customers + others
    return [everybody[i] for i in rng.permutation(count)]


def _person(store: Store, key: PersonKey, customer_id: str | None = None) -> Person:
    text = "/".join(map(str, (store.store_id, store.seed, *key)))
    return Person(key, f"phone-{blake2b(text.encode(), digest_size=5).hexdigest()}", customer_id)


def planned(store: Store, taste: Taste, rng: np.random.Generator) -> tuple[Stop, ...]:
    """Planned and passing stops in the order of a walk through the store."""
    return tuple(_stops(store, taste, rng))


def _stops(store: Store, taste: Taste, rng: np.random.Generator) -> Iterator[Stop]:
    displays = store.layout.displays
    planned = set(_drawn(taste.categories, min(1 + int(rng.poisson(4)), len(displays)), rng))
    passing = set(_drawn(taste.categories / 2, int(rng.poisson(_PASSING_STOP * len(planned))), rng)) - planned
    for number in sorted(planned | passing, key=lambda i: store.layout.walking_order(displays[i])):
        median = _LOOK_MEDIAN_S if number in planned else _LOOK_MEDIAN_S / 2
        seconds = float(np.clip(median * rng.lognormal(0, _LOOK_SPREAD), 2.0, _LONGEST_S))
        yield Stop(displays[number], seconds, number in planned)


def _drawn(weights: NDArray[np.float64], count: int, rng: np.random.Generator) -> list[int]:
    """`count` different indices, likelier where exp(weight) is greater: the largest of perturbed weights (Gumbel)."""
    return [int(i) for i in np.argsort(-(weights + rng.gumbel(size=len(weights))))[:count]]


def basket(
    store: Store, taste: Taste, stops: Sequence[Stop], rng: np.random.Generator, ts_ms: int
) -> Mapping[str, int]:
    """What they take after these looks; `ts_ms` is the day's, for the offers that hold."""
    taken: dict[str, int] = {}
    for stop in stops:
        if rng.random() < _buys(stop):
            sku = _favourite(store, taste, stop.display.category or "", rng, ts_ms)
            taken[sku] = int(rng.geometric(0.75))
    return {sku: pieces for sku, pieces in taken.items() if sku not in store.sold_out}


def _buys(stop: Stop) -> float:
    """The probability that a look becomes a purchase."""
    looked = 1 - float(np.exp(-stop.seconds / 25))
    return 0.3 + 0.55 * looked if stop.planned else 0.3 * looked


def _favourite(store: Store, taste: Taste, category: str, rng: np.random.Generator, ts_ms: int) -> str:
    """One product of a category: what the person likes, what everybody likes, and what is reduced for everybody."""
    here = np.flatnonzero(store.tastes.of_product == store.tastes.categories.index(category))
    skus = [str(store.products[int(i)]["sku"]) for i in here]
    reduced = [(store.offer_for(sku, None, ts_ms) or {}).get("discount", 0.0) for sku in skus]
    weights = taste.products[here] + store.tastes.popularity[here] + 1.5 * np.array(reduced)
    return skus[choose(weights, rng)]


def checkin(person: Person, enters_s: float, rng: np.random.Generator) -> Checkin | None:
    if person.customer_id is None or rng.random() > _CHECKS_IN:
        return None
    return Checkin(enters_s + float(rng.uniform(10, 40)), person.customer_id, bool(rng.random() < _CONSENTS))


def shows_card(person: Person, checkin: Checkin | None, rng: np.random.Generator) -> bool:
    """Whether the receipt will name the customer: a card at the till, from those who have not refused today."""
    agrees = checkin is None or checkin.consent
    return person.customer_id is not None and agrees and bool(rng.random() < _SHOWS_CARD)
