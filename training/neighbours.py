"""Neighbours: each product is regressed on the others of its receipts, by ridge regression without itself (EASE).

H. Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", 2019. Dense, so for the most bought products only.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from models.recommender.knowledge import Neighbours
from training.history import Receipts

MOST_PRODUCTS, MOST_OTHERS = 2000, 100
RIDGE = 200.0
LEAST = 1e-4
"""A weight that moves no rank."""


def fit(receipts: Receipts, n: int, weight: float) -> Neighbours:
    """Of n products the most bought; the strongest others of each."""
    bought = np.bincount(receipts.line_item, minlength=n)
    most = np.sort(np.argsort(-bought, kind="stable")[:MOST_PRODUCTS])
    lines = sp.csr_matrix(
        (np.ones(len(receipts.line_item)), (receipts.line_receipt, receipts.line_item)), (len(receipts), n)
    )[:, most]
    inverse = np.linalg.inv((lines.T @ lines).toarray() + RIDGE * np.eye(len(most)))
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0)
    kept = sp.csr_matrix(_strongest(weights).astype(np.float32))
    place = sp.csr_matrix((np.ones(len(most), np.float32), (most, np.arange(len(most)))), (n, len(most)))
    whole = (place @ kept @ place.T).tocsr()
    whole.sort_indices()
    return Neighbours(whole.indptr.astype(np.int64), whole.indices.astype(np.int64), whole.data, weight)


def _strongest(weights: np.ndarray) -> np.ndarray:
    """With 0 but for the MOST_OTHERS of each row that are farthest from 0."""
    size = np.abs(weights)
    bound = np.full(len(size), LEAST)
    if size.shape[1] > MOST_OTHERS:
        bound = np.maximum(bound, np.partition(size, -MOST_OTHERS, axis=1)[:, -MOST_OTHERS])
    return np.where(size >= bound[:, None], weights, 0)
