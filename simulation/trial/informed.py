"""The informed policy: it sees what a recommender sees, and knows the world's true effects.

From live dwell, the time and a customer's earlier receipts follow probabilities of the hidden kind and of what the
visit is about a category; with them the expected effect of each product. It never sees the hidden draws, nor anybody's
personal part. A policy that knew more would be no measure of what can be learned.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from simulation.trial.nature import (
    CATEGORIES,
    DAYPARTS,
    FATIGUE,
    KINDS,
    PRODUCTS,
    STORES,
    SWALLOWED,
    Indices,
    Nature,
    Numbers,
)
from simulation.trial.people import CUSTOMERS, THRESHOLDS_S, Visits, daypart
from simulation.trial.reaction import BUYS, annoyance, effect
from simulation.trial.world import Day, Played, World

EDGES_S = np.array([0.01, 1.0, 3.0, 6.0, 10.0, 15.0, 20.0, 30.0, 45.0, 70.0])
STATES = 3


@dataclass(frozen=True)
class Sight:
    """P(live dwell, in steps | what the visit is about the category): at other displays and at the moment's own."""

    elsewhere: Numbers
    """(STATES, steps)."""
    here: Numbers
    """P(a moment of this threshold | state), (STATES, thresholds)."""

    @classmethod
    def of(cls, nature: Nature, seed: int) -> Sight:
        """Counted in many visits of the same world, none of which is on any day."""
        people = World(seed).customers
        draws = (Visits.draw(np.random.default_rng([seed, 6, i]), 1000, nature, people) for i in range(4))
        elsewhere, here = np.ones((STATES, len(EDGES_S) + 1)), np.ones((STATES, len(THRESHOLDS_S)))
        total = np.full(STATES, 1.0)
        for visits in draws:
            moments = visits.moments
            state = visits.state[moments.visit].astype(np.int64)
            own = np.arange(len(moments)), moments.category
            np.add.at(here, (state[own], np.searchsorted(THRESHOLDS_S, moments.threshold_s)), 1)
            other = np.ones(state.shape, bool)
            other[own] = False
            np.add.at(elsewhere, (state[other], np.digitize(moments.live_s[other], EDGES_S)), 1)
            total += np.bincount(visits.state.ravel(), minlength=STATES)
        return cls(elsewhere / elsewhere.sum(axis=1, keepdims=True), here / total[:, None])


@dataclass
class Informed:
    """Knows the nature of its days; `learn` adds a customer's receipts to what it sees of them."""

    world: World
    bought: Numbers = field(default_factory=lambda: np.zeros((CUSTOMERS, CATEGORIES)))
    visits: Numbers = field(default_factory=lambda: np.zeros(CUSTOMERS))
    _known: dict[int, Knowing] = field(default_factory=dict)

    def learn(self, day: Day, played: Played) -> None:
        """After a day."""
        who = day.visits.customer
        known = who[played.visit] >= 0
        np.add.at(self.bought, (who[played.visit[known]], day.nature.category[played.product[known]]), 1)
        np.add.at(self.visits, who[who >= 0], 1)

    def values(self, day: Day, given: Indices) -> Numbers:
        """Expected additional margin of each product at each moment, (M, PRODUCTS), after `given` prompts."""
        knowing = self.knowing(day)
        kind, state = self.belief(day)
        return knowing.values(day, kind, state, given)

    def belief(self, day: Day) -> tuple[Numbers, Numbers]:
        """P(kind), (M, KINDS), and P(state | kind), (M, KINDS, STATES, CATEGORIES)."""
        knowing, moments = self.knowing(day), day.moments
        steps = np.digitize(moments.live_s, EDGES_S)
        chance = knowing.sight.elsewhere[:, steps].transpose(1, 0, 2).copy()
        own = np.arange(len(moments)), moments.category
        at = knowing.sight.here[:, np.searchsorted(THRESHOLDS_S, moments.threshold_s)].T
        chance[own[0], :, own[1]] = at
        joint = knowing.states[None] * chance[:, None]
        seen = joint.sum(axis=2)
        log = np.log(seen).sum(axis=2) + self._past(day, knowing)[moments.visit]
        kind = np.exp(log - log.max(axis=1, keepdims=True))
        return kind / kind.sum(axis=1, keepdims=True), joint / seen[:, :, None]

    def knowing(self, day: Day) -> Knowing:
        """Of the day's nature."""
        at = id(day.nature)
        if at not in self._known:
            self._known[at] = Knowing(day.nature, Sight.of(day.nature, self.world.seed))
        return self._known[at]

    def _past(self, day: Day, knowing: Knowing) -> Numbers:
        """Log likelihood of the customer's receipts by kind, (V, KINDS); 0 for who has no card."""
        who = day.visits.customer
        rate = np.maximum(knowing.rates, 1e-3)
        # personal tastes spread the counts: a gamma-Poisson of shape 2, as the people are drawn
        shape = 2.0
        visits, bought = self.visits[who][:, None, None], self.bought[who][:, None]
        log = bought * np.log(rate) - (bought + shape) * np.log(shape + rate * visits)
        return np.where((who >= 0)[:, None], log.sum(axis=2), 0.0)


@dataclass(frozen=True)
class Knowing:
    """A nature as averages over what is personal."""

    nature: Nature
    sight: Sight

    @cached_property
    def states(self) -> Numbers:
        """P(state), (KINDS, STATES, CATEGORIES)."""
        wanted, open_ = np.minimum(self.nature.demand, 0.8), self.nature.openness
        return np.stack([1 - wanted - open_, wanted, open_], axis=1)

    @cached_property
    def rates(self) -> Numbers:
        """Purchases of a category by visit, (KINDS, CATEGORIES)."""
        return np.asarray(np.einsum("s,ksc->kc", BUYS, self.states))

    @cached_property
    def chances(self) -> Numbers:
        """P(bought) unprompted, (STORES, KINDS, STATES, PRODUCTS)."""
        weight, category = np.exp(self.nature.liking()), self.nature.category
        share = weight / (weight @ np.eye(CATEGORIES)[category])[..., category]
        return np.asarray(share[:, :, None] * BUYS[:, None])

    def values(self, day: Day, kind: Numbers, state: Numbers, given: Indices) -> Numbers:
        """Over kinds and states: the effect's own margin, less what the category, coupons and patience lose."""
        moments, nature = day.moments, self.nature
        store, part = day.visits.people.store[moments.visit], daypart(moments.at_s)
        weight = kind[:, :, None, None] * state
        total = np.zeros((len(moments), PRODUCTS))
        baskets = self._basket(store, kind, state)
        for where in range(STORES):
            for hours in range(DAYPARTS):
                for n in np.unique(given):
                    rows = np.flatnonzero((store == where) & (part == hours) & (given == n))
                    gains, patience = self._gains(where, hours, int(n))
                    here = weight[rows][..., nature.category]
                    total[rows] = (here * gains).sum(axis=(1, 2)) - baskets[rows, None] * (here * patience).sum(
                        axis=(1, 2)
                    )
        return total

    def _basket(self, store: Indices, kind: Numbers, state: Numbers) -> Numbers:
        """Expected margin of the visit, (M,)."""
        margin = self.chances * (self.nature.paid - self.nature.cost)
        by_category = margin @ np.eye(CATEGORIES)[self.nature.category]
        return np.asarray((kind[:, :, None, None] * state * by_category[store]).sum(axis=(1, 2, 3)))

    def _gains(self, store: int, hours: int, n: int) -> tuple[Numbers, Numbers]:
        """By kind, state and product: margin gained, and the share of the basket that the prompt costs."""
        nature, chance = self.nature, self.chances[store]
        kinds, states = np.arange(KINDS)[:, None, None], np.arange(STATES)[None, :, None]
        products = np.arange(PRODUCTS)[None, None]
        coupon = np.broadcast_to(nature.coupon, chance.shape)
        part = np.full(chance.shape, hours)
        added = FATIGUE**n * effect(nature, kinds, states, products, part, coupon, chance)
        margin, prompted = nature.paid - nature.cost, nature.paid_prompted - nature.cost
        sold = chance @ np.eye(CATEGORIES)[nature.category]
        others = (chance * margin) @ np.eye(CATEGORIES)[nature.category]
        rest, worth = sold[..., nature.category] - chance, others[..., nature.category] - chance * margin
        lost = np.minimum(SWALLOWED * np.maximum(added, 0) / np.maximum(rest, 1e-9), 0.9)
        after = np.clip(chance + added, 0, 0.97)
        patience = annoyance(nature, kinds, chance)
        return after * prompted - chance * margin - lost * worth + patience * chance * margin, patience


def best(values: NDArray[np.float64], day: Day, least: float = 0.0) -> Indices:
    """The product of the greatest value of each moment's department, −1 where none is above `least`; (M,)."""
    nature, moments = day.nature, day.moments
    allowed = nature.department[nature.category] == nature.department[moments.category][:, None]
    found = np.where(allowed, values, -np.inf)
    chosen = found.argmax(axis=1)
    return np.where(found[np.arange(len(moments)), chosen] > least, chosen, -1)
