"""Bodies of pings in their three forms: the same rows, and nothing that a short body could make large."""

from __future__ import annotations

import json
import struct
from typing import Any

import pyarrow as pa
import pytest

from models.web.bodies import JSON
from models.web.problems import Problem
from streams.gateway.pings_in import ARROW, MOST_ROWS, MOST_TEXT, NDJSON, decode
from streams.gateway.rows import read

ROWS = [
    {"store_id": "S1", "device_id": "a", "ts": 1_790_000_000_000, "x_m": 1.0, "y_m": 2.0},
    {"store_id": "S1", "device_id": "b", "ts": 1_790_000_002_000, "x_m": 3.5, "y_m": 4.0},
]
LARGE = pa.array(["x" * 1_000_000])
MANY = pa.array([0] * (MOST_TEXT // 1_000_000 + 1), pa.int32())


def shared_views(rows: int) -> pa.Array:
    """The same text in each row, stored once: length, its first four bytes, buffer, offset."""
    view = struct.pack("<i4sii", 1_000_000, b"xxxx", 0, 0)
    buffers = [None, pa.py_buffer(view * rows), pa.py_buffer(b"x" * 1_000_000)]
    return pa.Array.from_buffers(pa.string_view(), rows, buffers)


def arrow(rows: int = 2, names: tuple[str, ...] = (), **columns: pa.Array) -> bytes:
    """ROWS, as often as it needs, with these columns instead; `names` renames them all."""
    listed = [ROWS[i % 2] for i in range(rows)]
    given = {name: pa.array([row[name] for row in listed]) for name in ROWS[0]} | columns
    batch = pa.RecordBatch.from_arrays(list(given.values()), names=list(names or given))
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return bytes(sink.getvalue().to_pybytes())


def test_the_three_forms_are_the_same_rows() -> None:
    lines = b"\n\n".join(json.dumps(row).encode() for row in ROWS)
    for body, media in ((lines, NDJSON), (arrow(), ARROW)):
        sent = decode(body, media)
        assert (sent.rows, sent.stores) == (ROWS, {"S1"})
    whole = decode(json.dumps({"store_id": "S1", "pings": ROWS}).encode(), JSON)
    assert (whole.rows, whole.stores) == (ROWS, {"S1"})


def test_the_file_form_of_arrow_is_the_same_rows_under_either_name() -> None:
    table = pa.Table.from_batches(pa.ipc.open_stream(arrow(5)))
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=2)
    for media in (ARROW, "application/vnd.apache.arrow.file"):
        assert decode(sink.getvalue().to_pybytes(), media).rows == table.to_pylist()


@pytest.mark.parametrize(
    "columns",
    [
        {"ts": pa.array([row["ts"] for row in ROWS]).cast(pa.timestamp("ms", "UTC"))},
        {"ts": pa.array([row["ts"] * 10**6 + 999_999 for row in ROWS]).cast(pa.timestamp("ns", "Europe/London"))},
        {"ts": pa.array([row["ts"] // 1000 for row in ROWS]).cast(pa.timestamp("s"))},
        {"device_id": pa.array(["a", "b"]).dictionary_encode(), "store_id": pa.array(["S1"] * 2).dictionary_encode()},
        {"device_id": pa.array(["a", "b"], pa.large_string()), "x_m": pa.array([1.0, 3.5], pa.float32())},
        {"device_id": pa.array(["a", "b"]).cast(pa.string_view())},
        {"sigma_m": pa.nulls(2, pa.float64()), "floor": pa.array([0.0, None])},
    ],
    ids=lambda columns: "-".join(f"{name}:{column.type}" for name, column in columns.items()),
)
def test_arrow_of_any_writer_is_the_same_pings(columns: dict[str, pa.Array]) -> None:
    assert str(read(decode(arrow(**columns), ARROW).rows)) == str(read(ROWS))


@pytest.mark.parametrize(
    ("field", "column"),
    [
        ("device_id", pa.array([2**62] * 2).cast(pa.timestamp("s"))),
        ("device_id", pa.array([b"a", b"\xff"])),
        ("device_id", pa.array([["a"], ["b"]])),
        ("x_m", pa.array([2**31 - 1] * 2, pa.int32()).cast(pa.date32())),
        ("y_m", pa.array([2**62] * 2).cast(pa.duration("s"))),
        ("ts", pa.array([1] * 2).cast(pa.time64("ns"))),
        ("sigma_m", pa.array([1] * 2).cast(pa.decimal128(38, 0))),
        ("floor", pa.array([True, False])),
        ("sigma_m", pa.array([float("nan"), float("inf")])),
    ],
    ids=str,
)
def test_a_column_of_another_kind_refuses_its_rows_by_field(field: str, column: pa.Array) -> None:
    good, refused = read(decode(arrow(**{field: column}), ARROW).rows)
    assert (good, [(one.row, one.field) for one in refused]) == ([], [(0, field), (1, field)])


@pytest.mark.parametrize(
    ("body", "media", "status", "field"),
    [
        (b"{", JSON, 400, None),
        (b"[]", JSON, 422, None),
        (b'{"store_id":1,"pings":[]}', JSON, 422, "store_id"),
        (b'{"store_id":"S1","pings":{}}', JSON, 422, "pings"),
        (b"\n".join([b"{}"] * (MOST_ROWS + 1)), NDJSON, 413, "pings"),
        (b"", ARROW, 400, None),
        (arrow()[:-100], ARROW, 400, None),
        (arrow(MOST_ROWS + 1), ARROW, 413, "pings"),
        (arrow(names=("store_id", "device_id", "ts", "x_m", "z_m")), ARROW, 422, "y_m"),
        (arrow(names=("store_id", "device_id", "ts", "x_m", "x_m")), ARROW, 422, "y_m"),
        (arrow(names=("store_id", "device_id", "ts", "x_m", "y_m", "ts"), more=pa.array([1, 2])), ARROW, 422, "ts"),
        (arrow(len(MANY), device_id=pa.DictionaryArray.from_arrays(MANY, LARGE)), ARROW, 413, "device_id"),
        (arrow(len(MANY), store_id=shared_views(len(MANY))), ARROW, 413, "store_id"),
    ],
    ids=lambda value: None if not isinstance(value, bytes) else str(len(value)),
)
def test_a_body_that_cannot_be_taken(body: bytes, media: str, status: int, field: str | None) -> None:
    with pytest.raises(Problem) as problem:
        decode(body, media)
    assert (problem.value.status, problem.value.field) == (status, field)


def test_a_line_that_is_no_json_is_refused_alone() -> None:
    values: list[Any] = [b"{", b"\xff", b"[" * 100_000, b"7"]
    sent = decode(b"\n".join([json.dumps(ROWS[0]).encode(), *values]), NDJSON)
    good, refused = read(sent.rows)
    assert (len(good), [one.row for one in refused]) == (1, [1, 2, 3, 4])
