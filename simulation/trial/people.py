"""Who comes on a day of the trial world, what for, how long they stand where, and the moments that makes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulation.trial.nature import CATEGORIES, KINDS, NONE, OPEN, STORES, WANTED, Indices, Nature, Numbers

KNOWN_SHARE, CUSTOMERS = 0.4, 1500
OPENS_S, CLOSES_S = 8 * 3600, 20 * 3600
THRESHOLDS_S = (20.0, 40.0, 80.0)
"""Live dwell at a display that makes a moment at which a prompt may be decided."""
SMEAR = 0.08
"""Share of the dwell that position noise gives to each neighbouring display."""
WALK_S = 6.0
STANDS = {NONE: (5.0, 0.8), WANTED: (18.0, 0.7), OPEN: (26.0, 0.8)}
"""Median seconds and log spread at a display by what the visit is about it; who wants nothing stops at one in four."""
STOPS = 0.25
HABIT = 0.3
"""Share of a person's categories with one product that is nearly always taken."""


@dataclass(frozen=True)
class People:
    """P persons: hidden kind and personal parts."""

    kind: Indices
    store: Indices
    demand: Numbers
    """Factor on what the kind wants, (P, CATEGORIES)."""
    persuadable: Numbers
    """Factor on effects, (P,)."""
    habit: Indices
    """Row of the habitual product within its category, −1 for none, (P, CATEGORIES)."""

    @classmethod
    def draw(cls, rng: np.random.Generator, count: int) -> People:
        habit = rng.integers(0, 10, (count, CATEGORIES))
        return cls(
            rng.integers(0, KINDS, count),
            rng.integers(0, STORES, count),
            rng.gamma(2.0, 0.5, (count, CATEGORIES)),
            rng.gamma(4.0, 0.25, count),
            np.where(rng.random((count, CATEGORIES)) < HABIT, habit, -1),
        )

    def only(self, rows: Indices) -> People:
        return People(self.kind[rows], self.store[rows], self.demand[rows], self.persuadable[rows], self.habit[rows])

    def and_(self, other: People) -> People:
        pairs = ((getattr(self, name), getattr(other, name)) for name in self.__dataclass_fields__)
        return People(*(np.concatenate(pair) for pair in pairs))


@dataclass(frozen=True)
class Moments:
    """M moments, by visit and then by time."""

    visit: Indices
    category: Indices
    """Of the display."""
    threshold_s: Numbers
    at_s: Numbers
    """Since midnight."""
    live_s: Numbers
    """Of the visit so far, by category's display, (M, CATEGORIES)."""

    def __len__(self) -> int:
        return len(self.visit)


@dataclass(frozen=True)
class Visits:
    """V visits of a day; `state` is what each is about each category, hidden like the person."""

    people: People
    customer: Indices
    """Row of a known customer, else −1."""
    state: NDArray[np.int8]
    begins_s: Numbers
    ends_s: Numbers
    dwell_s: Numbers
    """As the engine measures it at the end, (V, CATEGORIES)."""
    moments: Moments

    def __len__(self) -> int:
        return len(self.customer)

    @classmethod
    def draw(cls, rng: np.random.Generator, count: int, nature: Nature, customers: People) -> Visits:
        known = int(KNOWN_SHARE * count)
        who = rng.choice(len(customers.kind), known, replace=False)
        people = customers.only(who).and_(People.draw(rng, count - known))
        customer = np.concatenate([who, np.full(count - known, -1)])
        state = _states(rng, nature, people)
        stood = smeared(_stood(rng, state), nature.place) + rng.exponential(0.6, state.shape)
        begins = np.sort(rng.uniform(OPENS_S, CLOSES_S - 1800, count))[rng.permutation(count)]
        order = np.argsort(_route(rng, nature.place, count), axis=1)
        walked = np.take_along_axis(stood + WALK_S, order, 1)
        arrives = np.empty_like(stood)
        np.put_along_axis(arrives, order, begins[:, None] + np.cumsum(walked, axis=1) - walked, 1)
        ends = begins + walked.sum(axis=1) + 60
        return cls(people, customer, state, begins, ends, stood, _moments(stood, arrives))


def smeared(stood: Numbers, place: Indices) -> Numbers:
    """Position noise moves some of each display's seconds to its neighbours along the aisle."""
    aisle = stood[:, np.argsort(place)]
    moved = (1 - 2 * SMEAR) * aisle
    moved[:, 1:] += SMEAR * aisle[:, :-1]
    moved[:, :-1] += SMEAR * aisle[:, 1:]
    return np.asarray(moved[:, place])


def daypart(at_s: Numbers) -> Indices:
    """0 before noon, 1 until four, 2 later."""
    return np.asarray(np.digitize(at_s, [12 * 3600, 16 * 3600]), np.int64)


def _states(rng: np.random.Generator, nature: Nature, people: People) -> NDArray[np.int8]:
    wanted = np.clip(nature.demand[people.kind] * people.demand, 0, 0.8)
    open_ = np.minimum(nature.openness[people.kind], 1 - wanted)
    at = rng.random(wanted.shape)
    return np.where(at < wanted, WANTED, np.where(at < wanted + open_, OPEN, NONE)).astype(np.int8)


def _stood(rng: np.random.Generator, state: NDArray[np.int8]) -> Numbers:
    normal, stops = rng.standard_normal(state.shape), rng.random(state.shape) < STOPS
    median, spread = (np.array([STANDS[one][i] for one in (NONE, WANTED, OPEN)])[state] for i in (0, 1))
    return np.where((state != NONE) | stops, median * np.exp(spread * normal), 0.0)


def _route(rng: np.random.Generator, place: Indices, count: int) -> Numbers:
    """Along the aisles from one end or the other, with some coming and going; (V, CATEGORIES)."""
    way = np.where(rng.random(count) < 0.7, 1, -1)
    return np.asarray(way[:, None] * place + rng.normal(0, 2.0, (count, CATEGORIES)))


def _moments(stood: Numbers, arrives: Numbers) -> Moments:
    step, visit, category = np.nonzero(stood > np.array(THRESHOLDS_S)[:, None, None])
    threshold = np.array(THRESHOLDS_S)[step]
    at = arrives[visit, category] + threshold
    order = np.lexsort((at, visit))
    visit, category, threshold, at = visit[order], category[order], threshold[order], at[order]
    live = np.where(arrives[visit] < arrives[visit, category][:, None], stood[visit], 0.0)
    live[np.arange(len(visit)), category] = threshold
    return Moments(visit, category, threshold, at, live)
