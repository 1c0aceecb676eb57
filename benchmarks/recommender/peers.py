"""The peers: each is fitted on a log and scores questions. Written from their papers; ALS is implicit's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import scipy.sparse as sp
from implicit.cpu.als import AlternatingLeastSquares
from numpy.typing import NDArray

from benchmarks.recommender.log import Log, Question

Scores = NDArray[np.float32]
DAY_MS = 86_400_000
LINEAR_MOST = 4000
"""Products of a dense linear model: the most bought."""


class Peer(Protocol):
    """A way to score products."""

    def fit(self, log: Log) -> None:
        """Learns from a history."""

    def scores(self, asked: Sequence[Question]) -> Scores:
        """Shape (Q, n)."""


def given(log: Log, asked: Sequence[Question]) -> Any:
    """(Q, n) with ones: the basket or, where there is none, what the customer bought before."""
    past = log.customers
    rows = [
        list(one.basket) or past.indices[past.indptr[one.customer] : past.indptr[one.customer + 1]].tolist()
        for one in asked
    ]
    indptr = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
    return sp.csr_array(
        (np.ones(indptr[-1], np.float32), np.array([i for row in rows for i in row], np.int64), indptr),
        shape=(len(rows), log.n),
    )


def examples(log: Log, by_customer: bool) -> Any:
    """What a collaborative model learns from, with ones: receipts, or customers."""
    matrix = log.customers.copy() if by_customer else log.receipts.copy()
    matrix.data[:] = 1
    return matrix


@dataclass
class Popular:
    """Purchases, decayed with a half-life in days where there is one."""

    half_life_days: float | None = None

    def fit(self, log: Log) -> None:
        age = (log.ts_ms.max() - log.ts_ms) / DAY_MS
        weight = 0.5 ** (age / self.half_life_days) if self.half_life_days else np.ones(len(age))
        self.counts = np.bincount(log.item, weights=weight[log.receipt], minlength=log.n).astype(np.float32)

    def scores(self, asked: Sequence[Question]) -> Scores:
        return np.tile(self.counts, (len(asked), 1))


@dataclass
class Personal:
    """How often the customer bought it, then how often everybody did."""

    def fit(self, log: Log) -> None:
        self.log, self.popular = log, Popular()
        self.popular.fit(log)

    def scores(self, asked: Sequence[Question]) -> Scores:
        whole = self.popular.scores(asked) / (self.popular.counts.max() + 1)
        return np.asarray(whole + self.log.customers[[one.customer for one in asked]].toarray(), np.float32)


@dataclass
class ItemKnn:
    """Cosine between products, shrunk."""

    by_customer: bool
    shrink: float = 20.0
    neighbours: int = 200

    def fit(self, log: Log) -> None:
        matrix = examples(log, self.by_customer)
        self.log = log
        common = sp.csr_array(matrix.T @ matrix)
        bought = common.diagonal()
        row = np.repeat(np.arange(log.n), np.diff(common.indptr))
        common.data /= np.sqrt(bought[row] * bought[common.indices]) + self.shrink
        common.data[row == common.indices] = 0
        self.weights = _cut(common, self.neighbours)

    def scores(self, asked: Sequence[Question]) -> Scores:
        return np.asarray((given(self.log, asked) @ self.weights).toarray(), np.float32)


def _cut(matrix: Any, count: int) -> Any:
    """With the greatest of each row."""
    for begin, end in zip(matrix.indptr[:-1].tolist(), matrix.indptr[1:].tolist(), strict=True):
        if end - begin > count:
            row = matrix.data[begin:end]
            row[row < np.partition(row, -count)[-count]] = 0
    matrix.eliminate_zeros()
    return matrix


@dataclass
class Ease:
    """Ridge regression of each product on the others, without itself (Steck 2019)."""

    by_customer: bool
    ridge: float = 300.0

    def fit(self, log: Log) -> None:
        matrix, self.log = examples(log, self.by_customer), log
        self.most = np.sort(np.argsort(-np.bincount(log.item, minlength=log.n), kind="stable")[:LINEAR_MOST])
        part = matrix[:, self.most]
        gram = (part.T @ part).toarray() + self.ridge * np.eye(len(self.most), dtype=np.float32)
        inverse = np.linalg.inv(gram)
        self.weights = (-inverse / np.diag(inverse)).astype(np.float32)
        np.fill_diagonal(self.weights, 0)

    def scores(self, asked: Sequence[Question]) -> Scores:
        found = np.full((len(asked), self.log.n), -1e9, np.float32)
        found[:, self.most] = given(self.log, asked)[:, self.most] @ self.weights
        return found


@dataclass
class Als:
    """implicit's ALS with fold-in."""

    by_customer: bool
    factors: int = 100
    regularization: float = 0.01
    alpha: float = 1.0
    iterations: int = 15

    def fit(self, log: Log) -> None:
        self.log = log
        self.model = AlternatingLeastSquares(
            factors=self.factors,
            regularization=self.regularization,
            alpha=self.alpha,
            iterations=self.iterations,
            random_state=0,
        )
        self.model.fit(sp.csr_matrix(examples(log, self.by_customer)), show_progress=False)

    def scores(self, asked: Sequence[Question]) -> Scores:
        seen = sp.csr_matrix(given(self.log, asked))
        users = np.array([self.model.recalculate_user(row, seen[row]) for row in range(len(asked))])
        return np.asarray(users.reshape(len(asked), -1) @ self.model.item_factors.T, np.float32)
