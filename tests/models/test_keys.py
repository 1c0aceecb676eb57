"""Every name that processes share stands beside its inverse."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kafka.partitioner.default import murmur2 as kafkas_murmur2

from models.keys import STORE_ID, Board, LakeFile, Source, StreamId, murmur2, partition_of

NUMBERS = st.integers(0, 2**62)
TABLES = st.sampled_from(["pings", "moments", "purchases"])


@given(st.binary(max_size=40))
def test_murmur2_is_kafkas(data: bytes) -> None:
    assert murmur2(data) & 0xFFFFFFFF == kafkas_murmur2(data) & 0xFFFFFFFF


def test_a_store_stays_in_its_partition() -> None:
    assert [partition_of(store, 4) for store in ("S1", "S2", "S3", "london-12")] == [3, 0, 1, 1]
    assert {partition_of(f"S{i}", 4) for i in range(50)} == {0, 1, 2, 3}


@given(st.from_regex(STORE_ID, fullmatch=True))
def test_a_stores_keys_lie_in_one_slot_and_name_it(store: str) -> None:
    keys = [Board.visits(store), Board.recommendations(store), Board.prompts(store), Board.complete(store)]
    assert len(set(keys)) == 4
    assert {key[: key.index("}") + 1] for key in keys} == {f"{{{store}}}"}
    assert {Board.store_of(key) for key in keys} == {store}


@given(NUMBERS, NUMBERS)
def test_a_stream_id_and_its_inverse(offset: int, row: int) -> None:
    assert StreamId.parse(str(StreamId(offset, row))) == (offset, row)


def test_no_stream_id_is_zero() -> None:
    assert str(StreamId(0, 0)) == "1-0"  # Redis refuses 0-0


@pytest.mark.parametrize("text", ["", "1", "1-2-3", "a-b", "$"])
def test_what_is_no_stream_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        StreamId.parse(text)


@given(TABLES, st.integers(0, 999), NUMBERS, NUMBERS)
def test_a_source_and_its_inverse(topic: str, partition: int, offset: int, row: int) -> None:
    source = Source(topic, partition, offset, row)
    assert Source.decode(source.encode()) == source


@pytest.mark.parametrize("header", [b"", b"pings/0/1", b"pings/0/1/2/3", b"pings/a/1/2", b"\xff/0/0/0"])
def test_what_is_no_source_is_refused(header: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Source.decode(header)


@given(TABLES, st.dates().map(str), st.integers(0, 999), NUMBERS, NUMBERS)
def test_a_lake_file_and_its_inverse(table: str, date: str, partition: int, first: int, last: int) -> None:
    file = LakeFile(table, date, partition, first, last)
    assert LakeFile.parse(file.path) == file


@pytest.mark.parametrize(
    "path",
    [
        "pings/date=2026-11-24/moments-0-1-2.parquet",
        "pings/date=2026-11-24/.pings-0-1-2.parquet.77",
        "pings/pings-0-1-2.parquet",
        "pings/date=2026-11-24/pings-0-1.parquet",
        "products.parquet",
    ],
)
def test_other_files_are_none_of_the_lakes(path: str) -> None:
    assert LakeFile.parse(path) is None
