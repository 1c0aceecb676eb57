"""Questions whose answers are known: what belongs to a basket, what comes next, what is new for a customer.

They are drawn from receipts that the sources have not seen, with a seed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.recommender.knowledge import Indices
from models.recommender.sources.contract import Sparse, Visits
from models.recommender.sources.repeats import Profiles
from models.recommender.visits import batch, rows_of
from training.sources import Material
from training.visitors import Path

TASKS = ("basket", "next", "discovery", "first")
"""What else goes with a basket; a known customer's next; what that customer never bought; nothing known."""
EACH = {"basket": 1200, "next": 800, "discovery": 600, "first": 200}
"""Questions of each task at most."""
ROUNDS = 5
SEED = 1


@dataclass(frozen=True)
class Questions:
    """Q questions: visits, what they bought then, what may not be answered, and what is asked."""

    visits: Visits
    answers: Sparse
    """(Q, n), at least one a row."""
    barred: Sparse
    """(Q, n): what is in the basket, or known to the customer where something new is wanted."""
    task: NDArray[np.str_]
    receipt: Indices
    """Of which the question is, shape (Q,): questions of one receipt know each other's answers."""

    def __len__(self) -> int:
        return len(self.task)


@dataclass(frozen=True)
class _Question:
    task: str
    receipt: int
    customer: int
    basket: list[int]
    answers: list[int]
    barred: list[int]


def draw(newer: Material, profiles: Profiles) -> Questions:
    """Of receipts that are newer than the profiles."""
    drawn = list(_drawn(newer, profiles))
    receipts, n = newer.receipts, len(newer.goods.sku)
    of = np.array([one.receipt for one in drawn], np.int64)
    paths: list[Path] = [newer.paths[one.receipt] for one in drawn]
    customers = np.array([one.customer for one in drawn], np.int64)
    baskets, answers, barred = (
        rows_of([sorted(getattr(one, name)) for one in drawn], n) for name in ("basket", "answers", "barred")
    )
    store = [str(name) for name in receipts.store[of]]
    visits = batch(store, receipts.ts_ms[of], customers, baskets, paths, newer.goods, profiles)
    return Questions(visits, answers, barred, np.array([one.task for one in drawn], np.str_), of)


def _drawn(newer: Material, profiles: Profiles) -> Iterator[_Question]:
    rng, receipts, left = np.random.default_rng(SEED), newer.receipts, dict(EACH)
    begin = np.searchsorted(receipts.line_receipt, np.arange(len(receipts) + 1))
    # where there are few receipts, several questions are asked of each
    rounds = [rng.permutation(len(receipts)) for _ in range(ROUNDS)]
    for place, receipt in enumerate(np.concatenate(rounds).tolist()):
        items = receipts.line_item[begin[receipt] : begin[receipt + 1]].tolist()
        if not items:
            continue
        customer = profiles.row(receipts.customer[receipt])
        known = set(profiles.of(receipts.customer[receipt])[0].tolist())
        new = [item for item in items if item not in known]
        possible = {
            "basket": len(items) > 1,
            "next": customer >= 0,
            "discovery": customer >= 0 and bool(new),
            "first": True,
        }
        if place >= len(receipts):
            possible = {"basket": possible["basket"]}
        for task in (task for task in TASKS if possible.get(task) and left[task]):
            left[task] -= 1
            if task == "basket":
                taken = _left_out(len(items), rng)
                basket = [item for place, item in enumerate(items) if place not in taken]
                answers = [items[place] for place in taken]
                who = customer if rng.random() < 0.5 else -1
                yield _Question(task, receipt, who, basket, answers, basket)
            elif task == "discovery":
                yield _Question(task, receipt, customer, [], new, sorted(known))
            else:
                yield _Question(task, receipt, customer if task == "next" else -1, [], items, [])


def _left_out(count: int, rng: np.random.Generator) -> set[int]:
    """Of a receipt's products: half of the times one, else any number but all."""
    many = 1 if rng.random() < 0.5 else int(rng.integers(1, count))
    return set(rng.permutation(count)[:many].tolist())
