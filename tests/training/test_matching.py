"""Probabilities and assignments beside those found by trying every way to match."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from training import matching
from training.matching import Pairs


def drawn(seed: int, left: int, right: int, share: float) -> Pairs:
    """Some of the possible pairs, with odds from 1/20 to 20."""
    rng = np.random.default_rng(seed)
    i, j = np.nonzero(rng.random((left, right)) < share)
    return Pairs(i, j, rng.uniform(-3, 3, len(i)))


def ways(pairs: Pairs, at: int = 0) -> Iterator[tuple[int, ...]]:
    """Every set of pairs in which no thing is twice."""
    if at == len(pairs):
        yield ()
        return
    yield from ways(pairs, at + 1)
    for way in ways(pairs, at + 1):
        if all(pairs.left[at] != pairs.left[k] and pairs.right[at] != pairs.right[k] for k in way):
            yield (at, *way)


@pytest.mark.parametrize("seed", range(8))
def test_the_assignment_is_the_likeliest_of_all(seed: int) -> None:
    pairs = drawn(seed, 4, 4, 0.6)
    chosen = matching.assign(pairs, np.ones(len(pairs)))
    best = max(pairs.log_odds[list(way)].sum() for way in ways(pairs))
    assert pairs.log_odds[chosen].sum() == pytest.approx(best)
    assert len(set(pairs.left[chosen])) == len(set(pairs.right[chosen])) == chosen.sum()


@pytest.mark.parametrize("seed", range(8))
def test_probabilities_are_near_those_over_all_ways(seed: int) -> None:
    pairs = drawn(seed, 4, 4, 0.5)
    exact, total = np.zeros(len(pairs)), 0.0
    for way in ways(pairs):
        weight = float(np.exp(pairs.log_odds[list(way)].sum()))
        total += weight
        exact[list(way)] += weight
    found = matching.probabilities(pairs)
    assert found == pytest.approx(exact / total, abs=0.05)
    assert np.bincount(pairs.left, found).max() <= 1


def test_without_rings_they_are_exact() -> None:
    pairs = Pairs(np.array([0, 0, 1]), np.array([0, 1, 1]), np.log([2.0, 1.0, 3.0]))
    # 1 + 2 + 1 + 3 + 2 · 3 ways, weighed
    assert matching.probabilities(pairs) == pytest.approx(np.array([8, 1, 9]) / 13, abs=1e-4)


def test_nothing_to_match() -> None:
    nobody = Pairs(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    assert len(matching.assign(nobody, matching.probabilities(nobody))) == 0
