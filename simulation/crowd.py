"""Who is in the store on a day: shoppers alone or in groups, staff, and things that ping; each with their phone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from models.errors import InputError
from simulation import parties, shoppers, staff, tills
from simulation.browsing import browse
from simulation.phones import Phone
from simulation.shoppers import Shopper
from simulation.store import Store

ARRIVALS = 0.8
"""Shoppers come within this share of the opening hours; who is inside at the end finishes."""

Draws = Callable[..., np.random.Generator]
"""A generator for each purpose, which numbers name."""


@dataclass(frozen=True)
class Crowd:
    """Besides those who shop alone. In shopping streets up to 70 % walk in groups (Moussaïd et al. 2010)."""

    grouped: float = 0.0
    """Share of the shoppers who come in groups of two to four, each with a phone."""
    staff: int = 0
    things: int = 0
    """In turn a printer, a tablet on show, a phone left lying."""
    rotations_h: float = 0.0
    """Changes of a shopper's device id an hour, within the visit."""

    def __post_init__(self) -> None:
        if not 0 <= self.grouped <= 1:
            raise InputError(f"{self.grouped} is not between 0 and 1", field="grouped")
        if min(self.staff, self.things, self.rotations_h) < 0:
            raise InputError("staff, things and rotations are not below 0", field="crowd")

    def shoppers(
        self, store: Store, day_seed: int, count: int, length_s: float, start_ms: int, draws: Draws
    ) -> list[Shopper]:
        """As many as that, by the time at which they come to the till."""
        people = shoppers.people(store, day_seed, count)
        enters = np.sort(draws(41).uniform(0, ARRIVALS * length_s, count))
        formed, first = [], 0
        for party in parties.formed(people, self.grouped, draws(47)):
            formed.append(browse(store, party, draws(43, first), float(enters[first]), start_ms))
            first += len(party)
        return list(tills.check_out(store, formed))

    def phones(
        self, store: Store, present: Sequence[Shopper], bounds_s: tuple[float, float], draws: Draws
    ) -> list[Phone]:
        """The shoppers' in their order, then the staff's, then things; those of the last two ping all day."""
        carried = (Phone(one.person.device_id, "shopper", one.path, one.group) for one in present)
        rotating = (phone.rotating(self.rotations_h, draws(48, number)) for number, phone in enumerate(carried))
        working = (staff.at_work(store.layout, number, bounds_s, draws(45, number)) for number in range(self.staff))
        return [*rotating, *working, *staff.lying(store.layout, self.things, bounds_s, draws(46))]
