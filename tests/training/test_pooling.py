"""The pooled effects are those of the whole linear model, and their spread is learned."""

from __future__ import annotations

import numpy as np
import pytest

from training import pooling
from training.pooling import Prior, Rows

ITEMS, GROUPS, D, G = 12, 3, 2, 3
GROUP = np.arange(ITEMS) % GROUPS
PRIOR = Prior(np.array([0.3, 0.0, -0.2]), np.array([1.0, 0.5, 2.0]), np.array([0.6, 0.4]), np.array([0.5, 0.7]))


def rows(seed: int = 0, count: int = 400) -> Rows:
    rng = np.random.default_rng(seed)
    item = rng.integers(0, ITEMS - 1, count)
    local, common = rng.normal(size=(count, D)), rng.normal(size=(count, G))
    return Rows(item, local, common, rng.normal(size=count), rng.uniform(0.5, 2, count))


def dense(given: Rows, prior: Prior) -> tuple[np.ndarray, np.ndarray]:
    """Posterior mean and covariance of (common, each item's group and own effect) by one large system."""
    width = G + D * (GROUPS + ITEMS)
    x = np.zeros((len(given.value), width))
    x[:, :G] = given.common
    for row, item in enumerate(given.item):
        for first in (G + D * GROUP[item], G + D * (GROUPS + item)):
            x[row, first : first + D] = given.local[row]
    sd = np.concatenate([prior.common, np.tile(prior.group, GROUPS), np.tile(prior.item, ITEMS)])
    mean = np.concatenate([prior.mean, np.zeros(width - G)])
    inverse = np.linalg.inv((x.T * given.weight) @ x + np.diag(1 / sd**2))
    found = mean + inverse @ (x.T * given.weight) @ (given.value - x @ mean)
    total = np.zeros((G + D * ITEMS, width))
    total[:G, :G] = np.eye(G)
    for item in range(ITEMS):
        for first in (G + D * GROUP[item], G + D * (GROUPS + item)):
            total[G + D * item : G + D * (item + 1), first : first + D] = np.eye(D)
    return total @ found, total @ inverse @ total.T


def test_draws_have_mean_and_covariance_of_the_whole_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pooling, "ROUNDS", 0)
    monkeypatch.setattr(pooling, "BLOCK", 64)
    given, draws = rows(), 20_000
    found = pooling.fit(given, GROUP, PRIOR, draws)
    together = np.vstack([found.common, found.local.reshape(-1, draws)]).T
    mean, covariance = dense(given, PRIOR)
    error = np.sqrt(np.diag(covariance) / draws)
    assert (np.abs(together.mean(axis=0) - mean) < 4.5 * error).all()
    assert np.cov(together.T) == pytest.approx(covariance, abs=0.03 * np.diag(covariance).max())


def test_without_rows_the_draws_are_the_priors() -> None:
    nothing = Rows(np.zeros(0, np.int64), np.zeros((0, D)), np.zeros((0, G)), np.zeros(0), np.zeros(0))
    found = pooling.fit(nothing, GROUP, PRIOR, 4000)
    assert found.common.mean(axis=1) == pytest.approx(PRIOR.mean, abs=0.15)
    assert found.local.std(axis=2) == pytest.approx(np.tile(np.hypot(PRIOR.group, PRIOR.item), (ITEMS, 1)), rel=0.1)


@pytest.mark.parametrize("wide", [0.05, 3.0])
def test_how_far_items_differ_is_learned(wide: float) -> None:
    rng, items = np.random.default_rng(1), 200
    group, own = np.arange(items) % 5, rng.normal(0, wide, items)
    item = np.repeat(np.arange(items), 50)
    value = own[item] + rng.normal(0, 1, len(item))
    given = Rows(item, np.ones((len(item), 1)), np.ones((len(item), 1)), value, np.ones(len(item)))
    prior = Prior(np.zeros(1), np.ones(1), np.array([0.5]), np.array([0.5]))
    drawn = pooling.fit(given, group, prior, 64)
    found = (drawn.local[:, 0] + drawn.common).mean(axis=1)
    plain = np.bincount(item, value) / 50
    assert np.abs(found - own).mean() < (0.08 if wide < 1 else 0.2)
    assert (np.abs(found - plain).mean() < 0.04) == (wide > 1)


def test_an_item_without_rows_leans_on_its_group() -> None:
    given = rows()
    value = given.value + 5.0 * (GROUP[given.item] == GROUP[ITEMS - 1]) * given.local[:, 0]
    found = pooling.fit(Rows(given.item, given.local, given.common, value, given.weight), GROUP, PRIOR, 256)
    assert found.local[ITEMS - 1, 0].mean() > 3
    assert found.local[ITEMS - 1, 0].std() > 2 * found.local[2, 0].std()
