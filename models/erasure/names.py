"""The names of who is erased, all of them pseudonyms, and which rows of the lake are theirs.

A row is theirs where it bears one of the names. Such a row may bear others: a check-in of the customer names a phone,
a visit of the phone is theirs too, and so are its prompts. No row leads to another customer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple
from urllib.parse import quote, unquote

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from models.records import TABLES, TEXT, YEAR_10000_MS

COLUMNS: Mapping[str, str] = {
    "customer": "customer_id",
    "phone": "device_id",
    "visit": "visit_id",
    "prompt": "prompt_id",
}
"""Kind of name → the column that has it."""
TOLD: Mapping[str, tuple[str, ...]] = {
    "checkins": ("phone",),
    "visits": ("phone", "visit"),
    "dwells": ("phone", "visit"),
    "moments": ("phone", "visit"),
    "purchases": ("visit",),
    "prompts": ("prompt",),
}
"""What else a row of a table tells of whose it is."""
PERSONAL = tuple(name for name, table in TABLES.items() if set(COLUMNS.values()) & set(table.schema.names))
"""Tables whose rows are somebody's."""
LATEST_MS = YEAR_10000_MS

Mask = NDArray[np.bool_]


class Name(NamedTuple):
    """One name. A phone's is of one store and day, a visit's and a prompt's of itself; a customer's is for ever."""

    kind: str
    id: str
    store_id: str = ""
    """Empty: of every store."""
    until_ms: int = LATEST_MS
    """A customer's rows that are later are those of somebody who has come back."""

    @property
    def file(self) -> str:
        """What a file is called that stands for it."""
        return "@".join((self.kind, quote(self.id, safe=""), self.store_id, str(self.until_ms)))

    @classmethod
    def parse(cls, file: str) -> Name | None:
        """None for a file that is none."""
        kind, _, rest = file.partition("@")
        parts = rest.split("@")
        if kind not in COLUMNS or len(parts) != 3 or not parts[2].isdecimal():
            return None
        return cls(kind, unquote(parts[0]), parts[1], int(parts[2]))


class Names:
    """Some of them."""

    def __init__(self, names: Iterable[Name] = ()) -> None:
        self._all = frozenset(names)
        self._of: dict[str, dict[str, list[Name]]] = {kind: defaultdict(list) for kind in COLUMNS}
        for one in self._all:
            self._of[one.kind][one.id].append(one)

    def __iter__(self) -> Iterator[Name]:
        return iter(sorted(self._all))

    def __len__(self) -> int:
        return len(self._all)

    def __or__(self, other: Names) -> Names:
        return Names(self._all | other._all)

    def __sub__(self, other: Names) -> Names:
        return Names(self._all - other._all)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Names) and self._all == other._all

    def __hash__(self) -> int:
        return hash(self._all)

    def of(self, kind: str) -> list[Name]:
        return sorted(one for one in self._all if one.kind == kind)

    def until(self, until_ms: int) -> Names:
        """The same, customers up to another time."""
        return Names(one._replace(until_ms=until_ms) if one.kind == "customer" else one for one in self._all)

    def theirs(self, table: str, rows: pa.Table) -> Mask:
        """True for the rows that bear one of the names. `rows` has the table's `columns` at least."""
        found = np.zeros(len(rows), np.bool_)
        for kind, column in COLUMNS.items():
            known = self._of[kind]
            if known and column in TABLES[table].schema.names:
                named = pc.is_in(rows.column(column).cast(TEXT), value_set=pa.array(list(known), TEXT))
                suspects = np.flatnonzero(named.to_numpy())
                found[suspects] |= self._borne(kind, table, rows.take(pa.array(suspects)))
        return found

    def told(self, table: str, rows: pa.Table) -> Names:
        """What rows that are theirs say beyond these names."""
        if not len(rows):
            return Names()
        stores = rows.column("store_id").to_pylist()
        return Names(
            Name(kind, one, store)
            for kind in TOLD.get(table, ())
            for one, store in set(zip(rows.column(COLUMNS[kind]).cast(TEXT).to_pylist(), stores, strict=True))
            if one is not None and not self._knows(kind, one, store)
        )

    def _knows(self, kind: str, one: str, store: str) -> bool:
        return any(name.store_id in ("", store) for name in self._of[kind].get(one, ()))

    def _borne(self, kind: str, table: str, rows: pa.Table) -> Mask:
        """Of rows with a known id, those of the name's store and time."""
        times = rows.column(TABLES[table].date_column).cast(pa.int64()).to_pylist()
        ids = rows.column(COLUMNS[kind]).cast(TEXT).to_pylist()
        told = zip(ids, rows.column("store_id").to_pylist(), times, strict=True)
        return np.array([self._holds(kind, *one) for one in told], np.bool_)

    def _holds(self, kind: str, one: str, store: str, ts_ms: int) -> bool:
        return any(
            name.store_id in ("", store) and (kind != "customer" or ts_ms <= name.until_ms)
            for name in self._of[kind][one]
        )


def columns(table: str) -> list[str]:
    """The columns of a table that say whose a row is."""
    names = {"store_id", TABLES[table].date_column, *COLUMNS.values()}
    return [name for name in TABLES[table].schema.names if name in names]
