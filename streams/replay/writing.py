"""Tables that are written as their rows come: row group by row group, whole at the end or not there at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from models import folders

ROWS_OF_A_GROUP = 65_536


class Growing:
    """One table's file."""

    def __init__(self, writer: pq.ParquetWriter) -> None:
        self._writer = writer
        self._waiting: list[pa.Table] = []
        self.rows = 0

    def add(self, table: pa.Table) -> None:
        """Rows that are kept until they fill a row group."""
        self._waiting.append(table)
        self.rows += len(table)
        if sum(map(len, self._waiting)) >= ROWS_OF_A_GROUP:
            self.flush()

    def flush(self) -> None:
        if self._waiting:
            self._writer.write_table(pa.concat_tables(self._waiting))
            self._waiting.clear()


@contextmanager
def growing(folder: Path, schemas: Mapping[str, pa.Schema]) -> Iterator[dict[str, Growing]]:
    """`<name>.parquet` for each schema: they are replaced together when all is well, else left as they were."""
    with ExitStack() as stack:
        files = {name: stack.enter_context(folders.writing(folder / f"{name}.parquet")) for name in schemas}
        tables = {}
        for name, file in files.items():
            writer = pq.ParquetWriter(file, schemas[name], compression="zstd")
            tables[name] = Growing(stack.enter_context(writer))
        yield tables
        for table in tables.values():
            table.flush()
