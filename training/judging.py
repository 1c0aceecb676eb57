"""From exposures and what policies would have done to the columns that estimators and gate read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.recommender.decide import SILENCE
from training import exposures, offpolicy
from training.exposures import Exposures, Prompt
from training.offpolicy import Indices, Logged, Numbers
from training.policies import Actions


@dataclass(frozen=True)
class Judged:
    """A policy on the seen prompts, and how much of it the log covers; `covered` has shape (N,)."""

    logged: Logged
    covered: Numbers

    @property
    def overlap(self) -> float:
        """The policy's probability on actions with importance weight ≤ 10."""
        return min(float(self.covered.mean()), 1.0) if len(self.covered) else 0.0

    @property
    def size(self) -> float:
        """Effective sample size."""
        return offpolicy.effective_size(self.logged.weight)


@dataclass(frozen=True)
class Case:
    """The seen prompts with a reward for each, and a model of it that was fitted on other visits."""

    prompts: Sequence[Prompt]
    visit: Indices
    reward: Numbers
    code: dict[str, int]
    model: Numbers
    """Shape (N's folds, actions); silence has reward 0."""

    @classmethod
    def of(cls, known: Exposures, reward: Numbers) -> Case:
        """With a reward for each of the seen prompts."""
        prompts, code = known.seen, dict[str, int]()
        action = np.array([code.setdefault(one.sku, len(code)) for one in prompts], np.int64)
        visit = exposures.clusters(known, prompts)
        model = offpolicy.rates(reward, action, offpolicy.folds(visit), max(len(code), 1))
        return cls(prompts, visit, reward, code, model)

    def judge(self, policy: Sequence[Actions]) -> Judged:
        """The columns of a policy: one mapping of actions a prompt."""
        fold = offpolicy.folds(self.visit)
        rows = [self._row(*one) for one in zip(self.prompts, policy, self.model[fold], strict=True)]
        weight, modelled, expected, total, covered = np.array(rows, float).reshape(-1, 5).T
        return Judged(Logged(self.visit, self.reward, weight, modelled, expected, total), covered)

    def logging(self) -> Logged:
        """The log's own policy, given that it spoke."""
        ones = np.ones(len(self.prompts))
        fold = offpolicy.folds(self.visit)
        expected = np.array(
            [self.model[f, self.code[one.sku]] for f, one in zip(fold, self.prompts, strict=True)], float
        )
        return Logged(self.visit, self.reward, ones, expected, expected, ones)

    def _row(self, prompt: Prompt, actions: Actions, model: Numbers) -> tuple[float, float, float, float, float]:
        spoke = 1 - prompt.silence
        listed = _propensities(prompt)
        weight = actions.get(prompt.sku, 0.0) / prompt.propensity
        expected = sum(p * self._expects(model, sku) for sku, p in actions.items())
        can_be_drawn = sum(p for sku, p in actions.items() if sku != SILENCE and listed.get(sku, 0.0) > 0)
        if prompt.given is None:
            covered = weight * (weight <= offpolicy.MOST_WEIGHT)
        else:
            most = offpolicy.MOST_WEIGHT * (1 + 1e-9)
            covered = sum(p for sku, p in actions.items() if p <= most * listed.get(sku, 0.0))
        return weight * spoke, self._expects(model, prompt.sku), expected, can_be_drawn, covered

    def _expects(self, model: Numbers, sku: str) -> float:
        if sku == SILENCE or not self.code:
            return 0.0
        # what was never prompted counts as the average product
        return float(model[self.code[sku]] if sku in self.code else model.mean())


def _propensities(prompt: Prompt) -> dict[str, float]:
    """By candidate. A log without them is taken to have been able to draw each of them."""
    if prompt.given is None:
        return {**dict.fromkeys(prompt.candidates, 1.0), prompt.sku: prompt.propensity}
    return {**dict(zip(prompt.candidates, prompt.given, strict=True)), prompt.sku: prompt.propensity}
