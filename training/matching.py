"""Two kinds of things matched one to one, some with nobody: how probable each pair is, and the likeliest assignment.

A pair's *odds* are against both being with nobody. The probabilities come from belief propagation, as in tracking of
several targets (Williams, Lau 2014, IEEE Transactions on Aerospace and Electronic Systems 50(4)): it converges for such
graphs, and is exact where rivals form no ring.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.sparse.csgraph import connected_components

from models.recommender.knowledge import Indices, Numbers

ROUNDS, STILL = 100, 1e-5
"""Of messages at most, and when they count as settled."""
POSSIBLE = 0.01
"""What is less probable than this is no rival in the assignment."""


@dataclass(frozen=True)
class Pairs:
    """E pairs of a left and a right thing, each pair once; shape (E,)."""

    left: Indices
    right: Indices
    log_odds: Numbers

    def __len__(self) -> int:
        return len(self.left)

    def only(self, rows: NDArray[np.bool_]) -> Pairs:
        return Pairs(self.left[rows], self.right[rows], self.log_odds[rows])


def probabilities(pairs: Pairs) -> Numbers:
    """Of each pair, over all ways to match; shape (E,). Those of a thing sum to 1 at most."""
    odds = np.exp(np.minimum(pairs.log_odds, 50.0))
    to_left = np.ones(len(pairs))
    for _ in range(ROUNDS):
        reached = odds * to_left
        to_right = odds / (1 + _others(reached, pairs.left))
        before, to_left = to_left, 1 / (1 + _others(to_right, pairs.right))
        if np.abs(to_left - before).max(initial=0) < STILL:
            break
    reached = odds * to_left
    return np.asarray(reached / (1 + _sums(reached, pairs.left)))


def assign(pairs: Pairs, probable: Numbers) -> NDArray[np.bool_]:
    """Which pairs the likeliest assignment holds; shape (E,)."""
    chosen = np.zeros(len(pairs), bool)
    rows = np.flatnonzero(probable >= POSSIBLE)
    kept = pairs.only(probable >= POSSIBLE)
    alone = (np.bincount(kept.left)[kept.left] == 1) & (np.bincount(kept.right)[kept.right] == 1)
    chosen[rows[alone]] = kept.log_odds[alone] > 0
    rivals = rows[~alone]
    for block in _blocks(pairs.left[rivals], pairs.right[rivals]):
        chosen[rivals[block[_solved(pairs, rivals[block])]]] = True
    return chosen


def _solved(pairs: Pairs, rows: Indices) -> Indices:
    """Of the pairs at `rows` the places of those that the best assignment holds."""
    left, i = np.unique(pairs.left[rows], return_inverse=True)
    right, j = np.unique(pairs.right[rows], return_inverse=True)
    # to be with nobody costs nothing, so what is impossible needs a price only
    cost = np.zeros((len(left), len(right) + len(left)))
    cost[:, : len(right)] = 1.0
    cost[i, j] = -pairs.log_odds[rows]
    place = np.full(cost.shape, -1, np.int64)
    place[i, j] = np.arange(len(rows))
    found = place[linear_sum_assignment(cost)]
    return found[found >= 0]


def _blocks(left: Indices, right: Indices) -> Iterator[Indices]:
    """The places of the pairs of each connected component."""
    if not len(left):
        return
    _, i = np.unique(left, return_inverse=True)
    _, j = np.unique(right, return_inverse=True)
    width = int(i.max()) + 1
    size = width + int(j.max()) + 1
    _, label = connected_components(sp.coo_matrix((np.ones(len(i)), (i, width + j)), (size, size)), directed=False)
    order = np.argsort(label[i], kind="stable")
    yield from np.split(order, np.flatnonzero(np.diff(label[i][order])) + 1)


def _others(values: Numbers, key: Indices) -> Numbers:
    """For each pair the sum over the other pairs of the same thing."""
    return np.maximum(_sums(values, key) - values, 0.0)


def _sums(values: Numbers, key: Indices) -> Numbers:
    return np.asarray(np.bincount(key, values)[key], float) if len(key) else values
