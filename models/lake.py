"""Reading and writing tables: the lake's dated files, and single Parquet files that a person hands in (DESIGN §4)."""

from __future__ import annotations

import fcntl
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePath

import pyarrow as pa
import pyarrow.parquet as pq

from models import folders
from models.errors import FolderError, InputError
from models.folders import AnyPath
from models.keys import LakeFile
from models.records import TABLES, conform

PIECE_ROWS = 131_072
LOCK = ".changing"


def files(root: AnyPath, table: str, dates: Collection[str] | None = None) -> list[AnyPath]:
    """The files that make up a table now, in the order of date, partition and offset; superseded ones left out.

    Of these `dates` alone (YYYY-MM-DD) where they are given; what bears no date may be of any.
    """
    single = root / f"{table}.parquet"
    if single.is_file():
        return [single]
    found = [path for path in folders.rglob(root / table, "*.parquet") if not hidden(folders.below(root, path))]
    named = {path: LakeFile.parse(str(folders.below(root, path))) for path in found}
    gone = superseded(name for name in named.values() if name)
    kept = [path for path, name in named.items() if name not in gone and (not dates or not name or name.date in dates)]
    return sorted(kept, key=lambda path: _order(named[path], path))


def superseded(names: Iterable[LakeFile]) -> set[LakeFile]:
    """Those that another of the same table, date and partition spans: what a kill during compaction leaves."""
    found, span = set(), None
    # of those that begin alike the longest comes first, so whatever spans a file has come before it
    for one in sorted(names, key=lambda name: (*name[:4], -name.last)):
        if span and span[:3] == one[:3] and one.last <= span.last:
            found.add(one)
        else:
            span = one
    return found


def exists(root: AnyPath, table: str) -> bool:
    return bool(files(root, table))


def read(root: AnyPath, table: str) -> pa.Table:
    """A whole table, empty where there is none, with the columns of its schema. Raises InputError."""
    parts = [read_file(path, table) for path in files(root, table)]
    return pa.concat_tables(parts) if parts else TABLES[table].schema.empty_table()


def batches(root: AnyPath, table: str, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
    """A table file by file, so that memory is bounded by the largest file; `columns` alone where they are given."""
    for path in files(root, table):
        yield read_file(path, table, columns)


def read_file(path: AnyPath, table: str, columns: Sequence[str] | None = None) -> pa.Table:
    """One Parquet file as the table's schema. Raises InputError that names the file and what is missing."""
    schema = _schema(table, columns)
    with _opened(path, table) as file:
        return conform(file.read(columns=schema.names), schema)


def pieces(path: AnyPath, table: str, columns: Sequence[str]) -> Iterator[pa.Table]:
    """Columns of one Parquet file in pieces of PIECE_ROWS at most, so that memory is bounded. Raises InputError."""
    schema = _schema(table, columns)
    with _opened(path, table) as file:
        for batch in file.iter_batches(PIECE_ROWS, columns=schema.names):
            yield conform(pa.Table.from_batches([batch]), schema)


def read_nothing(table: str, columns: Sequence[str] | None = None) -> pa.Table:
    """The table without a row, as `read_file` would give it."""
    return _schema(table, columns).empty_table()


def _schema(table: str, columns: Sequence[str] | None) -> pa.Schema:
    schema = TABLES[table].schema
    return pa.schema([schema.field(name) for name in columns]) if columns else schema


def write(path: AnyPath, table: pa.Table, *, new: bool = False) -> None:
    """A Parquet file, complete or absent; a `new` one as in folders.writing."""
    with folders.writing(path, new=new) as file:
        pq.write_table(table, file, compression="zstd")


@contextmanager
def changing(root: AnyPath) -> Iterator[None]:
    """Waits until nobody else changes files that are there: the night, or who erases somebody. On S3 nobody waits."""
    if not isinstance(root, Path):
        yield
        return
    root.mkdir(parents=True, exist_ok=True)
    with (root / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def hidden(path: PurePath) -> bool:
    """Whether a name in it begins with a dot or an underscore: temporary, or somebody else's."""
    return any(part.startswith((".", "_")) for part in path.parts)


@contextmanager
def _opened(path: AnyPath, table: str) -> Iterator[pq.ParquetFile]:
    """Raises InputError that names the file, for whatever is wrong with what is read of it."""
    try:
        with pq.ParquetFile(folders.source(path)) as file:
            yield file
    except FolderError:
        raise
    except InputError as error:
        raise InputError(error.reason, file=path, row=error.row, field=error.field) from None
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"cannot be read as {table}: {error}", file=path) from None


def _order(name: LakeFile | None, path: AnyPath) -> tuple[str, int, int, str]:
    return (name.date, name.partition, name.first, "") if name else ("", 0, 0, path.as_posix())
