"""Logs with a known truth: visits with several prompts that are alike, ten actions, and two policies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training import offpolicy
from training.offpolicy import Logged, Numbers

ACTIONS, CONTEXTS, VISITS = 10, 3, 600
LOGGING, JUDGED = "logging", "judged"


@dataclass(frozen=True)
class Log:
    """A log, the judged policy's true value on its decisions, and that of the logging one."""

    logged: Logged
    truth: float
    policies: dict[str, Numbers]
    model: Numbers
    chance: Numbers

    def truth_of(self, policy: str) -> float:
        """The mean chance under a policy's actions."""
        return float((self.policies[policy] * self.chance).sum(axis=1).mean())

    def expected_of(self, policy: str) -> Numbers:
        """What the reward model expects of a policy, shape (N,)."""
        return np.asarray((self.policies[policy] * self.model).sum(axis=1))


def draw(seed: int, visits: int = VISITS) -> Log:
    """One log: a visit has 1 to 5 prompts, one context and one mood, which makes its rewards alike."""
    rng = np.random.default_rng(seed)
    visit = np.repeat(np.arange(visits), rng.integers(1, 6, visits))
    context, mood = rng.integers(CONTEXTS, size=visits)[visit], rng.normal(0, 1, visits)[visit]
    appeal = np.random.default_rng(0).normal(0, 1, (CONTEXTS, ACTIONS))
    chance = 1 / (1 + np.exp(2.2 - appeal[context] - mood[:, None]))
    policies = {LOGGING: _softmax(0.5 * appeal[::-1])[context], JUDGED: _softmax(1.0 * appeal)[context]}
    uniform = rng.random(len(visit))[:, None]
    action = (np.cumsum(policies[LOGGING], axis=1) < uniform).sum(axis=1).clip(max=ACTIONS - 1)
    rows = np.arange(len(visit))
    reward = (rng.random(len(visit)) < chance[rows, action]).astype(float)
    fold = offpolicy.folds(visit)
    model = offpolicy.rates(reward, action, fold, ACTIONS)[fold]
    weight = policies[JUDGED][rows, action] / policies[LOGGING][rows, action]
    expected = (policies[JUDGED] * model).sum(axis=1)
    logged = Logged(visit, reward, weight, model[rows, action], expected, np.ones(len(visit)))
    truth = float((policies[JUDGED] * chance).sum(axis=1).mean())
    return Log(logged, truth, policies, model, chance)


def _softmax(score: Numbers) -> Numbers:
    raised = np.exp(score)
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))
