"""Compaction loses nothing, doubles nothing, and leaves one file a date and partition."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from models import lake
from models.keys import LakeFile
from models.records import rows_to_table
from tests.training import toy
from tests.training.test_attribution import visit
from training import compaction

DATES = ("2026-09-21", "2026-09-22")


def outcomes(root: Path, date: str, partition: int, first: int, last: int) -> list[str]:
    """A file of one row an offset; the ids say where each row was."""
    ids = [f"{date}/{partition}/{offset}" for offset in range(first, last + 1)]
    rows = [toy.outcome(0, "shown", outcome_id=name) for name in ids]
    lake.write(root / LakeFile("outcomes", date, partition, first, last).path, rows_to_table("outcomes", rows))
    return ids


def stored(root: Path) -> list[str]:
    return [str(name) for name in lake.read(root, "outcomes").column("outcome_id").to_pylist()]


def paths(root: Path, table: str = "outcomes") -> list[str]:
    return sorted(path.name for path in (root / table).rglob("*.parquet"))


@settings(max_examples=15, deadline=None)
@given(sizes=st.lists(st.integers(1, 4), min_size=1, max_size=5), gap=st.integers(0, 3))
def test_rows_stay_in_order_and_files_become_one(tmp_path_factory: Any, sizes: list[int], gap: int) -> None:
    root, wanted = tmp_path_factory.mktemp("lake"), []
    for date in DATES:
        for partition in (0, 10):
            first = 7
            for size in sizes:
                wanted += outcomes(root, date, partition, first, first + size - 1)
                first += size + gap
    gone = compaction.compact(root)
    assert stored(root) == wanted
    assert len(paths(root)) == 4
    assert gone == (4 * len(sizes) if len(sizes) > 1 else 0)
    last = first - gap - 1
    assert set(paths(root)) == {f"outcomes-{partition}-7-{last}.parquet" for partition in (0, 10)}
    assert compaction.compact(root) == 0
    assert stored(root) == wanted


def test_what_a_kill_leaves_is_tidied(tmp_path: Path) -> None:
    wanted = outcomes(tmp_path, DATES[0], 0, 0, 4) + outcomes(tmp_path, DATES[0], 0, 5, 9)
    shutil.copytree(tmp_path, tmp_path / "before")
    compaction.compact(tmp_path)
    shutil.copytree(tmp_path / "before" / "outcomes", tmp_path / "outcomes", dirs_exist_ok=True)
    unfinished = tmp_path / "outcomes" / f"date={DATES[0]}" / f".outcomes-0-0-9.parquet{compaction.UNFINISHED}"
    unfinished.write_bytes(b"PAR1")
    assert stored(tmp_path) == wanted
    assert compaction.compact(tmp_path) == 2
    assert stored(tmp_path) == wanted
    assert paths(tmp_path) == ["outcomes-0-0-9.parquet"]
    assert not unfinished.exists()


def test_rows_that_arrive_for_a_compacted_date_join_it(tmp_path: Path) -> None:
    wanted = outcomes(tmp_path, DATES[0], 0, 0, 1) + outcomes(tmp_path, DATES[0], 0, 2, 3)
    compaction.compact(tmp_path)
    wanted += outcomes(tmp_path, DATES[0], 0, 9, 9)
    compaction.compact(tmp_path)
    assert stored(tmp_path) == wanted
    assert paths(tmp_path) == ["outcomes-0-0-9.parquet"]


def test_single_files_and_files_of_others_are_left_alone(tmp_path: Path) -> None:
    toy.write(tmp_path, products=toy.products(), purchases=toy.purchases(4))
    other = tmp_path / "outcomes" / "from elsewhere.parquet"
    lake.write(other, rows_to_table("outcomes", [toy.outcome(0, "shown")]))
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.parquet")}
    assert compaction.compact(tmp_path) == 0
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.parquet")} == before


def test_of_a_visit_only_the_newest_rows_remain(tmp_path: Path) -> None:
    for first, rows in enumerate(([visit("a", 0, 10, pings=5), visit("b", 0, 10)], [visit("a", 0, 20, pings=8)])):
        lake.write(tmp_path / LakeFile("visits", DATES[0], 0, first, first).path, rows_to_table("visits", rows))
    compaction.compact(tmp_path)
    table = lake.read(tmp_path, "visits")
    assert sorted(zip(table.column("visit_id").to_pylist(), table.column("pings").to_pylist(), strict=True)) == [
        ("a", 8),
        ("b", 9),
    ]


def test_pings_keep_their_types_and_values(tmp_path: Path) -> None:
    rows = [
        {
            "store_id": "S0",
            "device_id": f"{i:016x}",
            "ts": i,
            "x_m": 0.5,
            "y_m": 1 / 3,
            "floor": 0,
            "sigma_m": None,
            "partition": 0,
            "offset": i,
            "row": 0,
        }
        for i in range(6)
    ]
    for i in (0, 3):
        lake.write(tmp_path / LakeFile("pings", DATES[0], 0, i, i + 2).path, rows_to_table("pings", rows[i : i + 3]))
    before: pa.Table = lake.read(tmp_path, "pings")
    compaction.compact(tmp_path)
    assert lake.read(tmp_path, "pings").to_pylist() == before.to_pylist()
    assert lake.read(tmp_path, "pings").schema == before.schema


def test_customers_are_written_into_visits_once(tmp_path: Path) -> None:
    said = {"store_id": "S0", "device_id": "phone a", "customer_id": "anna", "consent": True, "ts": toy.START_MS}
    toy.write(tmp_path, visits=[visit("a", 0, 10), visit("b", 0, 10)], checkins=[said])
    assert compaction.name_customers(tmp_path) == 1
    assert lake.read(tmp_path, "visits").column("customer_id").to_pylist() == ["anna", None]
    assert compaction.name_customers(tmp_path) == 0
