"""Lakes that others wrote: other types of the same values, other folders, and what must be refused in one line."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from models import bundle, lake
from models.errors import InputError
from models.features import CANDIDATE, MOMENT
from models.keys import LakeFile
from models.recommender.decide import decide
from models.recommender.situation import Past, Situation
from models.records import rows_to_table
from tests.training import toy
from training import nightly, publish

Change = Callable[[pa.Table], pa.Table]
US, NS = pa.timestamp("us"), pa.timestamp("ns", tz="Europe/London")


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The digests of a bundle of the same values, as our own writer would have them."""
    folder = tmp_path_factory.mktemp("expected")
    return toy.trained(toy.world(folder / "lake"), folder / "bundle").manifest.files


def column(name: str, change: Callable[[pa.ChunkedArray], Any]) -> Change:
    return lambda table: table.set_column(table.schema.get_field_index(name), name, change(table.column(name)))


def later(times: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    """The same milliseconds, and 999 µs more."""
    return pc.add(pc.multiply(times.cast(pa.int64()), 1000), 999).cast(US).cast(pa.timestamp("us", tz="UTC")).cast(kind)


SAME: dict[str, tuple[str, Change]] = {
    "microseconds without a zone": ("purchases", column("ts", lambda ts: later(ts, US))),
    "nanoseconds in another zone": ("purchases", column("ts", lambda ts: later(ts, NS))),
    "large strings": ("purchases", column("sku", lambda sku: sku.cast(pa.large_string()))),
    "dictionaries": ("purchases", column("sku", lambda sku: sku.dictionary_encode())),
    "string views": ("purchases", column("sku", lambda sku: sku.cast(pa.string_view()))),
    "wide integers": ("purchases", column("quantity", lambda quantity: quantity.cast(pa.int64()))),
    "whole floats": ("purchases", column("quantity", lambda quantity: quantity.cast(pa.float64()))),
    "decimals": ("products", column("price", lambda price: pa.array([Decimal("10.00")] * len(price)))),
    "small floats": ("products", column("cost", lambda cost: cost.cast(pa.float32()))),
    "nothing nullable": ("purchases", lambda table: table.drop_columns(["visit_id", "till", "discount", "offer_id"])),
    "columns of their own": ("purchases", lambda table: table.append_column("vat", table.column("amount"))),
    "null amounts of nobody": ("purchases", column("amount", lambda amount: pa.array([float("nan")] * len(amount)))),
    "products twice": ("products", lambda table: pa.concat_tables([table, table])),
    "lines twice": ("purchases", lambda table: pa.concat_tables([table, table])),
}


@pytest.mark.parametrize("case", SAME)
def test_the_same_values_in_other_types_give_the_same_bundle(
    tmp_path: Path, expected: dict[str, str], case: str
) -> None:
    root, (table, change) = toy.world(tmp_path / "lake"), SAME[case]
    path = root / f"{table}.parquet"
    pq.write_table(change(pq.read_table(path)), path)
    assert toy.trained(root, tmp_path / "bundle").manifest.files == expected


def test_folders_at_any_depth_and_hidden_names(tmp_path: Path, expected: dict[str, str]) -> None:
    root = toy.world(tmp_path / "lake")
    whole = pq.read_table(root / "purchases.parquet")
    (root / "purchases.parquet").unlink()
    half = len(whole) // 2
    for place, rows in (("year=2026/month=9/a", whole[:half]), ("year=2026/month=9/b/c", whole[half:])):
        path = root / "purchases" / f"{place}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(rows, path)
    for hidden in ("_SUCCESS.parquet", ".part.parquet", "_temporary/0/x.parquet", ".staging/x.parquet"):
        path = root / "purchases" / "year=2026" / hidden
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"half a file")
    (root / "purchases" / "year=2026" / "a folder.parquet").mkdir()
    assert toy.trained(root, tmp_path / "bundle").manifest.files == expected


def test_a_lake_of_duckdb(tmp_path: Path, expected: dict[str, str]) -> None:
    ours, root = toy.world(tmp_path / "ours"), tmp_path / "lake"
    root.mkdir()
    with duckdb.connect() as db:
        for table in ("products", "purchases"):
            source, target = ours / f"{table}.parquet", root / f"{table}.parquet"
            db.execute(f"copy (from read_parquet('{source}')) to '{target}' (format parquet)")
    assert toy.trained(root, tmp_path / "bundle").manifest.files == expected


WRONG: dict[str, tuple[str, Change, str]] = {
    "null time": ("purchases", column("ts", lambda ts: first(ts, None)), "row 0, field ts: is missing"),
    "null sku": ("products", column("sku", lambda sku: first(sku, None)), "row 0, field sku: is missing"),
    "null receipt": ("purchases", column("receipt_id", lambda ids: first(ids, None)), "field receipt_id: is missing"),
    "no such year": ("purchases", column("ts", lambda ts: first(ts.cast(pa.int64()), 2**62).cast(ts.type)), "field ts"),
    "half pieces": ("purchases", column("quantity", lambda n: pa.array([1.5] * len(n))), "field quantity: is no int32"),
    "words": ("products", column("price", lambda price: pa.array(["dear"] * len(price))), "field price: is no double"),
    "no column": ("purchases", lambda table: table.drop_columns("sku"), "field sku: the column is missing"),
}


def first(values: pa.ChunkedArray, value: Any) -> pa.Array:
    """With another first value."""
    return pa.array([value, *values.to_pylist()[1:]], values.type)


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_is_refused_with_file_row_and_field(tmp_path: Path, case: str) -> None:
    root, (table, change, said) = toy.world(tmp_path / "lake"), WRONG[case]
    path = root / f"{table}.parquet"
    pq.write_table(change(pq.read_table(path)), path)
    with pytest.raises(InputError, match=f"{table}.parquet, .*{said}"):
        publish.train(root, publish.state(root))


@pytest.mark.parametrize("products", [1, 20])
@pytest.mark.parametrize("receipts", [0, 1])
def test_the_smallest_lakes_make_bundles(tmp_path: Path, products: int, receipts: int) -> None:
    root = toy.write(tmp_path / "lake", products=toy.products()[:products], purchases=toy.purchases(receipts))
    made = toy.trained(root, tmp_path / "bundle")
    assert made.manifest.rows["receipts"] == receipts
    assert len(made.knowledge.goods.sku) == products


def test_offers_of_no_kind_are_refused(tmp_path: Path) -> None:
    offer = {"offer_id": "O1", "kind": "gift", "sku": "P01", "discount": 0.1, "starts": 0, "ends": toy.START_MS}
    root = toy.world(tmp_path / "lake", offers=[offer])
    with pytest.raises(InputError, match="O1: neither clearance nor coupon"):
        publish.train(root, publish.state(root))


@pytest.mark.filterwarnings("error")
def test_absurd_money_counts_as_unknown_and_a_nameless_product_as_none(tmp_path: Path) -> None:
    prices = [float("nan"), float("inf"), -1.0, 1e300, None]
    rows = [{**row, "price": prices[i % 5], "cost": prices[-i % 5]} for i, row in enumerate(toy.products())]
    made = toy.trained(toy.world(tmp_path / "lake", products=[*rows, {**rows[0], "sku": ""}]), tmp_path / "bundle")
    assert "" not in made.knowledge.goods.index
    assert {row["price"] for row in made.knowledge.goods.rows()} == {None}
    request = Situation("a", "a", "S0", toy.START_MS)
    (decision,) = decide(request, made, made.catalog, Past(), slots=1, explore=0.1, prompts_per_visit=5)
    assert len(decision.candidates) == len(rows) + 1
    assert np.isfinite(decision.propensities).all()


LOGS: dict[str, dict[str, Any]] = {
    "null vectors": {"features": None, "candidate_features": None, "candidate_propensities": None},
    "endless": {
        "features": [float("inf"), float("nan"), *[1e30] * 6],
        "candidate_features": [-3e38] * 2 * len(CANDIDATE),
    },
    "short": {"features": [1.0] * 3, "candidate_features": [0.5] * 7},
    "long": {"features": [1.0] * 3 * len(MOMENT), "candidate_features": [0.5] * 8 * len(CANDIDATE)},
    "no candidates": {"candidates": [], "candidate_features": []},
    "silence": {"sku": None},
}


@pytest.mark.parametrize("case", LOGS)
@pytest.mark.filterwarnings("error")
def test_logs_from_elsewhere_teach_what_they_can(tmp_path: Path, case: str) -> None:
    logged = [toy.prompt(i, toy.sku(i % 5), **LOGS[case]) for i in range(40)]
    answers = [toy.outcome(i, kind) for i in range(40) for kind in ("shown", "accepted" if i % 5 else "declined")]
    root = toy.world(tmp_path / "lake", prompts=logged, outcomes=answers)
    report = nightly.run(root, tmp_path / "bundles")
    made = bundle.load(tmp_path / "bundles" / report.bundle)
    assert report.rows["prompts_seen"] == (0 if case == "silence" else 40)
    rates, _ = made.knowledge.acceptance.rates(made.knowledge.goods.category_group)
    assert (rates[4] > rates[0] + 0.2) == (case != "silence")


def test_an_undone_that_names_nothing_takes_back_all_but_that_it_was_seen(tmp_path: Path) -> None:
    said = ("shown", "accepted", "undone")
    root = toy.write(tmp_path / "lake", outcomes=[toy.outcome(1, kind) for kind in said])
    root = toy.world(root, prompts=[toy.prompt(1, "P01")])
    rows = publish.train(root, publish.state(root)).manifest.rows
    assert (rows["prompts_seen"], rows["prompts_accepted"]) == (1, 0)


def test_a_lost_latest_is_written_again_and_a_spoilt_list_is_named(tmp_path: Path) -> None:
    root, folder = toy.world(tmp_path / "lake"), tmp_path / "bundles"
    name = nightly.run(root, folder).bundle
    (folder / "LATEST").unlink()
    assert nightly.run(root, folder).verdict == "promote"
    assert bundle.latest(folder) == folder / name
    (folder / "CHAMPIONS").write_text("{")
    with pytest.raises(InputError, match="CHAMPIONS: is no list of champions"):
        nightly.run(root, folder)


def test_a_folder_of_thousands_of_files_is_listed_at_once(tmp_path: Path) -> None:
    """A chain's history worker writes a file a minute and partition."""
    rows = rows_to_table("outcomes", [toy.outcome(0, "shown")])
    one = tmp_path / "one.parquet"
    lake.write(one, rows)
    for number in range(4000):
        path = tmp_path / LakeFile("outcomes", "2026-09-21", number % 4, number * 10, number * 10 + 9).path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.hardlink_to(one)
    shutil.copy(one, tmp_path / LakeFile("outcomes", "2026-09-21", 0, 0, 89).path)
    found = lake.files(tmp_path, "outcomes")
    assert len(found) == 4001 - 3
    assert found[0].name == "outcomes-0-0-89.parquet"
