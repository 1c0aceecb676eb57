"""Rows out of the lake's files: a file is whole before and after, and never lacks a row of anybody else.

It is written under a temporary name and takes the old one's place (models/folders.py). Its name, which says which
offsets it spans, stays, also where no row is left.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from models import folders, lake
from models.erasure.names import LATEST_MS, PERSONAL, TOLD, Names, columns
from models.errors import FolderError, InputError
from models.folders import AnyPath
from models.records import TABLES, conform

UNFINISHED = ".erasing"
ABANDONED_SECONDS = 3600
"""No process of ours is so long about one file: what is older was left by one that was killed."""


@dataclass(frozen=True)
class Found:
    """Who they are, as far as the lake tells, and their rows by table."""

    names: Names
    rows: Mapping[str, int]
    newest_ms: int
    """The newest of these, −1 where there is none."""


def survey(root: AnyPath, names: Names) -> Found:
    """Changes nothing. Raises InputError."""
    while True:
        told = Names()
        for table in TOLD:
            for path in _files(root, table):
                for rows in lake.pieces(path, table, columns(table)):
                    known = names | told
                    told |= known.told(table, rows.filter(pa.array(known.theirs(table, rows))))
        if not len(told):
            break
        names |= told
    return _counted(root, names)


def remove(root: AnyPath, names: Names) -> Counter[str]:
    """Takes the rows of these names out of every file, and says how many by table. Raises InputError."""
    gone: Counter[str] = Counter()
    for table in PERSONAL:
        for path in _files(root, table):
            with suppress(FileNotFoundError):  # compaction has merged it: the merged one is in the next look
                if _count(path, table, names):
                    gone[table] += _rewrite(path, table, names)
    return gone


def tidy(root: AnyPath) -> None:
    """Removes half-written files that were left by who was killed: they hold rows too."""
    if isinstance(root, Path):
        old = time.time() - ABANDONED_SECONDS
        for table in PERSONAL:
            found = [*(root / table).rglob(".*.parquet*")]
            folders.remove([path for path in found if path.suffix == UNFINISHED or _modified(path) < old])


def _counted(root: AnyPath, names: Names) -> Found:
    counted: Counter[str] = Counter()
    newest = -1
    for table in PERSONAL:
        for path in _files(root, table):
            for rows in lake.pieces(path, table, columns(table)):
                theirs = rows.filter(pa.array(names.theirs(table, rows)))
                if len(theirs):
                    counted[table] += len(theirs)
                    times = theirs.column(TABLES[table].date_column).cast(pa.int64())
                    newest = max(newest, int(np.max(times.to_numpy())))
    return Found(names, dict(counted), min(newest, LATEST_MS))


def _files(root: AnyPath, table: str) -> Iterator[AnyPath]:
    """Superseded ones too: they are files with rows."""
    yield from (path for path in (root / f"{table}.parquet",) if path.is_file())
    for path in folders.rglob(root / table, "*.parquet"):
        if not lake.hidden(folders.below(root, path)):
            yield path


def _count(path: AnyPath, table: str, names: Names) -> int:
    """Raises FileNotFoundError."""
    try:
        return sum(int(names.theirs(table, rows).sum()) for rows in lake.pieces(path, table, columns(table)))
    except FolderError:
        raise
    except InputError:
        if not path.is_file():
            raise FileNotFoundError(str(path)) from None
        raise


def _rewrite(path: AnyPath, table: str, names: Names) -> int:
    """All its columns stay, those that we do not know too."""
    gone, schema = 0, TABLES[table].schema
    wanted = pa.schema([schema.field(name) for name in columns(table)])
    with (
        pq.ParquetFile(folders.source(path)) as old,
        folders.writing(path, half=UNFINISHED) as file,
        pq.ParquetWriter(file, old.schema_arrow, compression="zstd") as writer,
    ):
        for batch in old.iter_batches(lake.PIECE_ROWS):
            rows = pa.Table.from_batches([batch], old.schema_arrow)
            theirs = names.theirs(table, conform(rows, wanted))
            gone += int(theirs.sum())
            writer.write_table(rows.filter(pa.array(np.invert(theirs))))
    return gone


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return time.time()
