"""Pings of a lake come in Kafka's order whatever files they lie in; lines of JSON are read alike in either way."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from models.errors import InputError
from models.keys import LakeFile
from models.records import PINGS, TS
from streams.replay import ndjson
from streams.replay.arrivals import arrivals
from streams.replay.order import merged
from streams.replay.parquet import PingFile
from tests.streams.toy import T0

Place = tuple[int, int, int]


def write(path: Path, places: Sequence[Place], **more: Any) -> Path:
    """A file whose rows say in `device_id` where they stood in Kafka."""
    columns = {
        "store_id": pa.array(["S1"] * len(places)),
        "device_id": pa.array(["/".join(map(str, place)) for place in places]).dictionary_encode(),
        "ts": pa.array([T0] * len(places), pa.int64()).cast(TS),
        "x_m": np.zeros(len(places)),
        "y_m": np.zeros(len(places)),
        "floor": pa.array([0] * len(places), pa.int16()),
        "sigma_m": pa.nulls(len(places), pa.float64()),
        "partition": pa.array([place[0] for place in places], pa.int32()),
        "offset": pa.array([place[1] for place in places], pa.int64()),
        "row": pa.array([place[2] for place in places], pa.int32()),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns).cast(PINGS), path, **more)
    return path


def read(path: Path) -> list[Place]:
    found = [text for piece in arrivals(path).pieces for text in piece.pings.column("device_id").to_pylist()]
    places = [tuple(map(int, text.split("/"))) for text in found]
    return [(partition, offset, row) for partition, offset, row in places]


def in_lake(lake: Path, day: int, partition: int, first: int, last: int, places: Sequence[Place], **more: Any) -> None:
    write(lake / LakeFile("pings", f"2026-09-{day}", partition, first, last).path, places, **more)


def test_a_range_of_offsets_over_midnight_lies_in_a_file_of_either_date(tmp_path: Path) -> None:
    """Rows of the two dates alternate; compacted files have row groups, one of them was spanned before a kill."""
    every = [(partition, offset, row) for partition in (0, 1) for offset in range(60) for row in range(4)]
    rng = np.random.default_rng(1)
    early = {place: place[1] < 20 or (place[1] < 40 and rng.random() < 0.5) for place in every}
    for partition in (0, 1):
        ours = [place for place in every if place[0] == partition]
        in_lake(tmp_path, 21, partition, 0, 39, [place for place in ours if early[place]], row_group_size=7)
        in_lake(tmp_path, 21, partition, 4, 9, [place for place in ours if 4 <= place[1] <= 9])
        for first in range(20, 60, 5):
            part = [place for place in ours if first <= place[1] < first + 5 and not early[place]]
            in_lake(tmp_path, 22, partition, first, first + 4, part)
    for day, last in ((21, 59), (22, 60)):  # no rows, no row group
        empty = tmp_path / LakeFile("pings", f"2026-09-{day}", 1, last, last).path
        pq.ParquetWriter(empty, PINGS).close()
    assert read(tmp_path) == every
    assert read(tmp_path / "pings") == every
    first_day = read(tmp_path / "pings" / "date=2026-09-22")
    assert first_day == [place for place in every if not early[place]]


@pytest.mark.parametrize("statistics", [True, False])
def test_rows_in_disorder_are_put_in_order(tmp_path: Path, statistics: bool) -> None:
    places = [(partition, offset, row) for partition in (0, 1) for offset in range(20) for row in range(3)]
    mixed = [places[i] for i in np.random.default_rng(2).permutation(len(places)).tolist()]
    path = write(tmp_path / "p.parquet", mixed, row_group_size=11, write_statistics=statistics)
    assert read(path) == places
    write(tmp_path / "more" / "q.parquet", mixed[:50])
    write(tmp_path / "more" / "a.parquet", mixed[50:], row_group_size=9)
    assert read(tmp_path / "more") == places


def test_a_file_is_opened_when_its_turn_has_come(tmp_path: Path) -> None:
    opened: list[int] = []

    def opener(number: int) -> PingFile:
        opened.append(number)
        return PingFile(write(tmp_path / f"{number}.parquet", [(0, number, row) for row in range(3)]), 0)

    files = [((0, number), lambda number=number: opener(number)) for number in range(4)]
    seen = [(piece.pings.column("device_id").to_pylist()[0], len(opened)) for piece in merged(files)]
    assert seen == [("0/0/0", 1), ("0/1/0", 2), ("0/2/0", 3), ("0/3/0", 4)]


def test_the_row_of_a_fault_counts_from_the_beginning_of_the_file(tmp_path: Path) -> None:
    places = [(0, offset, 0) for offset in range(9)]
    table = pq.read_table(write(tmp_path / "p.parquet", places))
    wrong = table.set_column(6, "sigma_m", pa.array([1.0] * 7 + [-1.0] + [1.0]))
    pq.write_table(wrong, tmp_path / "p.parquet", row_group_size=4)
    with pytest.raises(InputError, match="row 7, field sigma_m"):
        read(tmp_path / "p.parquet")
    pq.write_table(wrong.append_column("row", table.column("row")), tmp_path / "p.parquet")
    with pytest.raises(InputError, match="field row: the column stands twice"):
        read(tmp_path / "p.parquet")


ROW = {"store_id": "S1", "device_id": "d", "ts": T0, "x_m": 1, "y_m": 2.5}
LINES = [
    ROW,
    {**ROW, "ts": "2026-09-21T10:00:00.5+02:00", "floor": 3, "sigma_m": 2},
    {**ROW, "ts": T0 + 0.75, "x_m": 12345678901234567890, "device_id": "é" * 128, "more": [1]},
]


def test_lines_are_read_at_once_as_they_are_one_by_one() -> None:
    block = [json.dumps(line).encode() + b"\r\n" for line in LINES]
    at_once, one_by_one = ndjson._at_once(block), ndjson._one_by_one(block, 0, Path("p"))
    assert at_once is not None
    assert at_once.equals(one_by_one)


@pytest.mark.parametrize(
    "line",
    [
        {**ROW, "floor": 1.0},
        {**ROW, "device_id": ""},
        {**ROW, "device_id": "d" * 129},
        {**ROW, "ts": -1},
        {**ROW, "ts": True},
        {**ROW, "sigma_m": 0},
        {**ROW, "store_id": "a/b"},
        {**ROW, "floor": 40_000},
        {**ROW, "x_m": "1"},
        {**ROW, "x_m": float("inf")},
        [ROW],
    ],
)
def test_lines_of_another_form_are_looked_at_one_by_one(line: Any) -> None:
    assert ndjson._at_once([json.dumps(line).encode()]) is None
    assert ndjson._at_once([json.dumps(ROW).encode() * 2]) is None
