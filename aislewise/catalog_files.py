"""Products, offers and stock as a person hands them in: CSV or Parquet, every row checked before any is taken."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Mapping
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from models import lake
from models.catalog import key_of, rows_of
from models.catalog_checks import checked, offer_fault
from models.catalog_records import Change
from models.errors import InputError
from models.folders import AnyPath
from models.records import TABLES, rows_to_table
from models.times import milliseconds


def read(path: Path, name: str) -> pa.Table:
    """The file as the table `name`. Raises InputError that names file, row and field."""
    rows = list(_checked(_rows(path, name), path, name))
    keys: dict[str, int] = {}
    table = rows_to_table(name, rows)
    for row, value in enumerate(rows_of(table, name)):
        if (first := keys.setdefault(key_of(value), row)) != row:
            raise InputError(f"the same as row {first}: {key_of(value)}", file=path, row=row)
    return table


def changes(root: AnyPath, name: str, table: pa.Table, everything: bool = False) -> list[Change]:
    """What this table changes in the lake's; with `everything` each of its rows, changed or not."""
    try:
        old = {key_of(row): row for row in rows_of(lake.read(root, name), name)}
    except msgspec.ValidationError as error:
        raise InputError(str(error), file=root / f"{name}.parquet", hint="remove it, then import again") from None
    new = {key_of(row): row for row in rows_of(table, name)}
    kept = [Change(key, old.get(key), row) for key, row in new.items() if everything or old.get(key) != row]
    return kept + [Change(key, row, None) for key, row in old.items() if key not in new]


def replace(root: AnyPath, name: str, table: pa.Table) -> None:
    """The table in the lake's root, atomically."""
    lake.write(root / f"{name}.parquet", table)


def _rows(path: Path, name: str) -> Iterator[Mapping[str, Any]]:
    """The rows as they stand in the file; empty cells of a CSV are None."""
    piped = str(path) == "-"
    if not piped and path.suffix.lower() not in (".csv", ".parquet"):
        raise InputError("neither .csv nor .parquet", file=path)
    try:
        data = sys.stdin.buffer.read() if piped else path.read_bytes()
        parquet = data.startswith(b"PAR1") if piped else path.suffix.lower() == ".parquet"
        yield from (_parquet if parquet else _csv)(data, path, name)
    except (OSError, pa.ArrowException, csv.Error, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read: {error}", file=path) from None


def _parquet(data: bytes, path: Path, name: str) -> Iterator[Mapping[str, Any]]:
    table = pq.read_table(BytesIO(data))
    _refuse_missing(table.column_names, path, name)
    yield from table.to_pylist()


def _csv(data: bytes, path: Path, name: str) -> Iterator[Mapping[str, Any]]:
    reader = csv.DictReader(StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
    header = list(reader.fieldnames or [])
    _refuse_missing(header, path, name)
    for row, cells in enumerate(reader):
        if None in cells or None in cells.values():
            raise InputError(f"has not {len(header)} cells like the header", file=path, row=row)
        yield {key: cell.strip() or None for key, cell in cells.items()}


def _refuse_missing(columns: list[str], path: Path, name: str) -> None:
    needed = [field.name for field in TABLES[name].schema if not field.nullable]
    if missing := [column for column in needed if column not in columns]:
        raise InputError("the column is missing", file=path, field=missing[0], hint=f"needed are {', '.join(needed)}")


def _checked(rows: Iterator[Mapping[str, Any]], path: Path, name: str) -> Iterator[dict[str, Any]]:
    for number, row in enumerate(rows):
        cells = {field.name: _cell(row.get(field.name), field, path, number) for field in TABLES[name].schema}
        if name == "offers":
            _refuse_offer(cells, path, number)
        yield cells


def _cell(value: Any, field: pa.Field, path: Path, row: int) -> Any:
    if value is None or value == "":
        if field.nullable:
            return None
        raise InputError("is empty", file=path, row=row, field=field.name)
    try:
        return checked(field.name, _convert(value, field.type))
    except (ValueError, TypeError, OverflowError) as error:
        raise InputError(f"{value!r}: {error}", file=path, row=row, field=field.name) from None


def _convert(value: Any, kind: pa.DataType) -> Any:
    if pa.types.is_timestamp(kind):
        return milliseconds(value)
    if pa.types.is_integer(kind):
        return _whole(float(value))
    return float(value) if pa.types.is_floating(kind) else str(value)


def _whole(value: float) -> int:
    if not value.is_integer():
        raise ValueError("not a whole number")
    return int(value)


def _refuse_offer(row: Mapping[str, Any], path: Path, number: int) -> None:
    if fault := offer_fault(row):
        raise InputError(fault[1], file=path, row=number, field=fault[0])
