"""The lake's files: which count, in which order, and which rows of a visit hold."""

from __future__ import annotations

import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import lake
from models.errors import InputError
from models.keys import LakeFile
from models.records import STOCK, VISITS, rows_to_table


def stock(*skus: str) -> pa.Table:
    return rows_to_table("stock", [{"store_id": "S1", "sku": sku, "on_hand": 1, "ts": 0} for sku in skus])


def put(root: Path, name: str, *skus: str) -> None:
    lake.write(root / "stock" / name, stock(*skus))


def skus(root: Path) -> list[str]:
    return list(lake.read(root, "stock").column("sku").to_pylist())


def test_files_are_read_by_date_partition_and_offset(tmp_path: Path) -> None:
    put(tmp_path, "date=2026-11-24/stock-1-5-9.parquet", "d")
    put(tmp_path, "date=2026-11-24/stock-0-100-199.parquet", "c")
    put(tmp_path, "date=2026-11-24/stock-0-20-99.parquet", "b")
    put(tmp_path, "date=2026-11-23/stock-3-7-7.parquet", "a")
    assert skus(tmp_path) == ["a", "b", "c", "d"]


def test_a_file_within_another_is_superseded(tmp_path: Path) -> None:
    put(tmp_path, "date=2026-11-24/stock-0-0-99.parquet", "merged")
    put(tmp_path, "date=2026-11-24/stock-0-0-49.parquet", "old")
    put(tmp_path, "date=2026-11-24/stock-0-50-99.parquet", "old")
    put(tmp_path, "date=2026-11-24/stock-1-50-99.parquet", "other partition")
    put(tmp_path, "date=2026-11-25/stock-0-0-49.parquet", "other date")
    assert skus(tmp_path) == ["merged", "other partition", "other date"]


def test_of_some_dates_and_of_what_bears_none(tmp_path: Path) -> None:
    for name in (
        "date=2026-11-23/stock-0-0-9",
        "date=2026-11-24/stock-0-10-19",
        "date=2026-11-25/stock-0-20-29",
        "other",
    ):
        put(tmp_path, f"{name}.parquet", name)
    found = [path.stem for path in lake.files(tmp_path, "stock", {"2026-11-24", "2026-11-25"})]
    assert found == ["other", "stock-0-10-19", "stock-0-20-29"]


def test_pieces_have_the_columns_of_the_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lake, "PIECE_ROWS", 2)
    old = pa.table({"store_id": ["S1"] * 5, "visit_id": list("abcde")})
    pq.write_table(old, tmp_path / "visits.parquet")
    pieces = list(lake.pieces(tmp_path / "visits.parquet", "visits", ["visit_id", "kind"]))
    assert [piece.column("visit_id").to_pylist() for piece in pieces] == [["a", "b"], ["c", "d"], ["e"]]
    assert pieces[0].column("kind").to_pylist() == [None, None]
    with pytest.raises(InputError, match="first_ts"):
        list(lake.pieces(tmp_path / "visits.parquet", "visits", ["first_ts"]))


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 6), st.integers(0, 6)), unique=True))
def test_superseded_is_whatever_another_spans(ranges: list[tuple[int, int, int]]) -> None:
    names = [LakeFile("stock", "2026-11-24", partition, first, first + more) for partition, first, more in ranges]
    names += [one._replace(table="offers", last=one.last + 1) for one in names]
    assert lake.superseded(names) == {
        one
        for one in names
        for other in names
        if other != one and other[:3] == one[:3] and other.first <= one.first and one.last <= other.last
    }


def test_a_days_many_small_files_are_read_at_once() -> None:
    names = [LakeFile("pings", "2026-11-24", partition, at, at) for partition in range(4) for at in range(5000)]
    began = time.monotonic()
    assert not lake.superseded(names)
    assert time.monotonic() - began < 5


def test_hidden_files_and_folders_are_none_and_any_depth_is_fine(tmp_path: Path) -> None:
    for name in (".half.parquet", "_temporary/0.parquet", ".cache/x.parquet"):
        put(tmp_path, name, "hidden")
    put(tmp_path, "by/anyone/part-0.parquet", "seen")
    assert skus(tmp_path) == ["seen"]


def test_a_single_file_is_the_table(tmp_path: Path) -> None:
    lake.write(tmp_path / "stock.parquet", stock("alone"))
    put(tmp_path, "date=2026-11-24/stock-0-0-1.parquet", "not read")
    assert skus(tmp_path) == ["alone"]
    assert not lake.exists(tmp_path, "offers")
    assert len(lake.read(tmp_path, "offers")) == 0


def test_a_column_that_may_be_null_may_be_missing(tmp_path: Path) -> None:
    row = {"store_id": "S1", "visit_id": "v", "device_id": "d", "first_ts": 0, "last_ts": 1}
    pq.write_table(rows_to_table("visits", [row]).select(list(row)), tmp_path / "visits.parquet")
    read = lake.read(tmp_path, "visits")
    assert read.schema == VISITS
    assert read.to_pylist()[0]["pings"] is None


def test_a_column_that_is_missing_or_of_another_type_is_named(tmp_path: Path) -> None:
    pq.write_table(stock("a").drop_columns(["sku"]), tmp_path / "stock.parquet")
    with pytest.raises(InputError, match=r"stock\.parquet, field sku: the column is missing"):
        lake.read(tmp_path, "stock")
    pq.write_table(
        pa.table({"store_id": ["S1"], "sku": ["a"], "on_hand": ["x"], "ts": [0]}), tmp_path / "stock.parquet"
    )
    with pytest.raises(InputError, match=r"stock\.parquet, field on_hand: is no int32"):
        lake.read(tmp_path, "stock")
    (tmp_path / "stock.parquet").write_bytes(b"PAR1 half")
    with pytest.raises(InputError, match=r"stock\.parquet: cannot be read as stock"):
        lake.read(tmp_path, "stock")


def test_no_half_file_is_left_where_writing_fails(tmp_path: Path) -> None:
    (tmp_path / "stock.parquet").mkdir()
    with pytest.raises(OSError, match=r".+"):
        lake.write(tmp_path / "stock.parquet", stock("a"))
    assert [path.name for path in tmp_path.iterdir()] == ["stock.parquet"]


def test_the_schema_stock_is_what_is_read(tmp_path: Path) -> None:
    put(tmp_path, "part.parquet", "a")
    assert lake.read(tmp_path, "stock").schema == STOCK
