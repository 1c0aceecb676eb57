"""A party up to the tills: where they have walked, what they carry, who has checked in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from simulation import parties, shoppers
from simulation.layout import Spot
from simulation.path import Walk
from simulation.shoppers import Checkin, Person, Stop
from simulation.store import Store
from simulation.tastes import Taste


@dataclass(frozen=True, eq=False)
class Browsing:
    """One of a party, as `Shopper` is after the till."""

    person: Person
    taste: Taste
    walk: Walk
    stops: tuple[Stop, ...]
    basket: Mapping[str, int]
    checkin: Checkin | None
    group: str | None


def browse(
    store: Store, party: Sequence[Person], rng: np.random.Generator, enters_s: float, ts_ms: int
) -> list[Browsing]:
    """From the door past the displays; the first one's taste leads them, and they have the basket.

    `ts_ms` is the day's, for the offers that hold.
    """
    taste = store.tastes.person(party[0].key)
    walk = Walk(enters_s, _doorway(store, rng), rng, float(np.clip(rng.normal(0.85, 0.15), 0.55, 1.15)))
    members = parties.walked(store, party, shoppers.planned(store, taste, rng), walk)
    basket = shoppers.basket(store, taste, members[0].stops, rng, ts_ms)
    group = f"group-{party[0].device_id}" if len(party) > 1 else None
    return [
        Browsing(
            one.person,
            store.tastes.person(one.person.key),
            one.walk,
            tuple(one.stops),
            {} if number else basket,
            shoppers.checkin(one.person, one.walk.path().enters_s, rng),
            group,
        )
        for number, one in enumerate(members)
    ]


def _doorway(store: Store, rng: np.random.Generator) -> Spot:
    x, _, _ = store.layout.entrance
    return Spot(x + float(rng.uniform(-1.2, 1.2)), 0.2)
