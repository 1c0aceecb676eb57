"""The list of who was erased: a file a name in the lake's hidden folder `.erased`, of pseudonyms only.

Kafka may still hold rows of theirs. Who writes to the lake leaves these out, and what such rows tell joins the list.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from models import folders
from models.erasure.names import PERSONAL, Name, Names
from models.folders import AnyPath

FOLDER = ".erased"


class Listed:
    """The list of a lake."""

    def __init__(self, root: AnyPath) -> None:
        self._folder = root / FOLDER
        self._files: frozenset[str] = frozenset()
        self._names = Names()

    def read(self) -> Names:
        """As it is now. Raises OSError."""
        files = frozenset(path.name for path in folders.glob(self._folder, "*"))
        if files != self._files:
            found = (Name.parse(file) for file in files)
            self._files, self._names = files, Names(name for name in found if name is not None)
        return self._names

    def add(self, names: Names) -> None:
        """Durable when it returns."""
        there = self.read()
        for name in names - there:
            folders.create(self._folder / name.file, b"")

    def without(self, table: str, rows: pa.Table) -> pa.Table:
        """The rows of others. What the rest tells of whose it is is on the list then."""
        names = self.read()
        if table not in PERSONAL or not len(names) or not len(rows):
            return rows
        while True:
            theirs = names.theirs(table, rows)
            told = names.told(table, rows.filter(pa.array(theirs)))
            if not len(told):
                break
            self.add(told)
            names = names | told
        return rows.filter(pa.array(np.invert(theirs))) if theirs.any() else rows
