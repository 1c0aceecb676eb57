"""Fits the sources of retrieval: popularity, links, session neighbours, ALS and customers' profiles.

Links are a linear model of each product on the others of its receipts, by ridge regression without itself (EASE,
H. Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", 2019): dense, so for the most bought products only.
The others are spoken for by their receipts (session neighbours), by their content, and by ALS.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy.sparse as sp
from implicit.cpu.als import AlternatingLeastSquares
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from models.recommender.knowledge import Goods, Indices, Numbers
from models.recommender.sources.contract import Sparse
from models.recommender.sources.links import Links
from models.recommender.sources.popularity import Popularity
from models.recommender.sources.repeats import Profiles
from models.recommender.sources.sessions import Sessions
from models.recommender.sources.taste import Taste
from models.recommender.visits import dwell_weight
from training.attribution import Attribution
from training.history import DAY_MS, Receipts, decay
from training.visitors import Path

SEED = 20_240_229
FACTORS, TASTE_MOST = 64, 30_000
"""ALS reads the newest receipts: of more it learns little more."""
LINKED_MOST, LINKS_EACH = 2500, 100
LEAST_LINK = 1e-4
"""A weight that moves no rank."""
SESSIONS_MOST, ASKED_MOST = 200_000, 500
CONFIDENT = 0.5
"""Attributions below this confidence give a receipt no dwell."""
PROFILE_HALF_LIFE_DAYS, LATELY = 60.0, 0.85
"""Each receipt since counts this much less in `lately`."""
INTERVAL_DAYS, LEAST_INTERVAL_DAYS = 30.0, 0.5
"""Between two purchases, where nobody has bought it twice; and at least."""
CATEGORY_SHARE, UNSOLD = 0.3, 1e-2
"""What a product counts beside its purchases: of its category's mean, and in any case."""


@dataclass(frozen=True)
class Tuned:
    """What is chosen by trial."""

    ridge: float = 300.0
    regularization: float = 30.0
    alpha: float = 10.0
    iterations: int = 8
    neighbours: int = 300
    half_life_days: float = 90.0
    recent_half_life_days: float = 14.0


@dataclass(frozen=True)
class Material:
    """What a fit reads: receipts, their customers and where their visits dwelled."""

    goods: Goods
    receipts: Receipts
    paths: Sequence[Path]
    """For each receipt the seconds by group; empty where the visit is unknown."""
    newest_ms: int

    def only(self, rows: NDArray[np.bool_]) -> Material:
        """The receipts where `rows` (shape (R,)) is true."""
        kept = [path for path, keep in zip(self.paths, rows.tolist(), strict=True) if keep]
        return replace(self, receipts=self.receipts.only(rows), paths=kept)

    def newest(self, count: int) -> Material:
        """The newest receipts; of equally new ones those of the later lines."""
        if count >= len(self.receipts):
            return self
        rows = np.zeros(len(self.receipts), bool)
        rows[np.argsort(self.receipts.ts_ms, kind="stable")[-count:]] = True
        return self.only(rows)

    def decay(self, half_life_days: float) -> Numbers:
        """Shape (R,): 1 for what is bought now."""
        return decay(self.receipts.ts_ms, self.newest_ms, half_life_days)


def material(goods: Goods, receipts: Receipts, joined: Attribution, paths: Sequence[Path], newest_ms: int) -> Material:
    """With each receipt the path of its visit, where the attribution is confident."""
    sure = (joined.visit >= 0) & (joined.confidence >= CONFIDENT)
    found = [paths[visit] if ok else {} for visit, ok in zip(joined.visit.tolist(), sure.tolist(), strict=True)]
    return Material(goods, receipts, found, newest_ms)


def popularity(material: Material, half_life_days: float) -> Popularity:
    """Decayed counts of receipts by product, for the chain and by store."""
    goods, receipts = material.goods, material.receipts
    n = len(goods.sku)
    weight = material.decay(half_life_days)[receipts.line_receipt]
    names, store = np.unique(receipts.store.astype(np.str_), return_inverse=True)
    counts = _csr(store[receipts.line_receipt], receipts.line_item, weight, (len(names), n))
    bought = np.bincount(receipts.line_item, weights=weight, minlength=n)
    each = np.bincount(goods.category_group, minlength=len(goods.groups))
    mean = np.bincount(goods.category_group, weights=bought, minlength=len(goods.groups)) / np.maximum(each, 1)
    chain = bought + CATEGORY_SHARE * mean[goods.category_group] + UNSOLD
    return Popularity(
        chain, names.astype(np.str_), counts.indptr.astype(np.int64), counts.indices.astype(np.int64), counts.data
    )


def together(material: Material, ridge: float, products: int = LINKED_MOST) -> Links:
    """Between the most bought products, the strongest of each."""
    receipts, n = material.receipts, len(material.goods.sku)
    bought = np.bincount(receipts.line_item, minlength=n)
    most = np.sort(np.argsort(-bought, kind="stable")[:products])
    most = most[bought[most] > 0]
    place = np.full(n, -1, np.int64)
    place[most] = np.arange(len(most))
    known = place[receipts.line_item] >= 0
    cells = receipts.line_receipt[known], place[receipts.line_item[known]]
    lines = sp.csr_array((np.ones(known.sum(), np.float32), cells), shape=(len(receipts), len(most)))
    gram = (lines.T @ lines).toarray().astype(np.float32)
    gram[np.diag_indices_from(gram)] += np.float32(ridge)
    inverse = np.linalg.inv(gram)
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0)
    kept = _farthest(weights, LINKS_EACH)
    row, column = np.nonzero(kept)
    return _links(sp.csr_array((kept[row, column], (most[row], most[column])), shape=(n, n)))


def sessions(material: Material, neighbours: int, half_life_days: float) -> Sessions:
    """The newest receipts of two products or more, oldest first."""
    n, receipts = len(material.goods.sku), material.receipts
    length = np.bincount(receipts.line_receipt, minlength=len(receipts))
    order = np.argsort(receipts.ts_ms, kind="stable")
    order = order[length[order] > 1][-SESSIONS_MOST:]
    place = np.full(len(receipts), -1, np.int64)
    place[order] = np.arange(len(order))
    row = place[receipts.line_receipt]
    held = _csr(row[row >= 0], receipts.line_item[row >= 0], np.ones((row >= 0).sum()), (len(order), n))
    weight = material.decay(half_life_days)[order] / np.sqrt(np.maximum(length[order], 1))
    columns = held.tocsc()
    bought = np.diff(columns.indptr)
    # of each product the newest receipts: the last of its column
    behind = np.repeat(columns.indptr[1:], bought) - np.arange(columns.nnz)
    asked = columns.indices[behind <= ASKED_MOST]
    indptr = np.concatenate([[0], np.cumsum(np.minimum(bought, ASKED_MOST))])
    rarity = np.log((len(order) + 1) / (bought + 1)) + 0.1
    return Sessions(
        held.indptr.astype(np.int64),
        held.indices.astype(np.int32),
        weight.astype(np.float32),
        rarity.astype(np.float32),
        indptr.astype(np.int64),
        asked.astype(np.int32),
        neighbours,
    )


def taste(material: Material, tuned: Tuned) -> Taste:
    """Implicit ALS on receipts × (products, groups)."""
    matrix = observations(material.newest(TASTE_MOST))
    factors = int(max(1, min(FACTORS, matrix.shape[1] // 2)))
    if not matrix.nnz:
        return Taste(np.zeros((matrix.shape[1], factors), np.float32), np.eye(factors), tuned.alpha)
    # its threads are its own: those of BLAS beneath them would fight for the same cores
    with threadpool_limits(1, "blas"):
        model = AlternatingLeastSquares(
            factors=factors,
            regularization=tuned.regularization,
            alpha=tuned.alpha,
            iterations=tuned.iterations,
            random_state=SEED,
            num_threads=0,
            calculate_training_loss=False,
        )
        model.fit(matrix, show_progress=False)
    learned = np.asarray(model.item_factors, np.float32)
    gram = learned.T.astype(float) @ learned.astype(float) + tuned.regularization * np.eye(factors)
    return Taste(learned, gram, tuned.alpha)


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


def profiles(material: Material) -> Profiles:
    """What each named customer bought, how often, how lately and at which intervals."""
    receipts, n = material.receipts, len(material.goods.sku)
    named = np.array([bool(one) for one in receipts.customer], bool)
    names, found = np.unique(receipts.customer[named].astype(np.str_), return_inverse=True)
    customer = np.full(len(receipts), -1, np.int64)
    customer[named] = found
    by_time = np.maximum(material.decay(PROFILE_HALF_LIFE_DAYS), 1e-30)
    lately = _by_receipt(customer, receipts.ts_ms)
    total, total_lately = (np.bincount(found, each[named], len(names)) for each in (by_time, lately))
    line = named[receipts.line_receipt]
    of, item = receipts.line_receipt[line], receipts.line_item[line]
    key = customer[of] * n + item
    order = np.lexsort((receipts.ts_ms[of], key))
    key, of = key[order], of[order]
    begin = np.flatnonzero(np.append(True, key[1:] != key[:-1])) if len(key) else np.empty(0, np.int64)
    end = np.append(begin[1:], len(key)).astype(np.int64)[: len(begin)]
    row, column = key[begin] // n, key[begin] % n
    first, last = receipts.ts_ms[of[begin]], receipts.ts_ms[of[end - 1]]
    share, share_lately = (
        np.add.reduceat(each[of], begin) / of_all[row] if len(begin) else np.empty(0)
        for each, of_all in ((by_time, total), (lately, total_lately))
    )
    return Profiles(
        names.astype(np.str_),
        np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(names)))]).astype(np.int64),
        column.astype(np.int32),
        share,
        share_lately.astype(np.float32),
        last.astype(np.int64),
        _intervals(column, (last - first) / DAY_MS, end - begin - 1, n).astype(np.float32),
    )


def _by_receipt(customer: Indices, ts_ms: Indices) -> Numbers:
    """Shape (R,): LATELY to the power of how many receipts of the customer are newer."""
    order = np.lexsort((ts_ms, customer))
    own = customer[order]
    last = np.searchsorted(own, own, side="right") - 1
    newer = np.empty(len(own), np.int64)
    newer[order] = last - np.arange(len(own))
    return np.asarray(np.maximum(LATELY ** newer.astype(float), 1e-30))


def _intervals(item: Indices, spans: Numbers, gaps: Indices, n: int) -> Numbers:
    """The mean days between purchases of a customer and product, with the product's mean as one more gap."""
    span, count = (np.bincount(item, each, n) for each in (spans, gaps))
    of_all = spans.sum() / gaps.sum() if gaps.sum() else INTERVAL_DAYS
    product = (span + of_all) / (count + 1)
    return np.asarray(np.maximum((spans + product[item]) / (gaps + 1), LEAST_INTERVAL_DAYS))


def _links(matrix: Sparse) -> Links:
    matrix.sort_indices()
    return Links(matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32), matrix.data.astype(np.float32))


def _farthest(weights: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    """With 0 but for the `count` of each row that are farthest from 0."""
    size = np.abs(weights)
    bound = np.full(len(size), LEAST_LINK, np.float32)
    if size.shape[1] > count:
        bound = np.maximum(bound, np.partition(size, -count, axis=1)[:, -count])
    return np.asarray(np.where(size >= bound[:, None], weights, 0))


def _csr(row: Indices, column: Indices, value: NDArray[Any], shape: tuple[int, int]) -> Sparse:
    matrix = sp.csr_array((value, (row, column)), shape=shape)
    matrix.sum_duplicates()
    return matrix
