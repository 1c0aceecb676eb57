"""A log of purchases as arrays, and problems cut from it: what came before, and questions about what came after."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Log:
    """L lines, each product once a receipt, sorted by receipt; receipts are 0 … R − 1 in the order of their times."""

    sku: NDArray[Any]
    products: dict[str, Sequence[str]]
    """Columns of the table `products` beside sku, for each sku."""
    receipt: Ints
    item: Ints
    ts_ms: Ints
    """Shape (R,)."""
    customer: Ints
    """Shape (R,): −1 for nobody."""
    store: Ints
    """Shape (R,)."""

    @property
    def n(self) -> int:
        return len(self.sku)

    @cached_property
    def receipts(self) -> Any:
        """(R, n) with ones."""
        shape = (len(self.ts_ms), self.n)
        return sp.csr_array((np.ones(len(self.item), np.float32), (self.receipt, self.item)), shape=shape)

    @cached_property
    def customers(self) -> Any:
        """(customers, n): on how many receipts each bought it."""
        rows = np.flatnonzero(self.customer >= 0)
        count = int(self.customer.max(initial=-1)) + 1
        whose = sp.csr_array(
            (np.ones(len(rows), np.float32), (self.customer[rows], rows)), shape=(count, len(self.ts_ms))
        )
        return sp.csr_array(whose @ self.receipts)

    def only(self, rows: NDArray[np.bool_]) -> Log:
        """The receipts where `rows` is true, numbered anew; all products stay."""
        new, kept = np.cumsum(rows) - 1, rows[self.receipt]
        heads = {name: getattr(self, name)[rows] for name in ("ts_ms", "customer", "store")}
        return replace(self, receipt=new[self.receipt[kept]], item=self.item[kept], **heads)

    def basket(self, receipt: int) -> list[int]:
        """The products of a receipt."""
        begin, end = self.receipts.indptr[receipt : receipt + 2]
        return self.receipts.indices[begin:end].tolist()


@dataclass(frozen=True)
class Question:
    """What is known, and the products that are right."""

    basket: tuple[int, ...]
    customer: int
    ts_ms: int
    store: int
    answers: tuple[int, ...]
    candidates: tuple[int, ...] | None = None
    dwell: tuple[tuple[str, float], ...] = ()
    """Seconds by category."""


@dataclass(frozen=True)
class Problem:
    """A history and questions by task."""

    history: Log
    tasks: dict[str, list[Question]]


@dataclass(frozen=True)
class Set:
    """A data set: a log, and how problems are cut from one. The peers are tuned on a problem cut from the history."""

    name: str
    log: Log
    cut: Callable[[Log, int], Problem]
    k: int = 20

    def problem(self, seed: int = 0) -> Problem:
        return self.cut(self.log, seed)


def split(items: Sequence[int], share: float, rng: np.random.Generator) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """A share of the products to keep, at least one, and the others, at least one."""
    mixed = rng.permutation(np.array(items)).tolist()
    kept = min(max(round(len(mixed) * share), 1), len(mixed) - 1)
    return tuple(mixed[:kept]), tuple(mixed[kept:])
