"""The trial world from outside: days of visits and moments, which can be played under any prompts again and again.

world = World(seed=1)
day = world.day(0)
day.moments.visit, .category, .at_s, .live_s      what may be seen when deciding; day.near(moment) the products
shown = Prompts.of(chosen, day.nature.coupon)     one product a moment, −1 for silence
played = day.play(shown)                          receipts' lines and answers, coupled by the seed
day.reaction.additional(shown)                    the truth: expected additional margin by visit
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulation.trial import nature as natures
from simulation.trial.nature import PRODUCTS, Indices, Nature, Numbers
from simulation.trial.people import CUSTOMERS, Moments, People, Visits
from simulation.trial.reaction import Prompts, Reaction

FIRST_DAY_MS = 1_709_251_200_000
"""Midnight of day 0, 2024-03-01, in UTC, which is local time here."""
DAY_MS = 86_400_000
BEFORE = 1000
"""Days before day 0 that there may be."""
TAKES_IT, SPEAKS = 0.9, 0.6
"""P(accepted) of who will buy; P(declined rather than ignored) of who does not accept."""
LIKES = 0.6
"""What full liking adds to the politeness of those who will not buy."""


@dataclass(frozen=True)
class Played:
    """What came of a day: L lines bought, and the answer to each prompt (`accepted`, `declined`, `ignored`)."""

    visit: Indices
    product: Indices
    paid: Numbers
    coupon: NDArray[np.bool_]
    answers: NDArray[Any]

    def margin(self, nature: Nature) -> float:
        """Of all lines."""
        return float((self.paid - nature.cost[self.product]).sum())


@dataclass(frozen=True)
class Day:
    """V visits; negative numbers are days before the first night."""

    number: int
    seed: int
    nature: Nature
    visits: Visits

    @property
    def moments(self) -> Moments:
        return self.visits.moments

    @cached_property
    def reaction(self) -> Reaction:
        """The truth."""
        return Reaction(self.nature, self.visits)

    @property
    def begins_ms(self) -> int:
        return FIRST_DAY_MS + self.number * DAY_MS

    def near(self, moment: int) -> Indices:
        """The products of the display's department: what its salespeople may point out."""
        nature = self.nature
        here = nature.department == nature.department[self.moments.category[moment]]
        return np.flatnonzero(here[nature.category])

    def play(self, prompts: Prompts) -> Played:
        """The same day under these prompts."""
        chance, given = self.reaction.prompted(prompts)
        bought = self._uniform(0) < chance
        visit, product = np.nonzero(bought)
        coupon = given[visit, product]
        paid = np.where(coupon, self.nature.paid_prompted[product], self.nature.paid[product]).astype(np.float64)
        return Played(visit, product, paid, coupon, self._answers(prompts, bought))

    def _answers(self, prompts: Prompts, bought: NDArray[np.bool_]) -> NDArray[Any]:
        """Those who will buy say yes, bought anyway or not; the others by how much they like it."""
        at = self.moments.visit[prompts.moment], prompts.product
        people, nature = self.visits.people, self.nature
        liking = nature.liking()[people.store[at[0]], people.kind[at[0]], at[1]]
        polite = nature.politeness[people.kind[at[0]]] + LIKES / (1 + np.exp(1.5 - liking))
        accepts = self._uniform(1)[at] < np.where(bought[at], TAKES_IT, np.minimum(polite, 0.9))
        silent = np.where(self._uniform(2)[at] < SPEAKS, "declined", "ignored")
        return np.where(accepts, "accepted", silent)

    def _uniform(self, what: int) -> NDArray[np.float64]:
        rng = np.random.default_rng([self.seed, 5, self.number + BEFORE, what])
        return rng.random((len(self.visits), PRODUCTS))


@dataclass(frozen=True)
class World:
    """A chain with `visits` a day. From day `drift` on it is another; `null`: prompts change nothing."""

    seed: int
    visits: int = 1000
    null: bool = False
    drift: int | None = None

    @cached_property
    def customers(self) -> People:
        """Those with a card."""
        return People.draw(np.random.default_rng([self.seed, 3]), CUSTOMERS)

    @cached_property
    def before(self) -> Nature:
        return natures.draw(self.seed, self.null)

    @cached_property
    def after(self) -> Nature:
        return natures.drifted(self.before, self.seed)

    def nature(self, number: int) -> Nature:
        """Of a day."""
        return self.before if self.drift is None or number < self.drift else self.after

    def day(self, number: int) -> Day:
        """The same number gives the same day."""
        rng, nature = np.random.default_rng([self.seed, 4, number + BEFORE]), self.nature(number)
        return Day(number, self.seed, nature, Visits.draw(rng, self.visits, nature, self.customers))
