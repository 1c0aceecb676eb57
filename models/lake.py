"""Reading and writing tables: the lake's dated files, and single Parquet files that a person hands in (DESIGN §4).

A file is written under a name that begins with a dot, fsynced and renamed: a reader never sees half of one.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from models.errors import InputError
from models.keys import LakeFile
from models.records import TABLES, conform


def files(root: Path, table: str) -> list[Path]:
    """The files that make up a table now, in the order of date, partition and offset; superseded ones left out."""
    single = root / f"{table}.parquet"
    if single.is_file():
        return [single]
    every = (path for path in sorted((root / table).rglob("*.parquet")) if path.is_file())
    found = [path for path in every if not hidden(path.relative_to(root))]
    named = {path: LakeFile.parse(path.relative_to(root).as_posix()) for path in found}
    gone = _superseded([name for name in named.values() if name])
    kept = [path for path, name in named.items() if name not in gone]
    return sorted(kept, key=lambda path: _order(named[path], path))


def superseded(one: LakeFile, others: Iterable[LakeFile]) -> bool:
    """Whether another file of the same table, date and partition spans `one`: what a kill during compaction leaves."""
    return any(
        other != one
        and (other.table, other.date, other.partition) == (one.table, one.date, one.partition)
        and other.first <= one.first
        and one.last <= other.last
        for other in others
    )


def _superseded(names: Iterable[LakeFile]) -> set[LakeFile | None]:
    """Those that another one spans; a day of a busy chain has thousands of files, so each is looked at once."""
    gone: set[LakeFile | None] = set()
    widest: LakeFile | None = None
    for one in sorted(names, key=lambda one: (one.table, one.date, one.partition, one.first, -one.last)):
        if widest and widest[:3] == one[:3] and one.last <= widest.last:
            gone.add(one)
        else:
            widest = one
    return gone


def exists(root: Path, table: str) -> bool:
    return bool(files(root, table))


def read(root: Path, table: str) -> pa.Table:
    """A whole table, empty where there is none, with the columns of its schema. Raises InputError."""
    parts = [read_file(path, table) for path in files(root, table)]
    return pa.concat_tables(parts) if parts else TABLES[table].schema.empty_table()


def batches(root: Path, table: str, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
    """A table file by file, so that memory is bounded by the largest file; `columns` alone where they are given."""
    for path in files(root, table):
        yield read_file(path, table, columns)


def read_file(path: Path, table: str, columns: Sequence[str] | None = None) -> pa.Table:
    """One Parquet file as the table's schema. Raises InputError that names the file and what is missing."""
    schema = TABLES[table].schema
    schema = pa.schema([schema.field(name) for name in columns]) if columns else schema
    try:
        with pq.ParquetFile(path) as file:
            return conform(file.read(columns=schema.names), schema)
    except InputError as error:
        raise InputError(error.reason, file=path, row=error.row, field=error.field) from None
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"cannot be read as {table}: {error}", file=path) from None


def write(path: Path, table: pa.Table) -> None:
    """A Parquet file, complete or absent: temporary name, fsync, rename, fsync of the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        pq.write_table(table, temporary, compression="zstd")
        replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_bytes(path: Path, data: bytes) -> None:
    """A small file, complete or absent."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_bytes(data)
        replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def replace(temporary: Path, path: Path) -> None:
    """Renames over `path` so that the content is on disk before the name is, and the name before we go on."""
    with temporary.open("rb") as file:
        os.fsync(file.fileno())
    temporary.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Makes renames and deletions in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def hidden(path: Path) -> bool:
    """Whether a name in it begins with a dot or an underscore: temporary, or somebody else's."""
    return any(part.startswith((".", "_")) for part in path.parts)


def _order(name: LakeFile | None, path: Path) -> tuple[str, int, int, str]:
    return (name.date, name.partition, name.first, "") if name else ("", 0, 0, path.as_posix())
