"""Fits what retrieval needs: implicit ALS on visits × (products, groups), neighbours, popularity, profiles, the blend.

The blend's weights are chosen on the newest receipts by a model that has not seen them; then all is fitted again.
Deterministic: a seed, single-threaded BLAS, and sums in a fixed order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from implicit.cpu.als import AlternatingLeastSquares
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from models.bundle import Knowledge
from models.recommender.knowledge import Acceptance, Goods, Indices, Offers, Popularity, Profiles, Taste, Zones
from models.recommender.retrieve import dwell_weight
from models.recommender.uplift import Anyway, Uplift
from training import neighbours, validation
from training.attribution import Attribution
from training.history import DAY_MS, Receipts
from training.visitors import Path

SEED = 20_240_229
FACTORS, ITERATIONS, TRIAL_ITERATIONS = 64, 10, 5
ALPHA, REGULARIZATIONS = 10.0, (30.0, 300.0)
HALF_LIFE_DAYS = 60.0
CONFIDENT = 0.5
"""Attributions below this confidence give a receipt no dwell."""
CATEGORY_LIFT, DEPARTMENT_LIFT = 10.0, 2.0
"""What long dwell is believed to do before the history says more."""
UNTRIED = validation.Weights(100.0, 0.3, 1.0, 3.0)
TRIAL_MOST = 50_000
"""Receipts that a trial is fitted on, the newest ones: it chooses three numbers, not the factors."""
VALIDATION_SHARE, VALIDATION_MOST, VALIDATION_LEAST = 0.1, 500, 20


@dataclass(frozen=True)
class Material:
    """What a fit reads: receipts, their customers and where their visits dwelled."""

    goods: Goods
    receipts: Receipts
    paths: Sequence[Path]
    """For each receipt the seconds by group; empty where the visit is unknown."""
    newest_ms: int

    def only(self, rows: NDArray[np.bool_]) -> Material:
        kept = [path for path, keep in zip(self.paths, rows, strict=True) if keep]
        return replace(self, receipts=self.receipts.only(rows), paths=kept)


@dataclass(frozen=True)
class Prompts:
    """What prompts have taught, which no receipt changes."""

    acceptance: Acceptance
    anyway: Anyway
    uplift: Uplift


def material(goods: Goods, receipts: Receipts, joined: Attribution, paths: Sequence[Path], newest_ms: int) -> Material:
    """With each receipt the path of its visit, where the attribution is confident."""
    sure = (joined.visit >= 0) & (joined.confidence >= CONFIDENT)
    found = [paths[visit] if ok else {} for visit, ok in zip(joined.visit.tolist(), sure.tolist(), strict=True)]
    return Material(goods, receipts, found, newest_ms)


def fit(all_of_it: Material, offers: Offers, zones: Zones, prompts: Prompts) -> tuple[Knowledge, dict[str, float]]:
    """All knowledge, and the metrics of the validation (empty without enough receipts)."""
    with threadpool_limits(1, "blas"):
        older, newer = _split(all_of_it.receipts)
        metrics: dict[str, float] = {}
        weights = UNTRIED
        if newer.any():
            past, tried = (
                _newest(all_of_it.only(older), TRIAL_MOST),
                (UNTRIED._replace(regularization=r) for r in REGULARIZATIONS),
            )
            trials = {
                one.regularization: _knowledge(past, offers, zones, prompts, one, TRIAL_ITERATIONS) for one in tried
            }
            weights, metrics = validation.choose(trials, all_of_it.receipts.only(newer))
        return _knowledge(all_of_it, offers, zones, prompts, weights), metrics


def _newest(material: Material, count: int) -> Material:
    rows = np.zeros(len(material.receipts), bool)
    rows[np.argsort(material.receipts.ts_ms, kind="stable")[-count:]] = True
    return material.only(rows)


def _knowledge(
    material: Material,
    offers: Offers,
    zones: Zones,
    prompts: Prompts,
    weights: validation.Weights,
    iterations: int = ITERATIONS,
) -> Knowledge:
    goods, receipts = material.goods, material.receipts
    n = len(goods.sku)
    decay = 0.5 ** ((material.newest_ms - receipts.ts_ms) / (HALF_LIFE_DAYS * DAY_MS))
    return Knowledge(
        goods,
        offers,
        _taste(material, weights, iterations),
        popularity(receipts, decay, n),
        profiles(receipts, decay, n),
        prompts.acceptance,
        zones,
        prompts.anyway,
        prompts.uplift,
        neighbours=neighbours.fit(receipts, n, weights.neighbours),
    )


def _taste(material: Material, weights: validation.Weights, iterations: int) -> Taste:
    matrix = observations(material)
    factors = int(max(1, min(FACTORS, matrix.shape[1] // 2)))
    if not matrix.nnz:
        nothing = np.zeros((matrix.shape[1], factors), np.float32)
        return Taste(nothing, np.eye(factors), ALPHA, *weights[1:3], CATEGORY_LIFT, DEPARTMENT_LIFT)
    model = AlternatingLeastSquares(
        factors=factors,
        regularization=weights.regularization,
        alpha=ALPHA,
        iterations=iterations,
        random_state=SEED,
        num_threads=0,
        calculate_training_loss=False,
    )
    model.fit(matrix, show_progress=False)
    learned = np.asarray(model.item_factors, np.float32)
    gram = learned.T.astype(float) @ learned.astype(float) + weights.regularization * np.eye(factors)
    return Taste(learned, gram, ALPHA, *weights[1:3], CATEGORY_LIFT, DEPARTMENT_LIFT)


def observations(material: Material) -> sp.csr_matrix:
    """Receipts × (products, groups): 1 for what was bought and for its groups, the dwell's weight for other groups."""
    goods, receipts = material.goods, material.receipts
    n, width = len(goods.sku), len(goods.sku) + len(goods.groups)
    line, item = receipts.line_receipt, receipts.line_item
    bought = [(line, item), (line, n + goods.category_group[item]), (line, n + goods.department_group[item])]
    walked = [
        (receipt, n + group, dwell_weight(s))
        for receipt, path in enumerate(material.paths)
        for group, s in path.items()
    ]
    row, column = (np.concatenate([pair[i] for pair in bought]) for i in (0, 1))
    matrix = sp.csr_matrix((np.ones(len(row), np.float32), (row, column)), (len(receipts), width))
    matrix.data[:] = 1
    dwelt = sp.csr_matrix(
        (np.array([w for _, _, w in walked], np.float32), ([r for r, _, _ in walked], [c for _, c, _ in walked])),
        matrix.shape,
    )
    return matrix.maximum(dwelt).tocsr()


def popularity(receipts: Receipts, decay: NDArray[np.float64], n: int) -> Popularity:
    """Decayed counts of receipts by product, for the chain and by store."""
    weight = decay[receipts.line_receipt]
    names = sorted({str(store) for store in receipts.store})
    code = {name: row for row, name in enumerate(names)}
    store = np.array([code[str(name)] for name in receipts.store], np.int64)[receipts.line_receipt]
    counts = _csr(store, receipts.line_item, weight, (len(names), n))
    chain = np.asarray(np.bincount(receipts.line_item, weights=weight, minlength=n), float)
    return Popularity(
        chain, np.array(names, np.str_), counts.indptr.astype(np.int64), counts.indices.astype(np.int64), counts.data
    )


def profiles(receipts: Receipts, decay: NDArray[np.float64], n: int) -> Profiles:
    """The decayed share of each customer's receipts that hold a product."""
    names = sorted({str(customer) for customer in receipts.customer if customer})
    code = {name: row for row, name in enumerate(names)}
    customer = np.array([code.get(str(name), -1) if name else -1 for name in receipts.customer], np.int64)
    known = customer >= 0
    total = np.bincount(customer[known], weights=decay[known], minlength=len(names))
    line = known[receipts.line_receipt]
    row, weight = customer[receipts.line_receipt[line]], decay[receipts.line_receipt[line]]
    counts = _csr(row, receipts.line_item[line], weight / total[row], (len(names), n))
    return Profiles(
        np.array(names, np.str_), counts.indptr.astype(np.int64), counts.indices.astype(np.int64), counts.data
    )


def _csr(row: Indices, column: Indices, value: NDArray[np.float64], shape: tuple[int, int]) -> sp.csr_matrix:
    matrix = sp.csr_matrix((value, (row, column)), shape)
    matrix.sum_duplicates()
    return matrix


def _split(receipts: Receipts) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """The older receipts, and the newest with two products or more; none of the latter where there are few receipts."""
    lines = np.bincount(receipts.line_receipt, minlength=len(receipts))
    held = np.zeros(len(receipts), bool)
    count = min(int(len(receipts) * VALIDATION_SHARE), VALIDATION_MOST)
    if count >= VALIDATION_LEAST:
        held[np.argsort(receipts.ts_ms, kind="stable")[-count:]] = True
    return ~held, held & (lines >= 2)
