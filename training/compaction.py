"""Compaction of the lake: a date's files of one partition become one, whose name spans theirs (DESIGN §4, "Lake").

The merged file is complete under its name before the parts go, and readers skip what it spans: a kill does no harm.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from models import folders, lake
from models.errors import InputError
from models.folders import AnyPath
from models.keys import LakeFile
from models.records import TABLES
from models.visits import newest
from training import visitors

UNFINISHED = ".compacting"
"""What a killed compaction leaves on a disk ends so, and is removed by the next."""
NEWEST_ONLY = ("visits", "dwells")
"""Tables whose rows may be written again: of a visit the rows with the most pings hold."""


def compact(root: AnyPath) -> int:
    """Merges what there is to merge and returns how many files have gone; twice is as good as once."""
    gone = 0
    if isinstance(root, Path):
        folders.remove([*root.glob(f"*/date=*/.*{UNFINISHED}")])
    for table in TABLES:
        for group in _groups(root, table):
            spanned = lake.superseded(group)
            whole = [one for one in group if one not in spanned]
            gone += _delete(root, sorted(spanned))
            if len(whole) > 1 and _merged(root, whole):
                gone += _delete(root, whole)
    return gone


def name_customers(root: AnyPath) -> int:
    """Writes customer_id into the files of `visits` from consenting check-ins; returns how many files changed."""
    checkins, changed = lake.read(root, "checkins"), 0
    for path in lake.files(root, "visits") if len(checkins) else []:
        table = lake.read_file(path, "visits")
        customers = visitors.customers(table, checkins)
        at = table.schema.get_field_index("customer_id")
        if pa.chunked_array([customers]) != table.column(at):
            lake.write(path, table.set_column(at, table.schema.field(at), customers))
            changed += 1
    return changed


def _groups(root: AnyPath, table: str) -> Iterator[list[LakeFile]]:
    """The files of each date and partition, by first offset."""
    paths = folders.glob(root / table, "date=*/*.parquet")
    named = sorted(one for path in paths if (one := LakeFile.parse(str(folders.below(root, path)))))
    for _, group in groupby(named, key=lambda one: (one.date, one.partition)):
        yield list(group)


def _merged(root: AnyPath, parts: Sequence[LakeFile]) -> bool:
    """Merges them; False where another night, on S3, has done so meanwhile. Raises InputError."""
    try:
        _merge(root, parts)
    except InputError:
        if all((root / one.path).is_file() for one in parts):
            raise
        return False
    return True


def _merge(root: AnyPath, parts: Sequence[LakeFile]) -> None:
    span = parts[0]._replace(last=max(one.last for one in parts))
    with (
        folders.writing(root / span.path, new=True, half=UNFINISHED) as file,
        pq.ParquetWriter(file, TABLES[span.table].schema, compression="zstd") as writer,
    ):
        for table in _rows(span.table, [root / one.path for one in parts]):
            writer.write_table(table)


def _rows(table: str, paths: Iterable[AnyPath]) -> Iterator[pa.Table]:
    """File by file, in the order of offset and row; what may have been written again is read at once."""
    read = (lake.read_file(path, table) for path in paths)
    return iter([newest(pa.concat_tables(read))]) if table in NEWEST_ONLY else read


def _delete(root: AnyPath, files: Sequence[LakeFile]) -> int:
    folders.remove([root / one.path for one in files])
    return len(files)
