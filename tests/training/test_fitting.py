"""Fits are deterministic, leave nothing out, and beat popularity on real receipts."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from models.errors import InputError
from models.recommender.retrieve import scores
from models.recommender.situation import Situation
from tests.training import toy
from training import history, publish, sources

GROCERIES = Path(__file__).parents[3] / "shared/data/groceries/groceries_long.csv"


def test_the_same_lake_gives_the_same_bytes(tmp_path: Path) -> None:
    root = toy.world(tmp_path / "lake")
    first, second = (toy.trained(root, tmp_path / name) for name in ("one", "two"))
    assert first.manifest.files == second.manifest.files
    assert first.manifest.version == second.manifest.version
    other = toy.write(root, purchases=toy.purchases(seed=1))
    assert publish.state(other).version != first.manifest.version


def test_a_single_file_and_a_dated_folder_read_alike(tmp_path: Path) -> None:
    one, other = toy.world(tmp_path / "one"), toy.world(tmp_path / "other")
    folder = other / "purchases" / "date=2026-09-21"
    folder.mkdir(parents=True)
    (other / "purchases.parquet").rename(folder / "purchases-0-0-799.parquet")
    assert publish.state(one).version == publish.state(other).version


@pytest.mark.parametrize("absent", ["purchases", "products"])
def test_only_purchases_and_products_must_be_there(tmp_path: Path, absent: str) -> None:
    root = toy.world(tmp_path / "lake")
    (root / f"{absent}.parquet").unlink()
    with pytest.raises(InputError, match=absent):
        publish.train(root, publish.state(root))


def test_receipts_of_products_that_are_gone_still_train(tmp_path: Path) -> None:
    root = toy.world(tmp_path / "lake", products=toy.products()[:3])
    bundle = toy.trained(root, tmp_path / "bundle")
    assert bundle.knowledge.goods.sku.tolist() == ["P00", "P01", "P02"]


def test_where_all_that_was_bought_lately_is_gone_older_receipts_ask(tmp_path: Path) -> None:
    lines = toy.purchases(300)
    for line in lines:
        line["sku"] = "gone" if int(line["receipt_id"][1:]) >= 150 else line["sku"]
    root = toy.world(tmp_path / "lake", purchases=lines)
    _assert_beats_popularity(publish.train(root, publish.state(root)).manifest.metrics)


@pytest.mark.parametrize("receipts", [0, 1, 2])
def test_little_history_is_enough(tmp_path: Path, receipts: int) -> None:
    root = toy.write(tmp_path / "lake", products=toy.products(), purchases=toy.purchases(receipts))
    bundle = toy.trained(root, tmp_path / "bundle")
    found = scores(bundle.knowledge, [Situation("", "", "S0", 0, basket=("P00",))])
    assert (found > 0).all()
    assert np.isfinite(found).all()


def test_dwell_in_the_history_becomes_an_observation(tmp_path: Path) -> None:
    root = toy.write(tmp_path, products=toy.products(), purchases=toy.purchases(1))
    goods = history.goods(root)
    receipts = history.receipts(root, goods.sku.tolist())
    group = goods.groups["category", "shelf 3"]
    matrix = sources.observations(sources.Material(goods, receipts, [{group: 30.0}], receipts.newest_ms))
    bought = [
        *receipts.line_item,
        *(20 + goods.category_group[receipts.line_item]),
        20 + goods.groups["department", "even"],
    ]
    assert matrix[0, 20 + group] == pytest.approx(0.5)
    assert set(matrix[0].indices) == {20 + group, *bought}
    assert set(matrix[0, sorted(set(bought))].data) == {1.0}


@pytest.mark.data
@pytest.mark.skipif(not GROCERIES.exists(), reason="the groceries data is not beside the repository")
def test_real_receipts_rank_a_missing_product_better_than_popularity(tmp_path: Path) -> None:
    products, purchases = {}, []
    for row in csv.DictReader(GROCERIES.read_text().splitlines()):
        sku = row["item"]
        products[sku] = {"sku": sku, "name": sku, "department": row["level1"], "category": row["level2"]}
        number = int(row["transaction_id"])
        line = {"store_id": "S1", "receipt_id": str(number), "ts": toy.START_MS + number * 1000, "sku": sku}
        purchases.append({**line, "quantity": 1, "amount": 1.0})
    root = toy.write(tmp_path / "lake", products=products.values(), purchases=purchases)
    _assert_beats_popularity(publish.train(root, publish.state(root)).manifest.metrics)


def test_made_up_receipts_rank_a_missing_product_better_than_popularity(tmp_path: Path) -> None:
    root = toy.world(tmp_path / "lake", purchases=toy.purchases(600))
    _assert_beats_popularity(publish.train(root, publish.state(root)).manifest.metrics)


def _assert_beats_popularity(metrics: dict[str, float]) -> None:
    assert metrics["hit_at_10"] >= metrics["popularity_hit_at_10"] > 0
    assert metrics["ndcg_at_10"] > metrics["popularity_ndcg_at_10"] > 0
