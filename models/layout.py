"""Where the columns of a batch of pings lie in its bytes, remembered: batches of one size are laid out alike.

An Arrow stream is a schema, what the batch says of itself, its body, an end. Where all but the body is, to the byte,
what was checked before, the columns lie where they lay then; the body is numbers, and any bits are a number.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from models.records import PING_BATCH

END_OF_STREAM = b"\xff\xff\xff\xff\0\0\0\0"
_SCHEMA = PING_BATCH.serialize().to_pybytes()
_MARK = 8
"""Bytes before a message: four of 0xff, and how long what it says of itself is."""
MOST = 4096
_known: dict[tuple[bytes, int], list[tuple[np.dtype[Any], int, int]]] = {}


def columns(value: bytes) -> list[Any] | None:
    """The columns of a stream that is laid out as one before; None of any other."""
    places = _known.get((value[: _body_at(value)], len(value)))
    if places is None or not value.endswith(END_OF_STREAM):
        return None
    return [np.frombuffer(value, kind, rows, at) for kind, rows, at in places]


def remember(value: bytes, batch: pa.RecordBatch) -> None:
    """`batch` is what Arrow has read of the stream, and right. With nulls a body is more than numbers."""
    body_at = _body_at(value)
    if not len(batch) or not value.startswith(_SCHEMA) or any(one.buffers()[0] for one in batch.columns):
        return
    body = pa.ipc.read_message(pa.py_buffer(value).slice(len(_SCHEMA))).body.size
    if value[body_at + body :] != END_OF_STREAM:
        return
    start, found = pa.py_buffer(value).address, [one.to_numpy() for one in batch.columns]
    places = [(one.dtype, len(one), one.ctypes.data - start) for one in found]
    if all(body_at <= at and at + rows * kind.itemsize <= body_at + body for kind, rows, at in places):
        if len(_known) >= MOST:
            _known.clear()
        _known[value[:body_at], len(value)] = places


def _body_at(value: bytes) -> int:
    """After the schema, a mark, and what the batch says of itself."""
    said = value[len(_SCHEMA) + _MARK // 2 : len(_SCHEMA) + _MARK]
    return len(_SCHEMA) + _MARK + int.from_bytes(said, "little")
