"""Pings as lines of JSON: a block of lines at once where all are well, else one by one to say what is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, BinaryIO

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from models.errors import InputError
from models.folders import AnyPath
from models.keys import STORE_ID
from models.records import TS, YEAR_3000_MS
from streams.gateway.rows import LONGEST_DEVICE_ID, Fault, Row, read_row, timestamp
from streams.replay.columns import BATCH, PINGS, Piece


class Line(msgspec.Struct, gc=False):
    """A line of the form that is read at once; what has another may still be well."""

    store_id: str
    device_id: str
    ts: int | float | str
    x_m: float
    y_m: float
    floor: int | None = None
    sigma_m: float | None = None


def pieces(lines: BinaryIO, path: AnyPath) -> Iterator[Piece]:
    """Raises InputError with file, row (empty lines don't count) and field."""
    filled = (line for line in lines if line.strip())
    first = 0
    while block := list(islice(filled, BATCH)):
        batch = _at_once(block)
        if batch is None:
            batch = _one_by_one(block, first, path)
        yield Piece(batch, sum(map(len, block)))
        first += len(block)


def _at_once(block: Sequence[bytes]) -> pa.RecordBatch | None:
    """None where a line has to be looked at."""
    try:
        lines = list(map(_decode, block))
        batch = _batch(
            [line.store_id for line in lines],
            [line.device_id for line in lines],
            [int(line.ts) if not isinstance(line.ts, str) else timestamp(line.ts) for line in lines],
            *([getattr(line, name) for line in lines] for name in ("x_m", "y_m", "floor", "sigma_m")),
        )
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, Fault, pa.ArrowException, OverflowError):
        return None
    return batch if _is_well(batch) else None


_decode = msgspec.json.Decoder(Line).decode


def _is_well(batch: pa.RecordBatch) -> bool:
    """Whether no row would be refused."""
    ts = batch.column("ts").cast(pa.int64()).to_numpy()
    sigma_m = pc.fill_null(batch.column("sigma_m"), 1.0).to_numpy()
    stores, devices = (batch.column(name).dictionary for name in ("store_id", "device_id"))
    characters = pc.utf8_length(devices).to_numpy()
    return bool(
        np.all((ts >= 0) & (ts < YEAR_3000_MS))
        and np.all(sigma_m > 0)
        and np.all((characters >= 1) & (characters <= LONGEST_DEVICE_ID))
        and all(STORE_ID.fullmatch(store) for store in stores.to_pylist())
    )


def _one_by_one(block: Sequence[bytes], first: int, path: AnyPath) -> pa.RecordBatch:
    stores, rows = [], []
    for number, line in enumerate(block, first):
        parsed = _parse(line, number, path)
        rows.append(_row(parsed, number, path))
        stores.append(_store(parsed, number, path))
    names = ("device_id", "ts", "x_m", "y_m", "floor", "sigma_m")
    return _batch(stores, *([getattr(row, name) for row in rows] for name in names))


def _parse(line: bytes, number: int, path: AnyPath) -> Mapping[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(f"is not JSON: {error}", file=path, row=number) from None
    if not isinstance(row, dict):
        raise InputError("is not an object", file=path, row=number)
    return row


def _row(parsed: Mapping[str, Any], number: int, path: AnyPath) -> Row:
    try:
        return read_row(parsed)
    except Fault as fault:
        raise InputError(fault.reason, file=path, row=number, field=fault.field) from None


def _store(parsed: Mapping[str, Any], number: int, path: AnyPath) -> str:
    store = parsed.get("store_id")
    if not isinstance(store, str) or not STORE_ID.fullmatch(store):
        raise InputError("is no store's id", file=path, row=number, field="store_id")
    return store


def _batch(
    stores: list[str],
    devices: list[str],
    ts: list[int],
    x_m: list[float],
    y_m: list[float],
    floor: Sequence[int | None],
    sigma_m: Sequence[float | None],
) -> pa.RecordBatch:
    arrays = [
        pa.array(stores, pa.string()).dictionary_encode(),
        pa.array(devices, pa.string()).dictionary_encode(),
        pa.array(ts, pa.int64()).cast(TS),
        pa.array(x_m, pa.float64()),
        pa.array(y_m, pa.float64()),
        pc.fill_null(pa.array(floor, pa.int16()), 0),
        pa.array(sigma_m, pa.float64(), from_pandas=True),  # NaN is null
    ]
    return pa.record_batch(arrays, schema=PINGS)
