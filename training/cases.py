"""What the ranker learns from: candidates of logged decisions with their vectors, prompted or not, and what was bought.

Prompted cases are the prompts that were seen. The others are candidates that nobody was told of: of held-out visits,
and of prompted ones as long as no product of their category was pointed out in the visit, since that takes from the
others. Of these there are fifty a decision, so a share of them is enough.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from models import lake
from models.features import CANDIDATE, MOMENT
from models.folders import AnyPath
from models.recommender.knowledge import Indices, Numbers
from training.labels import Bools, Labels, Sales
from training.offpolicy import codes

MOST_UNPROMPTED = 200_000
SPREAD = (5**0.5 - 1) / 2
"""Multiples of it, less their whole parts, lie evenly in 0 … 1: which candidates are kept is no draw."""
TAKEN = 0.5
"""Of accepted prompts so many are believed to become sales, where no receipt can tell."""
COLUMNS = ("prompt_id", "sku", "candidates", "features", "candidate_features")
WIDTH = len(MOMENT) + len(CANDIDATE)


@dataclass(frozen=True)
class Cases:
    """N candidates; all columns but `vectors`, (N, MOMENT + CANDIDATE) with NaN where absent, have shape (N,)."""

    item: Indices
    vectors: NDArray[np.float32]
    prompted: Bools
    sale: Numbers
    """Probability that it was bought from the decision on."""
    ts_ms: Indices
    decision: Indices
    """Row of the labels."""

    def __len__(self) -> int:
        return len(self.item)

    def only(self, rows: Bools) -> Cases:
        return Cases(*(getattr(self, one.name)[rows] for one in fields(self)))


def cases(root: AnyPath, found: Labels, sold: Sales) -> Cases:
    """Of the labelled decisions, in the lake's order; a decision that is there twice counts once."""
    visit = codes(zip(found.store.tolist(), found.visit.tolist(), strict=True))
    groups = len(sold.goods.groups)
    category = sold.goods.category_group[found.item]
    told = np.unique((visit * groups + category)[found.seen & (found.item >= 0)])
    share = min(1.0, MOST_UNPROMPTED / max(50 * len(found), 1))
    parts, taken, passed = list[tuple[Any, ...]](), np.zeros(len(found), bool), 0
    for table in lake.batches(root, "prompts", COLUMNS):
        logged = _Logged.of(table, found, sold.goods.sku).only_new(taken)
        rows = np.flatnonzero(_holds(found.seen & (found.item >= 0), logged.label))
        at = logged.chosen[rows]
        parts.append((logged.label[rows], found.item[logged.label[rows]], logged.vectors(rows, at), True))
        of, place, item = logged.candidates(found.traced)
        free = ~np.isin(visit[logged.label[of]] * groups + sold.goods.category_group[item], told)
        order = passed + np.arange(len(of))
        passed += len(of)
        some = free & ((order * SPREAD) % 1 < share)
        parts.append((logged.label[of[some]], item[some], logged.vectors(of[some], place[some]), False))
    label, item = (np.concatenate([np.zeros(0, np.int64), *(part[i] for part in parts)]) for i in (0, 1))
    prompted = np.repeat(np.array([part[3] for part in parts], bool), [len(part[0]) for part in parts])
    vectors = np.concatenate([np.zeros((0, WIDTH), np.float32), *(part[2] for part in parts)])
    names = found.store[label].tolist(), found.visit[label].tolist()
    bought = sold.bought(*names, item, found.ts_ms[label])[:, 0]
    sale = np.where(prompted, _sales(found)[label], bought)
    return Cases(item, vectors, prompted, sale, found.ts_ms[label], label)


def _sales(found: Labels) -> Numbers:
    """Of each decision's product: what receipts say where they can, else what was answered."""
    answered = np.where(found.accepted, TAKEN, 0.0)
    return np.maximum(np.where(found.traced, found.bought, answered), found.sold)


@dataclass(frozen=True)
class _Logged:
    """The decisions of one file: their labels' rows (−1: none), and lists as flat columns with their beginnings."""

    label: Indices
    item: Indices
    """Of all candidates, one after the other."""
    first: Indices
    """Of each decision's candidates, shape (decisions + 1,)."""
    chosen: Indices
    """Where the decided product stands among them, −1 where a log from elsewhere does not name it."""
    features: tuple[NDArray[np.float32], Indices]
    candidate_features: tuple[NDArray[np.float32], Indices]

    @classmethod
    def of(cls, table: pa.Table, found: Labels, skus: NDArray[Any]) -> _Logged:
        label = _index(table.column("prompt_id").combine_chunks(), found.prompt_id)
        texts, first = _lists(table.column("candidates"))
        parent = np.repeat(np.arange(len(table)), np.diff(first))
        named = pc.equal(texts, table.column("sku").combine_chunks().take(pa.array(parent, pa.int64())))
        hits = np.flatnonzero(pc.fill_null(named, False).to_numpy(zero_copy_only=False))
        rows, at = np.unique(parent[hits], return_index=True)
        chosen = np.full(len(table), -1)
        chosen[rows] = (hits - first[parent[hits]])[at]
        vectors = [_lists(table.column(name)) for name in ("features", "candidate_features")]
        features, candidates = ((values.to_numpy(zero_copy_only=False), begins) for values, begins in vectors)
        return cls(label, _index(texts, skus), first, chosen, features, candidates)

    def only_new(self, taken: Bools) -> _Logged:
        """Without the labels that are in `taken`, which is told of the new ones."""
        label = self.label.copy()
        again = np.ones(len(label), bool)
        again[np.unique(label, return_index=True)[1]] = False
        label[again | _holds(taken, label)] = -1
        taken[label[label >= 0]] = True
        return _Logged(label, self.item, self.first, self.chosen, self.features, self.candidate_features)

    def candidates(self, of: Bools) -> tuple[Indices, Indices, Indices]:
        """Decision, place and product of each candidate that is a product, of decisions whose label is in `of`."""
        count = np.diff(self.first)
        decision = np.repeat(np.arange(len(count)), count)
        place = np.arange(len(decision)) - self.first[decision]
        kept = (self.item >= 0) & _holds(of, self.label)[decision]
        return decision[kept], place[kept], self.item[kept]

    def vectors(self, decision: Indices, place: Indices) -> NDArray[np.float32]:
        """Shape (N, MOMENT + CANDIDATE), NaN where a log is older than a feature or has none, or `place` is −1."""
        values, first = self.features
        moment = _cut(values, first[decision], np.diff(first)[decision], len(MOMENT))
        values, first = self.candidate_features
        # candidates that are not there have no vectors either
        width = np.where(place < 0, 0, np.diff(first)[decision] // np.maximum(np.diff(self.first)[decision], 1))
        return np.hstack([moment, _cut(values, first[decision] + place * width, width, len(CANDIDATE))])


def _holds(mask: Bools, rows: Indices) -> Bools:
    """The mask at these rows, False at −1."""
    return np.asarray(np.append(mask, False)[rows])


def _cut(values: NDArray[np.float32], begin: Indices, width: Indices, columns: int) -> NDArray[np.float32]:
    """Rows of `columns` values, each from its beginning on, NaN after its width."""
    step = np.arange(columns)
    there = step < width[:, None]
    found = np.full(there.shape, np.nan, np.float32)
    found[there] = values[(begin[:, None] + step)[there]]
    return found


def _lists(column: pa.ChunkedArray) -> tuple[pa.Array, Indices]:
    """The values of a column of lists, and where each row's begin; null is an empty list."""
    lengths = pc.fill_null(pc.list_value_length(column), 0).to_numpy()
    values = pc.list_flatten(column)
    values = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    return values, np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


def _index(texts: pa.Array, known: NDArray[Any]) -> Indices:
    found = pc.index_in(texts, value_set=pa.array(known.tolist(), pa.string()))
    return np.asarray(pc.fill_null(found, -1).to_numpy(zero_copy_only=False), np.int64)
