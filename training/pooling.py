"""Linear effects that lean on each other: an item's on its group's, a group's on nothing, beside those common to all.

The model, for a row of item j in group c: value = common · a + local · (v_c + u_j) + noise, with independent normal
priors for a, v and u, and noise of a known variance. All of it is normal, so the posterior is exact: items are
eliminated first, then groups (a nested Schur complement), and draws come back the same way. How far items and groups
differ is learned from the draws (expectation maximisation), from a first guess that counts as GUESS_WEIGHT items.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from models.recommender.knowledge import Indices, Numbers

SEED = 20_240_229
ROUNDS, ROUND_DRAWS = 20, 16
GUESS_WEIGHT = 10.0
BLOCK = 1 << 14
"""Rows whose products are in memory at a time."""


@dataclass(frozen=True)
class Rows:
    """N observations; `weight` is 1 / variance of the noise."""

    item: Indices
    local: Numbers
    """Shape (N, d)."""
    common: Numbers
    """Shape (N, g)."""
    value: Numbers
    weight: Numbers


@dataclass(frozen=True)
class Prior:
    """Means are 0 but for `mean`; standard deviations of the common (g,) and of the local effects (d,)."""

    mean: Numbers
    common: Numbers
    group: Numbers
    item: Numbers


@dataclass(frozen=True)
class Effects:
    """Draws from the posterior: `common` (g, draws), and `local` (n, d, draws): item's and group's together."""

    common: Numbers
    local: Numbers


@dataclass(frozen=True)
class Sums:
    """What the rows say: Σ w x xᵀ of shape (…, d + g, d + g) and Σ w x y of shape (…, d + g), x = (local, common)."""

    square: Numbers
    cross: Numbers
    d: int

    def without(self, precision: Numbers) -> Sums:
        """About what remains once the local effects, of this prior precision (d,), are integrated out."""
        d = self.d
        solved = np.linalg.solve(self._local(precision), np.dstack([self.square[:, :d], self.cross[:, :d]]))
        left = self.square[:, :, :d]
        return Sums(self.square - left @ solved[..., :-1], self.cross - (left @ solved[..., -1:])[..., 0], d)

    def by(self, group: Indices, groups: int) -> Sums:
        """Summed over each group's members."""
        members, width = np.arange(len(group)), self.cross.shape[1]
        member = sp.csr_matrix((np.ones(len(group)), (group, members)), (groups, len(group)))
        square = member @ self.square.reshape(len(group), -1)
        return Sums(square.reshape(-1, width, width), member @ self.cross, self.d)

    def draw(
        self, precision: Numbers, common: Numbers, rng: np.random.Generator, above: Numbers | None = None
    ) -> Numbers:
        """The local effects given the common ones (g, draws) and those above: both (members, d, draws)."""
        d = self.d
        side = self.cross[:, :d, None] - np.ascontiguousarray(self.square[:, :d, d:]) @ common
        if above is not None:
            side -= self.square[:, :d, :d] @ above
        return _normal(self._local(precision), side, rng)

    def _local(self, precision: Numbers) -> Numbers:
        return np.asarray(self.square[:, : self.d, : self.d] + np.diag(precision))


def fit(rows: Rows, group: Indices, prior: Prior, draws: int) -> Effects:
    """`group` (n,) is that of each item. Deterministic; without rows the draws are the prior's."""
    rows = replace(rows, value=rows.value - rows.common @ prior.mean)
    sums, first = _sums(rows, len(group)), (prior.group, prior.item)
    seen, spread = np.unique(rows.item), first
    known = np.unique(group[seen]), seen
    for _ in range(ROUNDS if len(seen) else 0):
        _, *locals_ = _posterior(sums, group, prior.common, spread, ROUND_DRAWS)
        spread = _spread(locals_[0][known[0]], first[0]), _spread(locals_[1][known[1]], first[1])
    common, of_group, of_item = _posterior(sums, group, prior.common, spread, draws)
    return Effects(common + prior.mean[:, None], of_item + of_group[group])


def _posterior(
    sums: Sums, group: Indices, common: Numbers, spread: Sequence[Numbers], draws: int
) -> tuple[Numbers, Numbers, Numbers]:
    """Draws of the common effects (g, draws), of the groups' (groups, d, draws) and the items' own (n, d, draws)."""
    rng, d = np.random.default_rng(SEED), sums.d
    of_group, of_item = (1 / one**2 for one in spread)
    grouped = sums.without(of_item).by(group, int(group.max(initial=-1)) + 1)
    rest = grouped.without(of_group)
    precision = rest.square[:, d:, d:].sum(axis=0) + np.diag(1 / common**2)
    side = np.repeat(rest.cross[:, d:].sum(axis=0)[None, :, None], draws, axis=2)
    drawn = _normal(precision[None], side, rng)[0]
    v = grouped.draw(of_group, drawn, rng)
    return drawn, v, sums.draw(of_item, drawn, rng, v[group])


def _normal(precision: Numbers, side: Numbers, rng: np.random.Generator) -> Numbers:
    """Draws of normals with `precision` (m, d, d) and precision × mean = `side` (m, d, draws)."""
    inverse = np.linalg.inv(np.linalg.cholesky(precision))
    return np.asarray(inverse.transpose(0, 2, 1) @ (inverse @ side + rng.standard_normal(side.shape)))


def _spread(effects: Numbers, guess: Numbers) -> Numbers:
    """The standard deviation of effects (m, d, draws), leaning on the guess (d,)."""
    total = (effects**2).mean(axis=2).sum(axis=0)
    return np.sqrt((GUESS_WEIGHT * guess**2 + total) / (GUESS_WEIGHT + len(effects)))


def _sums(rows: Rows, items: int) -> Sums:
    x = np.hstack([rows.local, rows.common])
    width = x.shape[1]
    square, cross = np.zeros((items, width, width)), np.zeros((items, width))
    order = np.argsort(rows.item, kind="stable")
    for begin in range(0, len(order), BLOCK):
        some = order[begin : begin + BLOCK]
        weighted = x[some] * rows.weight[some, None]
        code, first = np.unique(rows.item[some], return_index=True)
        square[code] += np.add.reduceat(weighted[:, :, None] * x[some, None, :], first, axis=0)
        cross[code] += np.add.reduceat(weighted * rows.value[some, None], first, axis=0)
    return Sums(square, cross, rows.local.shape[1])
