"""What a lake's prompts teach: labelled decisions and their candidates, as a value that can be cut to some visits."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from models.recommender.knowledge import Goods, Indices
from training import ranking
from training.cases import Cases
from training.fitting import Prompts
from training.labels import Bools, Labels, Name


@dataclass(frozen=True)
class Lessons:
    """Decisions for a product, N of them, with their candidates; items are rows of the goods."""

    found: Labels
    cases: Cases
    goods: Goods

    @property
    def visits(self) -> list[Name]:
        """Store and visit of each decision."""
        return list(zip(self.found.store.tolist(), self.found.visit.tolist(), strict=True))

    def only(self, kept: Bools) -> Lessons:
        """Those decisions of a mask, shape (N,)."""
        row = np.cumsum(kept) - 1
        cases = self.cases.only(kept[self.cases.decision])
        found = Labels(*(getattr(self.found, one.name)[kept] for one in fields(Labels)))
        return Lessons(found, replace(cases, decision=row[cases.decision]), self.goods)

    def over(self, goods: Goods) -> Lessons:
        """The same about other goods: what is not among them is no item, and no candidate."""
        row = np.array([goods.index.get(sku, -1) for sku in self.goods.sku.tolist()], np.int64)
        cases = replace(self.cases, item=_at(row, self.cases.item))
        found = replace(self.found, item=_at(row, self.found.item))
        return Lessons(found, cases.only(cases.item >= 0), goods)

    def taught(self, newest_ms: int) -> Prompts:
        """All of a bundle's knowledge that comes from prompts, as of a time."""
        return Prompts(
            ranking.acceptance(self.found, self.goods, newest_ms), *ranking.fit(self.cases, self.goods, newest_ms)
        )


def _at(row: Indices, item: Indices) -> Indices:
    return np.where(item < 0, -1, row[item])
