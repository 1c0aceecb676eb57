"""Bodies of `POST /v1/pings`: JSON, NDJSON and Arrow IPC, one file a form, all to the same rows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec
import pyarrow as pa

from models.web.bodies import JSON, decode_json, parse_json
from models.web.problems import Problem

NDJSON, ARROW = "application/x-ndjson", "application/vnd.apache.arrow.stream"
MEDIA = {JSON: JSON, NDJSON: NDJSON, "application/ndjson": NDJSON, "application/jsonl": NDJSON, ARROW: ARROW}
MOST_ROWS = 10_000
_NAMES = ("store_id", "device_id", "ts", "x_m", "y_m", "floor", "sigma_m")


class Sent(NamedTuple):
    """What a sender handed in: the stores that it names, and rows that are still to be checked."""

    stores: frozenset[object]
    rows: list[Any]


def decode(body: bytes, media: str) -> Sent:
    """Raises Problem 400 for what is not the media type, 413 for too many rows, 422 for a wrong envelope."""
    readers = {JSON: _from_json, NDJSON: _from_ndjson, ARROW: _from_arrow}
    sent = readers[MEDIA[media]](body)
    if len(sent.rows) > MOST_ROWS:
        raise Problem(413, f"{len(sent.rows)} pings are more than {MOST_ROWS}", "pings")
    return sent


def envelope(given: Any) -> Mapping[str, Any]:
    """An object with a store_id. Raises Problem 422."""
    if not isinstance(given, dict):
        raise Problem(422, "the body is not an object")
    if not isinstance(given.get("store_id"), str):
        raise Problem(422, "store_id is missing or no string", "store_id")
    return given


def _from_json(body: bytes) -> Sent:
    given = envelope(parse_json(body))
    rows = given.get("pings")
    if not isinstance(rows, list):
        raise Problem(422, "pings is missing or no list", "pings")
    return Sent(frozenset((given["store_id"],)), rows)


def _from_ndjson(body: bytes) -> Sent:
    rows = [_line(line) for line in body.split(b"\n") if line.strip()]
    return Sent(_stores(rows), rows)


def _line(line: bytes) -> Any:
    """A line that is not JSON is a row that is no object: it is refused alone."""
    try:
        return decode_json(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _from_arrow(body: bytes) -> Sent:
    try:
        with pa.ipc.open_stream(body) as reader:
            batches = []
            for batch in reader:
                batch.validate(full=True)
                batches.append(batch)
                if sum(len(one) for one in batches) > MOST_ROWS:
                    raise Problem(413, f"more than {MOST_ROWS} pings", "pings")
            names = [name for name in _NAMES if name in reader.schema.names]
    except (pa.ArrowException, OSError, ValueError, TypeError, MemoryError) as error:
        raise Problem(400, f"the body is not an Arrow IPC stream: {error}") from None
    for name in ("store_id", "device_id", "ts", "x_m", "y_m"):
        if name not in names:
            raise Problem(422, f"the column {name} is missing", name)
    rows = [row for batch in batches for row in _rows(batch.select(names))]
    return Sent(_stores(rows), rows)


def _rows(batch: pa.RecordBatch) -> Iterable[dict[str, Any]]:
    at = batch.schema.get_field_index("ts")
    if pa.types.is_timestamp(batch.schema.field(at).type):
        ts = batch.column(at).cast(pa.timestamp("ms"), safe=False).cast(pa.int64())
        batch = batch.set_column(at, "ts", ts)
    return (_without_nan_sigma(row) for row in batch.to_pylist())


def _without_nan_sigma(row: dict[str, Any]) -> dict[str, Any]:
    sigma = row.get("sigma_m")
    if isinstance(sigma, float) and math.isnan(sigma):
        row["sigma_m"] = None  # how data frames say that a number is unknown
    return row


def _stores(rows: Iterable[Any]) -> frozenset[object]:
    """The stores that rows name as text; a row that names none is refused alone."""
    named = (row.get("store_id") for row in rows if isinstance(row, dict))
    return frozenset(store for store in named if isinstance(store, str))
