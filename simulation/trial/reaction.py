"""What is bought in the trial world, with and without prompts: exact chances, and draws that are coupled.

The uniform that decides about a (visit, product) is the same whatever is prompted, so a day may be played again under
other prompts and differ by their effects only.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from simulation.trial.nature import (
    ANSWERING,
    CATEGORIES,
    FATIGUE,
    PRODUCTS,
    STRENGTH,
    SWALLOWED,
    Indices,
    Nature,
    Numbers,
)
from simulation.trial.people import Visits, daypart

BUYS = np.array([0.006, 0.8, 0.1])
"""P(something of a category is bought) unprompted, by what the visit is about it."""
HABITUAL = 0.85
"""Share of the habitual product in its category."""
AGAIN = 0.25
"""Of its effect, what the same product has when prompted again in a visit."""
PUT_OFF = 0.8
"""A negative effect of 1 takes this share of the product's sales."""
MOST = 0.97
PLAIN = 0.05
"""Of the annoyance, what every prompt has; the rest is in proportion to the chance that it was bought anyway."""


@dataclass(frozen=True)
class Prompts:
    """N prompts that were seen: row of the moment, row of the product, and whether the coupon goes with it."""

    moment: Indices
    product: Indices
    coupon: NDArray[np.bool_]

    @classmethod
    def of(cls, chosen: Indices, coupon: NDArray[np.bool_]) -> Prompts:
        """From one product a moment, −1 for silence, with each product's coupon."""
        rows = np.flatnonzero(chosen >= 0)
        return cls(rows, chosen[rows], coupon[chosen[rows]])


@dataclass(frozen=True)
class Reaction:
    """The chances of a day's visits."""

    nature: Nature
    visits: Visits

    @cached_property
    def unprompted(self) -> Numbers:
        """P(bought), (V, PRODUCTS)."""
        nature, people = self.nature, self.visits.people
        weight = np.exp(nature.liking())[people.store, people.kind]
        share = weight / (weight @ _indicator(nature.category))[:, nature.category]
        habit = people.habit[:, nature.category]
        row = np.arange(PRODUCTS) // CATEGORIES
        share = np.where(habit < 0, share, (1 - HABITUAL) * share + HABITUAL * (habit == row))
        return np.asarray(BUYS[self.visits.state[:, nature.category]] * share)

    @cached_property
    def margin(self) -> Numbers:
        """Per visit without prompts, expected, (V,)."""
        return np.asarray(self.unprompted @ (self.nature.paid - self.nature.cost))

    def effect(self, visit: Indices, product: Indices, at_s: Numbers, coupon: NDArray[np.bool_]) -> Numbers:
        """Of a first prompt on P(bought), before limits, (N,); at_s is the time of day."""
        people = self.visits.people
        personal = people.persuadable[visit]
        state = self.visits.state[visit, self.nature.category[product]].astype(np.int64)
        chance = self.unprompted[visit, product]
        average = effect(self.nature, people.kind[visit], state, product, daypart(at_s), coupon, chance)
        return np.asarray(personal * average)

    def prompted(self, prompts: Prompts) -> tuple[Numbers, NDArray[np.bool_]]:
        """P(bought) under these prompts, and where a coupon was given; both (V, PRODUCTS)."""
        visit = self.visits.moments.visit[prompts.moment]
        added, kept = np.zeros_like(self.unprompted), np.ones_like(self.unprompted)
        given, seen = np.zeros(added.shape, bool), np.zeros(added.shape, bool)
        place = _place(visit)
        for n in range(place.max(initial=-1) + 1):
            rows = np.flatnonzero(place == n)
            self._add(rows, n, prompts, added, kept, seen)
            at = visit[rows], prompts.product[rows]
            given[at] |= prompts.coupon[rows]
            seen[at] = True
        return np.clip(self.unprompted * kept + added, 0, MOST), given

    def additional(self, prompts: Prompts) -> Numbers:
        """Expected additional margin of each visit, (V,): the truth that a policy is judged by."""
        chance, given = self.prompted(prompts)
        nature = self.nature
        paid = np.where(given, nature.paid_prompted, nature.paid) - nature.cost
        return np.asarray((chance * paid).sum(axis=1) - self.margin)

    def of_one(self, moment: int, product: int, coupon: bool) -> float:
        """Expected additional margin of one prompt in its visit."""
        one = Prompts(np.array([moment]), np.array([product]), np.array([coupon]))
        return float(self.additional(one)[self.visits.moments.visit[moment]])

    def _add(
        self, rows: Indices, n: int, prompts: Prompts, added: Numbers, kept: Numbers, seen: NDArray[np.bool_]
    ) -> None:
        """The visits' n-th prompts: their own effect, what the category loses, and what they cost in patience."""
        nature, moments = self.nature, self.visits.moments
        moment, product = prompts.moment[rows], prompts.product[rows]
        visit = moments.visit[moment]
        effect = FATIGUE**n * self.effect(visit, product, moments.at_s[moment], prompts.coupon[rows])
        effect *= np.where(seen[visit, product], AGAIN, 1)
        others = nature.category == nature.category[product][:, None]
        others[np.arange(len(rows)), product] = False
        sold = (self.unprompted[visit] * others).sum(axis=1)
        lost = np.minimum(SWALLOWED * np.maximum(effect, 0) / np.maximum(sold, 1e-9), 0.9)
        patience = 1 - annoyance(nature, self.visits.people.kind[visit], self.unprompted[visit, product])
        rest = np.where(np.arange(PRODUCTS) == product[:, None], 1, patience[:, None])
        kept[visit] *= rest * (1 - lost[:, None] * others)
        added[visit, product] += effect


def effect(
    nature: Nature,
    kind: Indices,
    state: Indices,
    product: Indices,
    part: Indices,
    coupon: NDArray[np.bool_],
    chance: Numbers,
) -> Numbers:
    """Of a first prompt on P(bought), for an average person; arrays that go together by broadcasting."""
    persuasion, hearing = nature.persuasion[product], nature.hearing[kind, nature.category[product]]
    strength = (
        np.abs(persuasion * hearing) * nature.hours[kind, part] * np.where(coupon, nature.coupon_hearing[kind], 1)
    )
    reached = 1 - np.exp(-strength)
    put_off = (persuasion < 0) | (hearing < 0)
    return np.asarray(np.where(put_off, -PUT_OFF * reached * chance, STRENGTH * ANSWERING[state] * reached))


def annoyance(nature: Nature, kind: Indices, chance: Numbers) -> Numbers:
    """Share of the rest of the basket that a prompt costs."""
    return np.asarray(nature.annoyance[kind] * (PLAIN + (1 - PLAIN) * chance))


def _place(visit: Indices) -> Indices:
    """How many prompts its visit had before each; rows are ordered by visit."""
    first = np.searchsorted(visit, visit, "left")
    return np.asarray(np.arange(len(visit)) - first, np.int64)


def _indicator(category: Indices) -> Numbers:
    return np.asarray(np.eye(CATEGORIES)[category])
