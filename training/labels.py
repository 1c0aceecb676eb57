"""Labels: what came of each decided prompt, and of the same decision where nobody was prompted.

The definition, for a row of `prompts` that chose a product, at its `ts`, in its visit:

- *seen*: its outcome `shown` came. One that was neither seen nor held out is no label and no control.
- *control*: its visit was held out, so the same decision was made and nobody heard of it.
- *accepted*: seen, and answered `accepted` or `sold`; an outcome that was undone has not been.
- *bought*: the product is on a receipt from the prompt's `ts` on: of the visit, or of the visit's customer within
  DELAY_MS, in any store. A receipt counts with the probability that it is the visit's, so this is a share.
- *sold*: seen, and answered `sold`.
- *traced*: the lake knows its visit, or a receipt names it, so that receipts can tell.
- *additionally bought* can't be seen in one visit, only in many: what was bought where it was seen, less what was
  bought where it was held out.
- *margin*: of those lines, amount − quantity × cost; *visit_margin*: of all products on those receipts, so that what
  one product takes from another counts.
- *ripe*: nothing can be added any more: the visit has ended, and a named customer's window has passed. Prompts and
  their controls ripen alike, so unripe ones may be compared with each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from models.outcomes import POSITIVE, kinds
from models.recommender.knowledge import Goods, Indices, Numbers
from models.recommender.rank import COST_SHARE
from training.attribution import Attribution
from training.evidence import SILENT_S, spread
from training.history import DAY_MS, Receipts
from training.visitors import Visits

DELAY_MS = 3 * DAY_MS
"""Less than a week, so that the next weekly shop is not taken for the prompt's."""
NEVER_MS = 1 << 62
DECIDED = ("prompt_id", "store_id", "visit_id", "sku", "ts", "holdout")
"""The columns of `prompts` that a label needs: their vectors are a hundred times as large."""

Bools = NDArray[np.bool_]
Name = tuple[str, str]
"""Store and visit; or "" and customer."""


@dataclass(frozen=True)
class Labels:
    """N decisions for a product, each once, in the lake's order; every column has shape (N,)."""

    prompt_id: NDArray[Any]
    store: NDArray[Any]
    visit: NDArray[Any]
    item: Indices
    """Row of the product in the goods, −1 for one that is not among them any more."""
    ts_ms: Indices
    seen: Bools
    control: Bools
    accepted: Bools
    sold: Bools
    traced: Bools
    bought: Numbers
    margin: Numbers
    visit_margin: Numbers
    ripe: Bools

    def __len__(self) -> int:
        return len(self.prompt_id)


@dataclass(frozen=True)
class Timeline:
    """Lines in the order of key and time; `sums` has their weights' running sums, shape (lines + 1, columns)."""

    key: Indices
    ts_ms: Indices
    sums: Numbers

    @classmethod
    def of(cls, key: Indices, ts_ms: Indices, weights: Numbers) -> Timeline:
        order = np.lexsort((ts_ms, key))
        sums = np.vstack([np.zeros((1, weights.shape[1])), np.cumsum(weights[order], axis=0)])
        return cls(key[order], ts_ms[order], sums)

    def between(self, key: Indices, from_ms: Indices, to_ms: Indices) -> Numbers:
        """The weights' sums over a key's lines with from ≤ ts ≤ to; shape (queries, columns)."""
        first, last = np.searchsorted(self.key, key, "left"), np.searchsorted(self.key, key, "right")
        begin = self._bisect(first, last, from_ms)
        end = np.maximum(self._bisect(first, last, to_ms + 1), begin)
        return np.asarray(self.sums[end] - self.sums[begin])

    def _bisect(self, low: Indices, high: Indices, bound_ms: Indices) -> Indices:
        """The first line in [low, high) that is not before the bound, else high."""
        while (open_ := low < high).any():
            middle = (low + high) // 2
            before = open_ & (self.ts_ms[np.minimum(middle, len(self.ts_ms) - 1)] < bound_ms)
            low, high = np.where(before, middle + 1, low), np.where(open_ & ~before, middle, high)
        return low


@dataclass(frozen=True)
class Sales:
    """What was bought by whom and when: a receipt's lines stand under its visit and under its customer, once each."""

    goods: Goods
    owner: Mapping[Name, int]
    customer: Mapping[Name, str]
    """Of visits that a check-in has named."""
    ends_ms: Mapping[Name, int]
    of_item: Timeline
    of_all: Timeline

    def bought(self, store: Sequence[str], visit: Sequence[str], item: Indices, ts_ms: Indices) -> Numbers:
        """For each query the probability that the product was bought from then on, and its margin: shape (Q, 2)."""
        items = len(self.goods.sku)
        found = self._sum(self.of_item, store, visit, ts_ms, lambda owner: np.where(item < 0, -1, owner * items + item))
        return np.column_stack([np.minimum(found[:, 0], 1.0), found[:, 1]])

    def margin(self, store: Sequence[str], visit: Sequence[str], ts_ms: Indices) -> Numbers:
        """Of everything that was bought from then on, shape (Q,)."""
        return self._sum(self.of_all, store, visit, ts_ms, lambda owner: owner)[:, 1]

    def ripe(self, store: Sequence[str], visit: Sequence[str], ts_ms: Indices, newest_ms: int) -> Bools:
        """Shape (Q,): whether the data is late enough for all that counts to be in it."""
        names = list(zip(store, visit, strict=True))
        ends = np.array([self.ends_ms.get(name, -1) for name in names], np.int64)
        ended = np.where(ends < 0, ts_ms + DAY_MS, ends + round(SILENT_S * 1000))
        waits = np.array([name in self.customer for name in names], bool)
        return np.asarray(np.maximum(ended, np.where(waits, ts_ms + DELAY_MS, 0)) <= newest_ms)

    def traces(self, store: Sequence[str], visit: Sequence[str]) -> Bools:
        """Shape (Q,): whether receipts can tell what a visit bought."""
        names = zip(store, visit, strict=True)
        return np.array([name in self.ends_ms or name in self.owner for name in names], bool)

    def _sum(self, line: Timeline, store: Sequence[str], visit: Sequence[str], ts_ms: Indices, key: Any) -> Numbers:
        names = list(zip(store, visit, strict=True))
        visits = np.array([self.owner.get(name, -1) for name in names], np.int64)
        customers = np.array([self.owner.get(("", self.customer.get(name, "")), -1) for name in names], np.int64)
        of_visit = line.between(_key(key, visits), ts_ms, np.full(len(names), NEVER_MS))
        return of_visit + line.between(_key(key, customers), ts_ms, ts_ms + DELAY_MS)


def _key(key: Any, owner: Indices) -> Indices:
    return np.where(owner < 0, -1, key(owner))


def sales(receipts: Receipts, seen: Visits, joined: Attribution, goods: Goods) -> Sales:
    """Receipts under the visits that they name or may belong to, and under the customers that they name."""
    names = list(zip(seen.store.tolist(), seen.visit.tolist(), strict=True))
    customer = {name: who for name, who in zip(names, seen.customer.tolist(), strict=True) if who}
    owner: dict[Name, int] = {}
    entries = list(_owned(receipts, names, customer, joined, owner))
    receipt, code, weight = (np.array(column) for column in zip(*entries, strict=True)) if entries else _NOTHING
    first, last = (np.searchsorted(receipts.line_receipt, receipt, side) for side in ("left", "right"))
    entry, line = spread(first, last)
    margin, weight = line_margin(receipts, goods)[line], weight[entry]
    ts, weights = receipts.ts_ms[receipt[entry]], np.column_stack([weight, weight * margin])
    return Sales(
        goods,
        owner,
        customer,
        dict(zip(names, seen.last_ms.tolist(), strict=True)),
        Timeline.of(code[entry] * len(goods.sku) + receipts.line_item[line], ts, weights),
        Timeline.of(code[entry], ts, weights),
    )


_NOTHING = (np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))


def _owned(
    receipts: Receipts, names: Sequence[Name], customer: Mapping[Name, str], joined: Attribution, owner: dict[Name, int]
) -> Iterator[tuple[int, int, float]]:
    """(receipt, owner's number, probability); new owners are numbered in `owner`."""
    said, buyers = receipts.visit.tolist(), receipts.customer.tolist()
    pairs = zip(joined.receipt.tolist(), joined.of.tolist(), joined.share.tolist(), strict=True)
    visits = [(receipt, names[of], share) for receipt, of, share in pairs if not said[receipt]]
    visits += [(row, (str(receipts.store[row]), visit), 1.0) for row, visit in enumerate(said) if visit]
    for receipt, name, share in visits:
        # under its customer it counts for the visit as well
        if not buyers[receipt] or customer.get(name) != buyers[receipt]:
            yield receipt, owner.setdefault(name, len(owner)), share
    for receipt, who in enumerate(buyers):
        if who:
            yield receipt, owner.setdefault(("", who), len(owner)), 1.0


def line_margin(receipts: Receipts, goods: Goods) -> Numbers:
    """amount − quantity × cost by line; an unknown cost is COST_SHARE of the price, unknown money counts as none."""
    quantity, price, cost = receipts.line_quantity, goods.price[receipts.line_item], goods.cost[receipts.line_item]
    paid = np.where(np.isnan(receipts.line_amount), quantity * price, receipts.line_amount)
    piece = np.where(np.isnan(price), paid / quantity, price)
    return np.nan_to_num(paid - quantity * np.where(np.isnan(cost), COST_SHARE * piece, cost), nan=0.0)


def labels(prompts: pa.Table, outcomes: pa.Table, sold: Sales, newest_ms: int) -> Labels:
    """From rows of `prompts` (those columns that it needs are enough) and of `outcomes`. Silent rows have no label."""
    rows = _decided(prompts)
    answered = kinds(outcomes)
    prompt, store, visit, sku = (_texts(rows, name) for name in ("prompt_id", "store_id", "visit_id", "sku"))
    ts = np.asarray(rows.column("ts").cast(pa.int64()).to_numpy(), np.int64)
    item = np.array([sold.goods.index.get(one, -1) for one in sku.tolist()], np.int64)
    control = np.array(rows.column("holdout").to_pylist(), bool)
    said = [answered.get(one, set()) for one in prompt.tolist()]
    seen = np.array(["shown" in one for one in said], bool) & ~control
    found = sold.bought(store.tolist(), visit.tolist(), item, ts)
    return Labels(
        prompt_id=prompt,
        store=store,
        visit=visit,
        item=item,
        ts_ms=ts,
        seen=seen,
        control=control,
        accepted=seen & np.array([bool(one & POSITIVE) for one in said], bool),
        sold=seen & np.array(["sold" in one for one in said], bool),
        traced=sold.traces(store.tolist(), visit.tolist()),
        bought=found[:, 0],
        margin=found[:, 1],
        visit_margin=sold.margin(store.tolist(), visit.tolist(), ts),
        ripe=sold.ripe(store.tolist(), visit.tolist(), ts, newest_ms),
    )


def _decided(prompts: pa.Table) -> pa.Table:
    """The rows with a product, the first of each prompt."""
    rows = prompts.select(DECIDED).filter(pc.is_valid(prompts.column("sku")))
    numbered = rows.append_column("row", pa.array(np.arange(len(rows)))).group_by("prompt_id")
    return rows.take(numbered.aggregate([("row", "min")]).sort_by("row_min").column("row_min"))


def _texts(table: pa.Table, name: str) -> NDArray[Any]:
    found = np.empty(len(table), object)
    found[:] = table.column(name).to_pylist()
    return found
