"""Pings in one Parquet file: batch by batch in the order of its rows, or row group by row group."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from models import folders
from models.errors import FolderError, InputError
from models.folders import AnyPath
from streams.replay.columns import BATCH, KINDS, NEEDED, PLACE, Piece, batches, checked, placed

MAGIC = b"PAR1"
"""What a file of Parquet begins with."""
Key = tuple[int, int]
"""Partition and offset."""
LAST: Key = (2**62, 2**62)


class PingFile:
    """An open file. Whatever cannot be read raises InputError that names it, and the row and field."""

    def __init__(self, path: AnyPath, size: int) -> None:
        self._path, self._size = path, size
        with _refusing(path):
            source = folders.source(path)
            schema = pq.ParquetFile(source).schema_arrow
            labels = [name for name in ("store_id", "device_id") if _is_text(schema, name)]
            # what pyarrow reads ahead it keeps until the file is closed
            self._file = pq.ParquetFile(source, read_dictionary=labels, pre_buffer=False, buffer_size=2**20)
        self._names = self._wanted(schema.names)
        self._rows = max(1, self._file.metadata.num_rows)

    @property
    def placed(self) -> bool:
        """Whether rows say where they stood in Kafka."""
        return placed(self._names)

    def pieces(self) -> Iterator[Piece]:
        """The rows as they lie in the file."""
        row = 0
        with _refusing(self._path):
            for batch in self._file.iter_batches(BATCH, columns=self._names):
                table = checked(pa.Table.from_batches([batch]), self._path, row)
                row += len(table)
                for part in batches(table):
                    yield Piece(part, self.share(len(part)))

    def groups(self) -> list[tuple[Key, int]]:
        """The row groups' numbers, and what no row in them stands before."""
        return [(self._low(number), number) for number in range(self._file.num_row_groups)]

    def group(self, number: int) -> pa.Table:
        """One row group, with the columns of PLACE."""
        row = sum(self._file.metadata.row_group(before).num_rows for before in range(number))
        with _refusing(self._path):
            return checked(self._file.read_row_group(number, columns=self._names), self._path, row)

    def share(self, rows: int) -> int:
        """The bytes of so many rows."""
        return self._size * rows // self._rows

    def _wanted(self, names: list[str]) -> list[str]:
        for name in (*KINDS, *PLACE):
            if name in NEEDED and name not in names:
                raise InputError("the column is missing", file=self._path, field=name)
            if names.count(name) > 1:
                raise InputError("the column stands twice", file=self._path, field=name)
        return [name for name in (*KINDS, *(PLACE if placed(names) else ())) if name in names]

    def _low(self, number: int) -> Key:
        """As the file's statistics have it; a file without them is looked at."""
        group = self._file.metadata.row_group(number)
        found = [group.column(i) for i in range(group.num_columns)]
        known = {one.path_in_schema: one.statistics for one in found}
        if all(known[name] is not None and known[name].has_min_max for name in ("partition", "offset")):
            return int(known["partition"].min), int(known["offset"].min)
        return lowest(self.group(number))


def lowest(table: pa.Table) -> Key:
    """What no row stands before."""
    keys = [table.column(name).drop_null().to_numpy() for name in ("partition", "offset")]
    partition, offset = (int(key.min()) if len(key) else last for key, last in zip(keys, LAST, strict=True))
    return partition, offset


@contextmanager
def _refusing(path: AnyPath) -> Iterator[None]:
    try:
        yield
    except (FolderError, InputError):
        raise
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"is not Parquet: {error}", file=path) from None


def _is_text(schema: Any, name: str) -> bool:
    at = schema.get_field_index(name)
    return at >= 0 and (pa.types.is_string(schema.field(at).type) or pa.types.is_large_string(schema.field(at).type))
