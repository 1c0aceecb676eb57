"""The grid filter and smoother against the same sums over every state, on a floor of a few cells."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.accuracy import propagate
from benchmarks.accuracy.lattice import ErrorLaw, Lattice, Motion
from benchmarks.accuracy.propagate import Fixes, Model, Zoned

ROWS, COLUMNS, STEPS = 4, 6, 5
Numbers = NDArray[np.float64]


@pytest.fixture
def model() -> Model:
    """Some places are liked better, another one is an obstacle."""
    free = np.ones((ROWS, COLUMNS), bool)
    free[1, 2] = False
    maps = np.random.default_rng(1).uniform(0.2, 1.0, (2, ROWS, COLUMNS)) * free
    law = ErrorLaw(outliers=0.0)
    return _lattice(free).model(1.0, Motion(), law, (maps / maps.sum(axis=(1, 2), keepdims=True)).astype(np.float32))


@pytest.fixture
def fixes() -> Fixes:
    """Two pings, three steps between them."""
    return Fixes(np.array([0, 3]), np.array([1.2, 4.1]), np.array([0.8, 2.6]), np.array([1.5, 1.0]))


def test_forward_is_the_sum_over_all_ways_to_a_state(model: Model, fixes: Fixes) -> None:
    filtered, _, _ = _forward(model, fixes)
    alpha, _ = _by_hand(model, fixes)
    assert filtered.reshape(STEPS, -1) == pytest.approx(alpha, abs=2e-4)


def test_backward_is_the_sum_over_all_ways_from_a_state(model: Model, fixes: Fixes) -> None:
    filtered, predicted, boxes = _forward(model, fixes)
    spent = np.zeros(ROWS * COLUMNS)
    propagate.backward(model, fixes, filtered, predicted, boxes, np.ones(STEPS), _each_its_own(), spent)
    alpha, beta = _by_hand(model, fixes)
    gamma = alpha * beta
    gamma /= gamma.sum(axis=1, keepdims=True)
    by_cell = gamma.reshape(STEPS, -1, ROWS * COLUMNS).sum(axis=(0, 1))
    assert spent == pytest.approx(by_cell, abs=2e-3)


def test_drawn_paths_are_as_often_somewhere_as_is_probable(model: Model, fixes: Fixes) -> None:
    filtered, _, boxes = _forward(model, fixes)
    cells, spent = np.zeros((20_000, STEPS), np.int64), np.zeros((20_000, ROWS * COLUMNS))
    propagate.draw(model, filtered, boxes, np.random.default_rng(2).random(cells.shape), cells)
    propagate.spend_paths(cells, np.ones(STEPS), _each_its_own(), spent)
    alpha, beta = _by_hand(model, fixes)
    gamma = alpha * beta
    gamma /= gamma.sum(axis=1, keepdims=True)
    assert spent.mean(axis=0) == pytest.approx(gamma.reshape(STEPS, -1, ROWS * COLUMNS).sum(axis=(0, 1)), abs=0.03)


def test_an_error_that_is_carried_on_is_learnt(model: Model) -> None:
    """Pings that all err alike beside an obstacle that nobody stands in: the estimate leaves it."""
    law = ErrorLaw(white=0.1, shared=0.9, keeps=(0.99, 0.99), outliers=0.0)
    free = np.ones((ROWS, 3 * COLUMNS), bool)
    free[:, 6:] = False
    free[:, :2] = False
    told = _lattice(free).model(1.0, Motion(), law)
    node = np.arange(8)
    fixes = Fixes(node, np.full(8, 8.5), np.full(8, 2.0), np.full(8, 4.0))
    filtered, _, _ = _forward(told, fixes, 8)
    assert filtered[-1, :, :, 6:].sum() == pytest.approx(0, abs=1e-6)
    assert filtered[-1].sum() == pytest.approx(1, abs=1e-4)


def _lattice(free: NDArray[np.bool_]) -> Lattice:
    nothing = Zoned(np.zeros(free.size + 1, np.int64), np.zeros(0, np.int32), np.zeros(0, np.float32))
    return Lattice((0.0, 0.0), (1.0, 0.0), free, nothing)


def _each_its_own() -> Zoned:
    """Every cell is a zone."""
    count = ROWS * COLUMNS
    return Zoned(np.arange(count + 1), np.arange(count, dtype=np.int32), np.ones(count, np.float32))


def _forward(
    model: Model, fixes: Fixes, steps: int = STEPS
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int64]]:
    filtered = np.zeros((steps, *model.map.shape), np.float32)
    predicted = np.zeros((len(fixes.node), *model.map.shape), np.float32)
    boxes = np.zeros((steps, 4), np.int64)
    propagate.forward(model, fixes, filtered, predicted, boxes)
    return filtered, predicted, boxes


def _by_hand(model: Model, fixes: Fixes) -> tuple[Numbers, Numbers]:
    """Forward and backward beliefs, shape (steps, states), by a matrix of all transitions."""
    moves = _transitions(model)
    fits = np.ones((STEPS, len(moves)))
    row, column = np.divmod(np.arange(len(moves)) % (ROWS * COLUMNS), COLUMNS)
    for node, x, y, sigma in zip(*fixes, strict=True):
        fits[node] = np.exp(-0.5 * ((x - column - 0.5) ** 2 + (y - row - 0.5) ** 2) / sigma**2)
    first = (model.map / model.map.sum(axis=(1, 2), keepdims=True) * model.prior[:, None, None]).ravel()
    alpha, beta = np.zeros((STEPS, len(moves))), np.ones((STEPS, len(moves)))
    for node in range(STEPS):
        alpha[node] = fits[node] * (first if node == 0 else alpha[node - 1] @ moves)
        alpha[node] /= alpha[node].sum()
    for node in range(STEPS - 2, -1, -1):
        beta[node] = moves @ (fits[node + 1] * beta[node + 1])
    return alpha, beta


def _transitions(model: Model) -> Numbers:
    modes, reach = len(model.map), model.taps_x.shape[1] // 2
    moves = np.zeros((modes, ROWS, COLUMNS, modes, ROWS, COLUMNS))
    for m, r, c, n, to_r, to_c in np.ndindex(moves.shape):
        if abs(to_r - r) <= reach and abs(to_c - c) <= reach:
            step = model.taps_x[n, to_c - c + reach] * model.taps_y[n, to_r - r + reach]
            moves[m, r, c, n, to_r, to_c] = model.change[m, n] * step * model.map[n, to_r, to_c]
    states = moves.reshape(modes * ROWS * COLUMNS, -1)
    total = states.sum(axis=1, keepdims=True)
    return np.asarray(states / np.where(total > 0, total, 1))
