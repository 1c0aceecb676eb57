"""Doubling finds the best option within its budget, and what is tuned is a function of the data."""

from __future__ import annotations

from pathlib import Path

from tests.training import toy
from training import history, questions, sources, tuning
from training.sources import Material, Tuned


def test_the_best_is_left_and_the_budget_is_kept() -> None:
    tried: list[tuple[int, int]] = []

    def gain(option: int, size: int) -> float:
        tried.append((option, size))
        return -abs(option - 5)

    assert tuning.doubled([1, 3, 5, 7, 9], gain, 800) == 5
    assert [size for _, size in tried] == [200] * 5 + [400] * 3 + [800] * 2
    assert sum(size for _, size in tried) <= 5 * 800


def test_one_option_is_not_tried() -> None:
    assert tuning.doubled(["only"], lambda option, size: 1 / 0, 100) == "only"


def test_of_equals_the_first_is_left() -> None:
    assert tuning.doubled(["a", "b", "c"], lambda option, size: 0.0, 100) == "a"


def test_the_same_data_is_tuned_alike(tmp_path: Path) -> None:
    root = toy.world(tmp_path, purchases=toy.purchases(300))
    goods = history.goods(root)
    receipts = history.receipts(root, goods.sku.tolist())
    material = Material(goods, receipts, [{}] * len(receipts), receipts.newest_ms)
    asked = questions.draw(material, sources.profiles(material))
    assert tuning.tune(material, asked) == tuning.tune(material, asked)
    nothing = questions.draw(material.only(receipts.ts_ms < 0), sources.profiles(material))
    assert tuning.tune(material, nothing) == Tuned()
