"""What the lake has of a loyalty customer: their check-in of today, and what they bought before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from itertools import groupby
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from models import folders, lake
from models.board import iso
from models.folders import AnyPath
from models.keys import LakeFile
from serving.reports.period import Period

Row = dict[str, Any]
MOST_DAYS = 366
_CHECKINS = ("store_id", "ts", "device_id", "customer_id", "consent")
_MOMENTS = ("store_id", "visit_id", "device_id", "ts")
_PURCHASES = ("store_id", "ts", "customer_id", "sku", "quantity")


class Checkin(msgspec.Struct, frozen=True):
    """The last one: `device_id` is the phone of that day."""

    device_id: str
    consent: bool


class Bought(msgspec.Struct, frozen=True):
    """A line of a receipt, of any store of the chain."""

    ts: str
    store_id: str
    sku: str
    quantity: int
    name: str = ""


class Past:
    """A lake, read for one answer. `alive` is called between pieces, and may raise. Every method raises InputError."""

    def __init__(self, root: AnyPath, alive: Callable[[], None] = lambda: None) -> None:
        self._root, self._alive = root, alive

    def checkin(self, store_id: str, customer: str, today: Period) -> Checkin | None:
        """The customer's last of the store's day, None where there is none. `customer` is the pseudonym."""
        mine = {"store_id": store_id, "customer_id": customer}
        rows = [row for row in self._rows("checkins", _CHECKINS, today.lake_dates(), mine) if _within(row, today)]
        last = max(rows, key=lambda row: row["ts"], default=None)
        return Checkin(last["device_id"], last["consent"]) if last else None

    def visits(self, store_id: str, device_id: str, today: Period) -> list[str]:
        """Visits of a phone that had a moment today, the last first."""
        mine = {"store_id": store_id, "device_id": device_id}
        rows = list(self._rows("moments", _MOMENTS, today.lake_dates(), mine))
        return list(dict.fromkeys(row["visit_id"] for row in sorted(rows, key=lambda row: row["ts"], reverse=True)))

    def purchases(self, customer: str, last: date) -> Iterator[tuple[str, list[Bought]]]:
        """By date the lines that the customer bought, newest first, in the MOST_DAYS days up to `last`."""
        dates = {str(last - timedelta(days=days)) for days in range(MOST_DAYS)}
        files = reversed(lake.files(self._root, "purchases", dates))
        for day, paths in groupby(files, key=self._date):
            rows = self._rows_of(paths, "purchases", _PURCHASES, {"customer_id": customer})
            lines = sorted(rows, key=lambda row: row["ts"], reverse=True)
            yield day, [Bought(iso(row["ts"]), row["store_id"], row["sku"], row["quantity"]) for row in lines]

    def _date(self, path: AnyPath) -> str:
        """Empty where a file bears none."""
        named = LakeFile.parse(str(folders.below(self._root, path)))
        return named.date if named else ""

    def _rows(self, table: str, columns: tuple[str, ...], dates: set[str], equal: Mapping[str, str]) -> Iterator[Row]:
        return self._rows_of(lake.files(self._root, table, dates), table, columns, equal)

    def _rows_of(
        self, paths: Iterable[AnyPath], table: str, columns: tuple[str, ...], equal: Mapping[str, str]
    ) -> Iterator[Row]:
        """Rows whose columns equal what is given; times are ms."""
        at = columns.index("ts")
        for path in paths:
            for piece in lake.pieces(path, table, columns):
                self._alive()
                for name, value in equal.items():
                    piece = piece.filter(pc.equal(piece.column(name), value))
                yield from piece.set_column(at, "ts", piece.column("ts").cast(pa.int64())).to_pylist()


def _within(row: Row, day: Period) -> bool:
    return bool(day.start_ms <= row["ts"] < day.end_ms)
