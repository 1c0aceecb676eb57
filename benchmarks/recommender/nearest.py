"""Peers that ask neighbours: VS-kNN for sessions, TIFU-kNN and UP-CF for next baskets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from benchmarks.recommender.log import Log, Question
from benchmarks.recommender.peers import Scores, _cut, given


@dataclass
class VsKnn:
    """Receipts like the basket by rarity-weighted overlap, the newest that have a product in common with it."""

    neighbours: int = 200
    sample: int = 2000

    def fit(self, log: Log) -> None:
        self.log, self.columns = log, log.receipts.tocsc()
        self.length = np.diff(log.receipts.indptr)
        self.rarity = np.log((len(log.ts_ms) + 1) / (np.diff(self.columns.indptr) + 1)).astype(np.float32)

    def scores(self, asked: Sequence[Question]) -> Scores:
        found = np.zeros((len(asked), self.log.n), np.float32)
        seen = given(self.log, asked)
        for row in range(len(asked)):
            items = seen.indices[seen.indptr[row] : seen.indptr[row + 1]]
            found[row] = self._one(items)
        return found

    def _one(self, items: Any) -> Any:
        near = [self.columns.indices[self.columns.indptr[i] : self.columns.indptr[i + 1]] for i in items]
        if not near:
            return 0
        receipts = np.concatenate(near)
        weight = np.repeat(self.rarity[items], [len(one) for one in near])
        names, at = np.unique(receipts, return_inverse=True)
        alike = np.bincount(at, weights=weight) / np.sqrt(self.length[names])
        newest = np.argsort(-names, kind="stable")[: self.sample]
        names, alike = names[newest], alike[newest]
        best = np.argsort(-alike, kind="stable")[: self.neighbours]
        return alike[best] @ self.log.receipts[names[best]]


def _baskets(log: Log) -> dict[int, list[int]]:
    """Each customer's receipts, oldest first."""
    found: dict[int, list[int]] = {}
    for receipt, customer in enumerate(log.customer.tolist()):
        if customer >= 0:
            found.setdefault(customer, []).append(receipt)
    return found


def _weighted(log: Log, weights: dict[int, float]) -> Any:
    """(customers, n): sums over receipts of their weights."""
    receipts = np.array(sorted(weights), np.int64)
    count = log.customers.shape[0]
    values = np.array([weights[receipt] for receipt in receipts.tolist()], np.float32)
    whose = sp.csr_array((values, (log.customer[receipts], receipts)), shape=(count, len(log.ts_ms)))
    return sp.csr_array(whose @ log.receipts)


@dataclass
class Tifu:
    """Baskets in groups, decayed within and between them, and the mean of the nearest customers (Hu et al. 2020)."""

    groups: int = 7
    within: float = 0.9
    between: float = 0.7
    own: float = 0.7
    neighbours: int = 300

    def fit(self, log: Log) -> None:
        weights: dict[int, float] = {}
        for receipts in _baskets(log).values():
            parts = [part for part in np.array_split(np.array(receipts), self.groups) if len(part)]
            for place, part in enumerate(parts):
                later = self.between ** (len(parts) - 1 - place) / len(parts)
                for number, receipt in enumerate(part.tolist()):
                    weights[receipt] = later * self.within ** (len(part) - 1 - number) / len(part)
        self.vectors = _weighted(log, weights)
        self.square = np.asarray(self.vectors.power(2).sum(axis=1)).ravel()

    def scores(self, asked: Sequence[Question]) -> Scores:
        customers = np.array([one.customer for one in asked])
        mine = self.vectors[customers]
        far = self.square[None] - 2 * (mine @ self.vectors.T).toarray()
        far[np.arange(len(customers)), customers] = np.inf
        near = np.argpartition(far, self.neighbours, axis=1)[:, : self.neighbours]
        rows = np.repeat(np.arange(len(customers)), self.neighbours)
        share = np.full(len(rows), 1 / self.neighbours, np.float32)
        mean = sp.csr_array((share, (rows, near.ravel())), shape=(len(customers), self.vectors.shape[0])) @ self.vectors
        return np.asarray((self.own * mine + (1 - self.own) * mean).toarray(), np.float32)


@dataclass
class UpCf:
    """Shares of a customer's newest baskets, spread by likeness of customers (Faggioli et al. 2020)."""

    recent: int = 25
    locality: float = 5.0
    asymmetry: float = 0.25
    neighbours: int = 300

    def fit(self, log: Log) -> None:
        self.log = log
        weights = {
            receipt: 1 / len(receipts[-self.recent :])
            for receipts in _baskets(log).values()
            for receipt in receipts[-self.recent :]
        }
        self.shares = _weighted(log, weights)
        self.ever = log.customers.copy()
        self.ever.data[:] = 1
        self.size = np.maximum(np.diff(self.ever.indptr), 1).astype(np.float32)

    def scores(self, asked: Sequence[Question]) -> Scores:
        customers = np.array([one.customer for one in asked])
        common = sp.csr_array(self.ever[customers] @ self.ever.T)
        row = np.repeat(np.arange(len(customers)), np.diff(common.indptr))
        own, other = self.size[customers][row], self.size[common.indices]
        common.data = (common.data / (own**self.asymmetry * other ** (1 - self.asymmetry))) ** self.locality
        near = _cut(common, self.neighbours)
        return np.asarray((near @ self.shares).toarray(), np.float32)
