"""What a row of pings in a file must have, whatever form the file has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from models.errors import InputError
from models.folders import AnyPath
from models.records import LABEL, TS, YEAR_3000_MS
from streams.gateway.rows import LONGEST_DEVICE_ID

BATCH = 65_536
"""Rows that are taken at once."""
NEEDED = {"store_id": LABEL, "device_id": LABEL, "ts": TS, "x_m": pa.float64(), "y_m": pa.float64()}
OPTIONAL = {"floor": pa.int16(), "sigma_m": pa.float64()}
KINDS = NEEDED | OPTIONAL
PLACE = {"partition": pa.int64(), "offset": pa.int64(), "row": pa.int64()}
"""Where a ping stood in Kafka, in the lake's files: rows are taken in this order."""
PINGS = pa.schema(KINDS)


class Piece(NamedTuple):
    """At most BATCH pings in the order of arrival, with the columns of PINGS, and the bytes they were read from."""

    pings: pa.RecordBatch
    size: int


def checked(batch: pa.Table, path: AnyPath, first_row: int) -> pa.Table:
    """The columns of PINGS, and those of PLACE where all are there. Raises InputError with file, row and field."""
    columns = {name: _column(batch, name, kind, path) for name, kind in KINDS.items()}
    for name in ("store_id", "device_id", "ts"):
        if columns[name].null_count:
            row = pc.index(columns[name].is_null(), True).as_py()
            raise InputError("is null", file=path, row=first_row + row, field=name)
    _refuse_rows(columns, path, first_row)
    columns["floor"] = pc.fill_null(columns["floor"], 0)
    if placed(batch.column_names):
        columns |= {name: _column(batch, name, kind, path) for name, kind in PLACE.items()}
    return pa.table(columns)


def placed(names: list[str]) -> bool:
    """Whether rows say where they stood in Kafka."""
    return set(PLACE) <= set(names)


def batches(table: pa.Table) -> Iterator[pa.RecordBatch]:
    """A table's rows, at most BATCH at a time."""
    whole = table.select(PINGS.names).unify_dictionaries().combine_chunks()
    yield from whole.to_batches(max_chunksize=BATCH)


def _column(batch: pa.Table, name: str, kind: pa.DataType, path: AnyPath) -> pa.ChunkedArray:
    if name not in batch.column_names:
        return pa.chunked_array([pa.nulls(len(batch), kind)])
    column = batch.column(name)
    try:
        if name == "ts" and pa.types.is_integer(column.type):
            return column.cast(pa.int64()).cast(kind)
        if name == "ts" and pa.types.is_timestamp(column.type) and column.type.tz is None:
            column = column.cast(pa.timestamp(column.type.unit, "UTC"))
        if kind == LABEL and not pa.types.is_dictionary(column.type):
            return column.cast(pa.string()).dictionary_encode()
        return column.cast(kind, safe=name != "ts")
    except pa.ArrowException as error:
        raise InputError(f"is {column.type}, not {_called(kind)}: {error}", file=path, field=name) from None


def _called(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _refuse_rows(columns: dict[str, pa.ChunkedArray], path: AnyPath, first_row: int) -> None:
    """What the gateway would not have taken. NaN in sigma is how data frames say that it is unknown."""
    ts_ms = columns["ts"].cast(pa.int64()).to_numpy()
    sigma_m = pc.fill_null(columns["sigma_m"], 1.0).to_numpy()
    for field, wrong, reason in (
        ("ts", (ts_ms < 0) | (ts_ms >= YEAR_3000_MS), "is not between the years 1970 and 3000"),
        ("sigma_m", (sigma_m <= 0) | np.isinf(sigma_m), "is not a positive finite number"),
        ("device_id", _too_long(columns["device_id"]), f"has not 1 to {LONGEST_DEVICE_ID} characters"),
    ):
        if wrong.any():
            raise InputError(reason, file=path, row=first_row + int(np.flatnonzero(wrong)[0]), field=field)


def _too_long(device: pa.ChunkedArray) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Shape (rows,): or empty."""
    parts = []
    for chunk in device.chunks:
        characters = pc.utf8_length(chunk.dictionary)
        wrong = pc.or_(pc.less(characters, 1), pc.greater(characters, LONGEST_DEVICE_ID))
        wrong = pc.fill_null(wrong, False).to_numpy(zero_copy_only=False)
        parts.append(wrong[chunk.indices.to_numpy()] if wrong.any() else np.zeros(len(chunk), np.bool_))
    return np.concatenate(parts) if parts else np.zeros(0, np.bool_)
