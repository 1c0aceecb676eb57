"""What Aislewise is measured against in the trial world: short policies under the same caps and departments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.nights.ours import PROMPTS_PER_VISIT
from simulation.trial.informed import Informed
from simulation.trial.nature import PRODUCTS, Indices, Numbers
from simulation.trial.reaction import Prompts
from simulation.trial.world import Day, Played, World

Valued = Callable[[int], Numbers]
"""How many prompts a visit has had → the value of each product at each moment, (M, PRODUCTS)."""


def slate(day: Day, valued: Valued) -> Indices:
    """The best product of the department with a value above 0, none twice in a visit; −1 for silence, (M,)."""
    nature, visit = day.nature, day.moments.visit
    near = nature.department[nature.category] == nature.department[day.moments.category][:, None]
    place = np.arange(len(visit)) - np.searchsorted(visit, visit, "left")
    chosen, given = np.full(len(visit), -1), np.zeros(len(day.visits), np.int64)
    used = np.zeros((len(day.visits), PRODUCTS), bool)
    tables = cache(valued)
    for turn in range(place.max(initial=-1) + 1):
        for n in range(PROMPTS_PER_VISIT):
            rows = np.flatnonzero((place == turn) & (given[visit] == n))
            if not len(rows):
                continue
            values = np.where(near[rows] & ~used[visit[rows]], tables(n)[rows], -np.inf)
            best = values.argmax(axis=1)
            speaks = values[np.arange(len(rows)), best] > 0
            chosen[rows[speaks]] = best[speaks]
            used[visit[rows[speaks]], best[speaks]] = True
        given += np.bincount(visit[(place == turn) & (chosen >= 0)], minlength=len(given))
    return chosen


@dataclass
class Peer:
    """A policy that learns by day from counts of products: name, and which value it puts on each."""

    name: str
    world: World
    shown: Numbers = field(default_factory=lambda: np.zeros(PRODUCTS))
    accepted: Numbers = field(default_factory=lambda: np.zeros(PRODUCTS))
    bought: Numbers = field(default_factory=lambda: np.zeros(PRODUCTS))
    sold: Numbers = field(default_factory=lambda: np.zeros(PRODUCTS))
    passed: Numbers = field(default_factory=lambda: np.zeros(PRODUCTS))
    unprompted: Numbers = field(default_factory=lambda: np.zeros(PRODUCTS))
    sku: NDArray[Any] | None = None
    deployed: tuple[Numbers, Numbers] | None = None

    def live(self, day: Day, held_out: NDArray[np.bool_]) -> Indices:
        """Chooses, plays and learns a day."""
        chosen = slate(day, self._valued(day))
        shown = Prompts.of(np.where(held_out[day.moments.visit], -1, chosen), day.nature.coupon)
        self.learn(day, shown, day.play(shown))
        return chosen

    def learn(self, day: Day, shown: Prompts, played: Played) -> None:
        """Counts prompts, answers and sales; sales without a prompt are counted where the department was passed."""
        self._forget(day)
        bought = np.zeros((len(day.visits), PRODUCTS), bool)
        bought[played.visit, played.product] = True
        visit = day.moments.visit[shown.moment]
        np.add.at(self.shown, shown.product, 1)
        np.add.at(self.accepted, shown.product, played.answers == "accepted")
        np.add.at(self.bought, shown.product, bought[visit, shown.product])
        self.sold += bought.sum(axis=0)
        nature = day.nature
        passed = np.zeros(bought.shape, bool)
        for moment, where in zip(day.moments.visit, nature.department[day.moments.category], strict=True):
            passed[moment] |= nature.department[nature.category] == where
        passed[visit, shown.product] = False
        self.passed += passed.sum(axis=0)
        self.unprompted += (passed & bought).sum(axis=0)
        if self.name == "uplift-thompson":
            self._gate(day)

    def _forget(self, day: Day) -> None:
        """What was counted of products that are no longer there."""
        if self.sku is not None:
            for counts in (self.shown, self.accepted, self.bought, self.sold, self.passed, self.unprompted):
                counts[self.sku != day.nature.sku] = 0
        self.sku = day.nature.sku

    def _valued(self, day: Day) -> Valued:
        """What the name says."""
        rng = np.random.default_rng([self.world.seed, 7, day.number + 1000])
        shape = (len(day.moments), PRODUCTS)
        margin = day.nature.paid_prompted - day.nature.cost
        if self.name == "uplift-thompson":
            mean, spread = self.deployed or self._uplift(day)
            draws = (mean + spread * rng.standard_normal(shape)) * margin
            return lambda _: draws
        value = {
            "random": rng.random(PRODUCTS),
            "popularity": self.sold + 1e-6,
            "accepted": (self.accepted + 1) / (self.shown + 2),
            "bought": (self.bought + 0.05) / (self.shown + 1),
        }[self.name]
        some = rng.random(len(day.moments)) < {"random": 1.0, "bought": 0.1}.get(self.name, 0.0)
        values = np.where(some[:, None], rng.random(shape), value)
        return lambda _: values

    def _uplift(self, day: Day) -> tuple[Numbers, Numbers]:
        """Posterior mean and deviation of P(bought | prompted) − P(bought), around 0 with a deviation of .03."""
        base = (self.unprompted + 0.5) / (self.passed + 50)
        difference = self.bought / np.maximum(self.shown, 1) - base
        noise = np.maximum(base + 0.03, 0.01) / np.maximum(self.shown, 1e-9)
        weight = 0.03**2 / (0.03**2 + noise)
        return weight * difference, np.sqrt(0.03**2 * (1 - weight))

    def _gate(self, day: Day) -> None:
        """The night's posterior takes over unless its best products promise less than those of the one before."""
        after = self._uplift(day)
        if self.deployed is None or after[0].max() >= 0.5 * self.deployed[0].max():
            self.deployed = after


PEERS = ("random", "popularity", "accepted", "bought", "uplift-thompson")


@dataclass
class Knowing:
    """The informed policy under the same caps."""

    informed: Informed

    def live(self, day: Day, held_out: NDArray[np.bool_]) -> Indices:
        rows = len(day.moments)
        chosen = slate(day, lambda n: self.informed.values(day, np.full(rows, n)))
        self.informed.learn(day, day.play(Prompts.of(np.full(rows, -1), day.nature.coupon)))
        return chosen
