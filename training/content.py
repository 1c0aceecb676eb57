"""Links by content, for products that the receipts say little of: name, category and price make products alike."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from models.catalog import fold
from models.recommender.knowledge import Goods, Indices
from models.recommender.sources.contract import Sparse, strongest
from models.recommender.sources.links import Links

RARE = 10
"""Products with fewer receipts are spoken for by their content too."""
ALIKE_EACH = 30
COMMON = 1000
"""Words of more products say nothing."""
CATEGORY, PRICE = 2.0, 1.0
"""What these count beside a word of the name."""
BLOCK = 2000
_WORD = re.compile(r"[^\W_]+")


def alike(goods: Goods, bought: Indices) -> Links:
    """From every product to the rare ones that are most like it, and from the rare ones to all; `bought`: receipts."""
    vectors, n = content(goods), len(goods.sku)
    rare = bought < RARE
    parts = []
    for begin in range(0, n, BLOCK):
        rows = np.arange(begin, min(begin + BLOCK, n))
        found = sp.coo_array(vectors[rows] @ vectors.T)
        kept = (rare[found.col] | rare[rows[found.row]]) & (found.col != rows[found.row])
        block = sp.csr_array((found.data[kept], (found.row[kept], found.col[kept])), shape=(len(rows), n))
        parts.append(strongest(block, ALIKE_EACH))
    matrix = sp.csr_array(sp.vstack(parts))
    matrix.sort_indices()
    return Links(matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32), matrix.data.astype(np.float32))


def content(goods: Goods) -> Sparse:
    """Shape (n, words), rows of length 1 or 0: rare words count more, and very common ones nothing."""
    said = [_words(goods, row) for row in range(len(goods.sku))]
    count = Counter(word for one in said for word in one)
    index = {word: column for column, word in enumerate(sorted(w for w, c in count.items() if 1 < c <= COMMON))}
    cells = [
        (row, index[word], weight * float(np.log((len(said) + 1) / count[word])))
        for row, one in enumerate(said)
        for word, weight in one.items()
        if word in index
    ]
    rows, columns, values = (np.array(part) for part in zip(*cells, strict=True)) if cells else (np.empty(0),) * 3
    shape = (len(said), max(len(index), 1))
    matrix = sp.csr_array((values, (rows.astype(np.int64), columns.astype(np.int64))), shape=shape)
    length = np.sqrt(np.asarray(matrix.power(2).sum(axis=1)).ravel())
    matrix.data /= np.repeat(np.where(length > 0, length, 1), np.diff(matrix.indptr))
    return sp.csr_array(matrix.astype(np.float32))


def _words(goods: Goods, row: int) -> dict[str, float]:
    """The words of a product with what each counts."""
    category = f"{fold(str(goods.department[row]))}/{fold(str(goods.category[row]))}"
    found = dict.fromkeys(_WORD.findall(str(goods.name[row]).casefold()), 1.0)
    found[f"category {category}"] = CATEGORY
    price: NDArray[np.float64] = goods.price[row]
    if price > 0:
        found[f"price {category} {round(2 * float(np.log2(price)))}"] = PRICE
    return found
