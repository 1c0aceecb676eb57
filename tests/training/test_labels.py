"""Labels are what their definition says, row by row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models import lake
from models.recommender.knowledge import Zones
from tests.training import toy
from tests.training.test_attribution import line, visit
from training import attribution, history, labels, visitors
from training.labels import Labels, Sales

MINUTE, DAY = 60_000, toy.DAY_MS
NO_ZONES = Zones(*[np.array([], np.str_)] * 3)


def at(minute: float) -> int:
    return toy.START_MS + round(minute * MINUTE)


def sold(root: Path) -> Sales:
    goods = history.goods(root)
    receipts = history.receipts(root, goods.sku.tolist())
    visits = visitors.visits(lake.read(root, "visits"), lake.read(root, "dwells"), goods, NO_ZONES)
    return labels.sales(receipts, visits, attribution.attribute(receipts, visits, goods), goods)


def found(root: Path, newest_ms: int = at(0), **tables: toy.Rows) -> Labels:
    toy.write(root, products=toy.products(), **tables)
    return labels.labels(lake.read(root, "prompts"), lake.read(root, "outcomes"), sold(root), newest_ms)


def shown(*numbers: int) -> list[dict[str, Any]]:
    return [toy.outcome(number, "shown") for number in numbers]


def test_bought_is_what_the_visit_bought_from_the_prompt_on(tmp_path: Path) -> None:
    made = found(
        tmp_path,
        visits=[visit(f"v{i}", 0, 30) for i in range(5)],
        prompts=[toy.prompt(i, "P01", at(10)) for i in range(5)],
        outcomes=[*shown(0, 1, 2), toy.outcome(0, "accepted"), toy.outcome(4, "accepted")],
        purchases=[
            line("r0", 30, "P01", visit_id="v0", quantity=2, amount=15.0),
            line("r0", 30, "P02", visit_id="v0"),
            line("before", 9, "P01", visit_id="v1"),
            line("other", 30, "P02", visit_id="v2"),
            line("r4", 30, "P01", visit_id="v4"),
        ],
    )
    assert made.seen.tolist() == [True, True, True, False, False]
    assert made.accepted.tolist() == [True, False, False, False, False]
    assert made.bought.tolist() == [1, 0, 0, 0, 1]
    assert made.margin.tolist() == [15.0 - 2 * 6.0, 0, 0, 0, 4.0]
    assert made.visit_margin.tolist() == [3.0 + 4.0, 0, 4.0, 0, 4.0]
    assert not made.control.any()


def test_the_next_days_count_for_a_customer_who_is_known(tmp_path: Path) -> None:
    known = [visit(f"v{i}", 0, 30, customer_id=f"c{i}") for i in range(3)]
    own_and_next = [
        line("own", 30, "P01", customer_id="c0", visit_id="v0"),
        line("next", 2 * 24 * 60, "P01", customer_id="c0", store_id="S9"),
        line("soon", 3 * 24 * 60, "P01", customer_id="c1"),
        line("late", 3 * 24 * 60 + 20, "P01", customer_id="c2"),
        line("stranger", 24 * 60, "P01"),
    ]
    made = found(
        tmp_path,
        newest_ms=at(3 * 24 * 60 + 5),
        visits=[*known, visit("v3", 0, 30)],
        prompts=[toy.prompt(i, "P01", at(10), holdout=i == 1) for i in range(4)],
        outcomes=shown(0, 2, 3),
        purchases=own_and_next,
    )
    assert made.bought.tolist() == [1, 1, 0, 0]
    assert made.margin.tolist() == [8.0, 4.0, 0, 0]
    assert made.control.tolist() == [False, True, False, False]
    assert made.ripe.tolist() == [False, False, False, True]


def test_a_receipt_counts_by_the_probability_that_it_is_the_visits(tmp_path: Path) -> None:
    made = found(
        tmp_path,
        visits=[visit("v0", 0, 30), visit("v1", 0, 31)],
        prompts=[toy.prompt(i, "P01", at(10)) for i in range(2)],
        outcomes=shown(0, 1),
        purchases=[line("whose", 30, "P01")],
    )
    assert 0.3 < made.bought.max() < 0.99
    assert made.margin == pytest.approx(4.0 * made.bought)


def test_silence_copies_and_unknown_products(tmp_path: Path) -> None:
    silent = toy.prompt(1, "", at(10)) | {"sku": None}
    made = found(
        tmp_path,
        visits=[visit("v0", 0, 30)],
        prompts=[toy.prompt(0, "P01", at(10)), silent, toy.prompt(0, "P01", at(10)), toy.prompt(2, "gone", at(10))],
        outcomes=[*shown(0, 1, 2), toy.outcome(0, "undone", outcome_id="all")],
        purchases=[line("r0", 30, "P01", visit_id="v0"), line("r2", 30, "gone", visit_id="v2")],
    )
    assert made.prompt_id.tolist() == ["m0-0", "m2-0"]
    assert made.bought.tolist() == [1, 0]
    assert made.item.tolist() == [1, -1]


def test_nothing_sold_and_nothing_prompted(tmp_path: Path) -> None:
    made = found(tmp_path, purchases=[line("returned", 30, "P01", quantity=-1)])
    assert len(made) == 0


def test_many_lines_are_summed_as_one_by_one() -> None:
    rng = np.random.default_rng(5)
    key, ts, weights = rng.integers(0, 9, 300), rng.integers(0, 50, 300), rng.random((300, 2))
    asked, begin = rng.integers(-1, 11, 200), rng.integers(-5, 55, 200)
    end = begin + rng.integers(-3, 20, 200)
    sums = labels.Timeline.of(key, ts, weights).between(asked, begin, end)
    for row in range(200):
        mine = (key == asked[row]) & (ts >= begin[row]) & (ts <= end[row])
        assert sums[row] == pytest.approx(weights[mine].sum(axis=0))
