"""Records that nothing of ours would have written: by topic, what is wrong with it, headers and value."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from models.pings import PingHeaders, Pings, encode, write_stream
from models.records import MOMENTS, VISITS
from tests.contract.plan import BOOTS, CORNER

Headers = list[tuple[str, bytes]]


class Poison(NamedTuple):
    """One record."""

    topic: str
    value: bytes | None
    headers: Headers


def of_store(store: str) -> Iterator[Poison]:
    """Of every topic."""
    yield from _pings(store)
    yield from _json(store)
    for topic in ("moments", "dwells", "visits"):
        yield Poison(topic, b"\x00garbage", [])
        yield Poison(topic, None, [])
        yield Poison(topic, write_stream(pa.record_batch({"x": [1]})), [])
    yield Poison("moments", write_stream(_no_rows(MOMENTS)), [("source", b"nonsense")])
    yield Poison("moments", write_stream(_one_row(MOMENTS)), [("clock", b"0")])
    yield Poison("moments", write_stream(_one_row(MOMENTS, **{**_moment(store), "zones": ["a"]})), [("clock", b"0")])
    yield Poison("moments", write_stream(_one_row(MOMENTS, **_moment(store))), [("clock", b"noon")])
    yield Poison("visits", write_stream(_one_row(VISITS)), [])
    span = {"first_ts": 0, "last_ts": 2**62}
    yield Poison("visits", write_stream(_one_row(VISITS, store_id=store, visit_id="v", device_id="d", **span)), [])
    yield Poison("visits", write_stream(_no_rows(VISITS)), [("source", b"nonsense")])


def _pings(store: str) -> Iterator[Poison]:
    good = PingHeaders(store, "test", 0, 0, CORNER).encode()
    yield Poison("pings", b"\xff\xfe\x00 not Arrow", [])
    yield Poison("pings", None, good)
    yield Poison("pings", b"\xff\xfe\x00 not Arrow", good)
    yield Poison("pings", _batch(0)[:-20], good)
    yield Poison("pings", _batch(2**62), good)
    yield Poison("pings", _batch(-(2**62)), good)
    yield Poison("pings", _batch(0, float("nan")), good)
    yield Poison("pings", _batch(0), [(name, b"9" * 30 if name == "clock" else value) for name, value in good])
    yield Poison("pings", _batch(0), [(name, value) for name, value in good if name != "corner"])
    yield Poison("pings", _batch(0), [(name, b"\xff" if name == "store" else value) for name, value in good])
    yield Poison("pings", _batch(0), [(name, b"nan,nan" if name == "corner" else value) for name, value in good])


def _json(store: str) -> Iterator[Poison]:
    for topic in ("checkins", "purchases", "prompts", "outcomes", "catalog"):
        yield Poison(topic, b"{", [])
        yield Poison(topic, b"[1, 2]", [])
        yield Poison(topic, b"\xff\xff", [])
        yield _object(topic)
        yield _object(topic, store_id=store)
        yield Poison(topic, b'{"store_id": "' + store.encode() + b'"}', [("source", b"moments/x/0/0")])
    yield _object("checkins", store_id=store, ts=0, device_id=7, customer_id="c", consent=True)
    yield _object("checkins", store_id=store, ts=2**62, device_id="d", customer_id="c", consent=True)
    line = {"sku": "P1", "quantity": 1, "amount": 1.0}
    receipt = {"store_id": store, "receipt_id": "poison", "ts": 0, "lines": [line]}
    yield _object("purchases", **{**receipt, "receipt_id": "p1", "lines": [7]})
    yield _object("purchases", **{**receipt, "receipt_id": "p2", "lines": [{**line, "quantity": 2**40}]})
    yield _object("purchases", **{**receipt, "receipt_id": "p3", "ts": "noon"})
    yield _object("purchases", **{**receipt, "receipt_id": "p4", "ts": 2**62})
    outcome = {"store_id": store, "outcome_id": "o", "prompt_id": "p", "ts": 0, "kind": "shown"}
    yield _object("outcomes", **{**outcome, "ts": None})
    yield _object("outcomes", **{**outcome, "outcome_id": "o2", "ts": -(2**62)})
    shown = {"store_id": store, "prompt_id": "p", "shown": True, "sku": "P1"}
    yield Poison("prompts", json.dumps(shown).encode(), [("source", b"moments/0/0/0")])
    yield Poison("prompts", json.dumps({**shown, "ts": "noon"}).encode(), [("source", b"moments/0/0/1")])
    yield _object("catalog", table="bogus", key="bogus/1", row={})
    yield _object("catalog", table="products", key="products/1", row={"sku": 1})


def _object(topic: str, **row: Any) -> Poison:
    return Poison(topic, json.dumps(row).encode(), [])


def _batch(ts: int, x: float = BOOTS[0]) -> bytes:
    y, one = BOOTS[1], np.ones(1)
    return encode(Pings(np.ones(1, np.uint64), np.array([ts]), x * one, y * one, one, np.zeros(1, np.int16)), CORNER)


def _moment(store: str) -> dict[str, Any]:
    texts = dict.fromkeys(("moment_id", "visit_id", "device_id", "zone_id"), "poison")
    lists: dict[str, list[Any]] = {"zones": [], "zone_live_s": [], "features": []}
    return {"store_id": store, **texts, "kind": "display", "holdout": False, "ts": 0, "live_s": 1.0, **lists}


def _one_row(schema: pa.Schema, **values: Any) -> pa.RecordBatch:
    """Nulls where nothing is given."""
    arrays = [pa.array([values.get(field.name)], field.type) for field in schema]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _no_rows(schema: pa.Schema) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.array([], field.type) for field in schema], schema=schema)
