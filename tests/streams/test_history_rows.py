"""Records as the lake's rows: each once whatever is sent again, and poison never anything but a RecordError."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from models import ids
from models.errors import RecordError
from models.keys import Source
from models.pings import PingHeaders, Pings, encode, write_stream
from models.records import TABLES
from streams.history_rows import Rows
from streams.records import Record

T0 = 1_790_000_000_000
CORNER = (-1000.25, 7.5)
DAY_MS = 86_400_000
NAN = float("nan")


def record(topic: str, value: bytes, offset: int = 0, at_ms: int = 0, **headers: bytes) -> Record:
    return Record(topic, 2, offset, b"S1", value, headers, T0 + at_ms)


def pings(*rows: tuple[int, int], offset: int = 0, at_ms: int = 0, store: str = "S1") -> Record:
    """(phone, s after T0) each; the nth stands n metres right of the corner."""
    phones, seconds = ([row[i] for row in rows] for i in (0, 1))
    x = CORNER[0] + np.arange(len(rows), dtype=np.float64)
    sigma = np.array([NAN, *[1.5] * len(rows)][: len(rows)])
    ts = T0 + 1000 * np.array(seconds, np.int64)
    batch = Pings(np.array(phones, np.uint64), ts, x, x, sigma, np.zeros(len(rows), np.int16))
    headers = dict(PingHeaders(store, "g", 1, T0, CORNER).encode())
    return Record("pings", 2, offset, store.encode(), encode(batch, CORNER), headers, T0 + at_ms)


def receipt(name: str = "r1", **more: Any) -> bytes:
    lines = [
        {"sku": "tea", "quantity": 1, "amount": 2.5},
        {"sku": "tea", "quantity": 2, "amount": 5.0, "offer_id": "o"},
    ]
    return json.dumps({"store_id": "S1", "receipt_id": name, "ts": T0, "till": "t1", "lines": lines, **more}).encode()


def outcome(key: str = "k1", prompt: str = "p-0", **more: Any) -> bytes:
    row = {"outcome_id": key, "store_id": "S1", "prompt_id": prompt, "visit_id": None, "ts": T0, "kind": "shown"}
    return json.dumps({**row, **more}).encode()


def visit(**more: Any) -> pa.RecordBatch:
    time = datetime.fromtimestamp(T0 / 1000, UTC)
    row = {"store_id": "S1", "visit_id": "v", "device_id": "d", "first_ts": time, "last_ts": time, "pings": 3}
    return pa.RecordBatch.from_pylist([{**row, **more}], schema=TABLES["visits"].schema)


def test_pings_are_rows_with_their_place_in_kafka() -> None:
    rows = Rows("pings").of(pings((7, 0), (2**64 - 1, 1), (7, 2), offset=41))
    assert rows.schema == TABLES["pings"].schema
    got = rows.to_pylist()
    assert [row["device_id"] for row in got] == [ids.phone_text(phone) for phone in (7, 2**64 - 1, 7)]
    assert [(row["partition"], row["offset"], row["row"]) for row in got] == [(2, 41, i) for i in range(3)]
    assert [row["x_m"] - CORNER[0] for row in got] == [0, 1, 2]
    assert [row["sigma_m"] for row in got] == [None, 1.5, 1.5]
    assert [row["ts"].timestamp() * 1000 - T0 for row in got] == [0, 1000, 2000]
    assert {row["store_id"] for row in got} == {"S1"}


def test_the_first_of_a_pings_copies_stays_in_its_record_and_across_records_and_restarts() -> None:
    rows = Rows("pings")
    assert rows.of(pings((1, 0), (1, 0), (2, 0))).column("row").to_pylist() == [0, 2]
    again = Rows("pings", rows.save())
    got = again.of(pings((2, 0), (1, 1), (1, 0), offset=1, at_ms=599_999))
    assert got.column("row").to_pylist() == [1]
    assert again.of(pings((1, 0), offset=2, store="S2")).num_rows == 1
    assert again.of(pings(offset=3)).num_rows == 0


def test_a_receipt_is_a_row_a_line_once_in_seven_days() -> None:
    rows = Rows("purchases")
    first = rows.of(record("purchases", receipt())).to_pylist()
    assert [(row["sku"], row["quantity"], row["amount"], row["offer_id"]) for row in first] == [
        ("tea", 1, 2.5, None),
        ("tea", 2, 5.0, "o"),
    ]
    assert {(row["receipt_id"], row["till"], row["visit_id"]) for row in first} == {("r1", "t1", None)}
    assert rows.of(record("purchases", receipt(till="t2"), 1)).num_rows == 0
    again = Rows("purchases", rows.save())
    assert again.of(record("purchases", receipt(), 2, 7 * DAY_MS - 1)).num_rows == 0
    assert again.of(record("purchases", receipt(store_id="S2"), 3)).num_rows == 2
    assert again.of(record("purchases", receipt("r2"), 4, 7 * DAY_MS)).num_rows == 2
    later = Rows("purchases", again.save())
    assert later.of(record("purchases", receipt(), 5, 7 * DAY_MS)).num_rows == 2


def test_an_outcome_is_its_prompt_and_key() -> None:
    rows = Rows("outcomes")
    sent = [outcome(), outcome(), outcome(kind="accepted"), outcome("k2"), outcome(prompt="p-1")]
    assert [rows.of(record("outcomes", value, i)).num_rows for i, value in enumerate(sent)] == [1, 0, 0, 1, 1]
    assert Rows("outcomes", rows.save()).of(record("outcomes", outcome("k2"), 9)).num_rows == 0


def test_a_source_that_was_passed_is_left_out_also_after_a_restart() -> None:
    def sent(offset: int, row: int, at: int) -> Record:
        source = Source("pings", 2, offset, row).encode()
        return record("visits", write_stream(visit()), at, source=source)

    rows = Rows("visits")
    assert [rows.of(sent(*place)).num_rows for place in ((5, 0, 0), (5, 0, 1), (5, 1, 2), (4, 9, 3))] == [1, 0, 1, 0]
    again = Rows("visits", rows.save())
    assert [again.of(sent(*place)).num_rows for place in ((5, 1, 4), (6, 0, 5))] == [0, 1]
    assert again.of(record("visits", write_stream(visit()), 6)).num_rows == 1


def test_what_could_not_be_taken_leaves_no_trace() -> None:
    """A receipt that was mended and sent again under the same id is the first of its kind."""
    rows = Rows("purchases")
    with pytest.raises(RecordError):
        rows.of(record("purchases", receipt(ts="now")))
    assert rows.of(record("purchases", receipt(), 1)).num_rows == 2


POISON: Mapping[str, list[bytes]] = {
    "pings": [b"", b"{}", write_stream(visit())],
    "visits": [b"", b"ARROW1", write_stream(visit())[:-9], write_stream(visit(visit_id=None))],
    "purchases": [
        receipt(lines=None),
        receipt(lines=[]),
        receipt(lines=[1]),
        receipt(lines=[{"sku": "tea", "quantity": 2**31, "amount": 1}]),
        receipt(lines=[{"sku": "tea", "quantity": 1.5, "amount": 1}]),
        receipt(lines=[{"quantity": 1, "amount": 1}]),
        receipt(receipt_id=None),
        receipt(receipt_id=7),
        receipt(ts=-1),
        receipt(ts=10**17),
        receipt(ts=10**30),
    ],
    "outcomes": [
        b"",
        b"\xff",
        b'"\xff"',
        b"[]",
        b"null",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"1e999",
        outcome(ts="now"),
        outcome(kind=None),
        outcome(kind=["shown"]),
        outcome(prompt_id=None),
    ],
    "checkins": [b"{}", json.dumps({"store_id": "S1", "ts": T0, "device_id": "d", "customer_id": "c"}).encode()],
}


@pytest.mark.parametrize(("topic", "value"), [(topic, value) for topic, values in POISON.items() for value in values])
def test_poison_is_a_record_error_and_the_next_record_is_taken(topic: str, value: bytes) -> None:
    good = {
        "pings": pings((1, 0)),
        "visits": record("visits", write_stream(visit())),
        "purchases": record("purchases", receipt()),
        "outcomes": record("outcomes", outcome()),
        "checkins": record(
            "checkins",
            json.dumps({"store_id": "S1", "ts": T0, "device_id": "d", "customer_id": "c", "consent": True}).encode(),
        ),
    }[topic]
    rows = Rows(topic)
    with pytest.raises(RecordError) as refused:
        rows.of(good._replace(value=value))
    assert "\n" not in str(refused.value)[:40]
    assert rows.of(good._replace(offset=1)).num_rows >= 1


@pytest.mark.parametrize("source", [b"", b"pings/0/1", b"pings/a/1/0", b"\xff/0/0/0"])
def test_a_source_that_is_none_is_a_record_error(source: bytes) -> None:
    with pytest.raises(RecordError, match="header source"):
        Rows("visits").of(record("visits", write_stream(visit()), source=source))


def test_pings_without_their_headers_are_a_record_error() -> None:
    with pytest.raises(RecordError, match="headers of pings"):
        Rows("pings").of(pings((1, 0))._replace(headers={}))
