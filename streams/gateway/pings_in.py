"""Bodies of `POST /v1/pings`: JSON, NDJSON and Arrow IPC, one file a form, all to the same rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from models.web.bodies import JSON, decode_json, parse_json
from models.web.problems import Problem
from streams.gateway.rows import LONGEST_DEVICE_ID

NDJSON, ARROW = "application/x-ndjson", "application/vnd.apache.arrow.stream"
MEDIA = {
    JSON: JSON,
    **dict.fromkeys((NDJSON, "application/ndjson", "application/jsonl"), NDJSON),
    **dict.fromkeys((ARROW, "application/vnd.apache.arrow.file"), ARROW),
}
FILE = b"ARROW1"
"""What the file form of Arrow IPC begins with; a stream begins with four bytes 0xff."""
MOST_ROWS = 10_000
MOST_TEXT = MOST_ROWS * LONGEST_DEVICE_ID * 4
"""Bytes of one column of text in Arrow, written out: as many as its rows may rightly have."""
_TEXTS = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
_NUMBERS = (pa.types.is_integer, pa.types.is_floating, pa.types.is_null)
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
        with pa.ipc.open_file(body) if body.startswith(FILE) else pa.ipc.open_stream(body) as reader:
            batches = []
            for batch in _batches(reader):
                batch.validate(full=True)
                batches.append(batch)
                if sum(len(one) for one in batches) > MOST_ROWS:
                    raise Problem(413, f"more than {MOST_ROWS} pings", "pings")
            names = [name for name in _NAMES if name in reader.schema.names]
    except (pa.ArrowException, OSError, ValueError, TypeError, MemoryError) as error:
        raise Problem(400, f"the body is not Arrow IPC: {error}") from None
    for name in ("store_id", "device_id", "ts", "x_m", "y_m"):
        if name not in names:
            raise Problem(422, f"the column {name} is missing", name)
    for name in names:
        if reader.schema.names.count(name) > 1:
            raise Problem(422, f"the column {name} is there twice", name)
    rows = [row for batch in batches for row in _rows(batch, names)]
    return Sent(_stores(rows), rows)


def _batches(reader: Any) -> Iterator[pa.RecordBatch]:
    """Of a stream or of a file, which has no iterator."""
    if isinstance(reader, pa.RecordBatchFileReader):
        return (reader.get_batch(number) for number in range(reader.num_record_batches))
    return iter(reader)


def _rows(batch: pa.RecordBatch, names: Sequence[str]) -> Iterable[dict[str, Any]]:
    columns = [_plain(batch.column(name), name) for name in names]
    return list(pa.RecordBatch.from_arrays(columns, names=names).to_pylist())


def _plain(column: pa.Array, name: str) -> pa.Array:
    """Text and numbers; anything else becomes `false`, which the checks of any field refuse row by row."""
    if pa.types.is_timestamp(column.type) and name == "ts":
        return column.cast(pa.timestamp("ms"), safe=False).cast(pa.int64())
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if any(is_text(kind) for is_text in _TEXTS):
        # a short body can name one long text ten thousand times
        if _written_out(column) > MOST_TEXT:
            raise Problem(413, f"more than {MOST_TEXT} bytes of {name}", name)
        return column
    return column if any(is_number(column.type) for is_number in _NUMBERS) else pa.array([False] * len(column))


def _written_out(column: pa.Array) -> int:
    """Bytes of all texts, those that share their storage counted each time."""
    if pa.types.is_dictionary(column.type):
        lengths = _lengths(column.dictionary).take(column.indices)
    else:
        lengths = _lengths(column)
    return int(pc.sum(lengths.cast(pa.int64())).as_py() or 0)


def _lengths(texts: pa.Array) -> pa.Array:
    if pa.types.is_string_view(texts.type):
        views = np.frombuffer(texts.buffers()[1], np.int32)
        # a view begins with its length; what stands under a null is anybody's
        nulls = texts.is_null().to_numpy(zero_copy_only=False)
        return pa.array(views[4 * texts.offset :: 4][: len(texts)], mask=nulls)
    return pc.binary_length(texts)


def _stores(rows: Iterable[Any]) -> frozenset[object]:
    """The stores that rows name as text; a row that names none is refused alone."""
    named = (row.get("store_id") for row in rows if isinstance(row, dict))
    return frozenset(store for store in named if isinstance(store, str))
