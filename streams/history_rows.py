"""Records of each topic as rows of the lake's table of the same name; copies are left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from models import ids
from models.errors import RecordError
from models.pings import PingHeaders, Pings, decode, read_stream
from models.records import PINGS, TABLES, of_batch, refuse_impossible, rows_to_table
from streams.copies import IdCopies, PingCopies
from streams.records import Passed, Record


class Rows:
    """Turns one topic's records into rows; knows what was here before."""

    def __init__(self, topic: str, saved: bytes | memoryview | None = None) -> None:
        self._topic = topic
        state: Mapping[str, Any] = msgspec.msgpack.decode(saved) if saved else {}
        self._passed = Passed(state.get("passed"))
        self._pings = {store: PingCopies.load(one) for store, one in state.get("pings", {}).items()}
        self._ids = IdCopies(state.get("ids"))
        self._newest_ms = state.get("newest", 0)

    def of(self, record: Record) -> pa.Table:
        """Empty where all of it was here before. Raises RecordError."""
        self._newest_ms = max(self._newest_ms, record.timestamp_ms)
        readers: Mapping[str, Callable[[Record], pa.Table]] = {
            "pings": self._of_pings,
            "purchases": self._of_purchases,
            "outcomes": self._of_outcomes,
        }
        if self._passed.leaves(record, "history"):
            return TABLES[self._topic].schema.empty_table()
        if self._topic in readers:
            return readers[self._topic](record)
        return self._of_arrow(record) if TABLES[self._topic].travels == "arrow" else self._of_json(record)

    def save(self) -> bytes:
        return msgspec.msgpack.encode(
            {
                "passed": self._passed.save(),
                "pings": {store: copies.save() for store, copies in self._pings.items()},
                "ids": self._ids.save(self._newest_ms),
                "newest": self._newest_ms,
            }
        )

    def _of_pings(self, record: Record) -> pa.Table:
        headers = PingHeaders.decode(record.headers)
        pings = decode(record.value or b"", headers.corner)
        phone, ts = pings.phone.copy(), pings.ts.copy()
        fresh = self._pings.setdefault(headers.store, PingCopies()).new(phone, ts, record.timestamp_ms)
        return _ping_table(headers.store, pings, np.flatnonzero(fresh), record)

    def _of_arrow(self, record: Record) -> pa.Table:
        return of_batch(self._topic, read_stream(record.value or b""))

    def _of_purchases(self, record: Record) -> pa.Table:
        receipt = record.json()
        lines = receipt.get("lines")
        if not isinstance(lines, list) or not lines or not all(isinstance(line, dict) for line in lines):
            raise RecordError("a receipt without lines")
        return self._once(record, self._table([{**receipt, **line} for line in lines]), "store_id", "receipt_id")

    def _of_outcomes(self, record: Record) -> pa.Table:
        return self._once(record, self._table([record.json()]), "prompt_id", "outcome_id")

    def _of_json(self, record: Record) -> pa.Table:
        return self._table([record.json()])

    def _once(self, record: Record, table: pa.Table, *keys: str) -> pa.Table:
        """Empty where the id was here before; only what can be stored makes an id known."""
        key = ids.digest(*(table.column(name)[0].as_py() for name in keys), size=16).hex()
        return table if self._ids.new(key, record.timestamp_ms) else table.slice(0, 0)

    def _table(self, rows: list[dict[str, Any]]) -> pa.Table:
        try:
            table = rows_to_table(self._topic, rows)
        except (pa.ArrowException, TypeError, ValueError, OverflowError, AttributeError) as error:
            raise RecordError(f"not a row of {self._topic}: {error}") from None
        refuse_impossible(table)
        return table


def _ping_table(store: str, pings: Pings, rows: Any, record: Record) -> pa.Table:
    phones, codes = np.unique(pings.phone[rows], return_inverse=True)
    texts = pa.array([ids.phone_text(phone) for phone in phones.tolist()], pa.string())
    sigma = pings.sigma_m[rows]
    columns = [
        pa.repeat(pa.scalar(store), len(rows)),
        pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), texts),
        pa.array(pings.ts[rows]).cast(PINGS.field("ts").type),
        pa.array(pings.x_m[rows]),
        pa.array(pings.y_m[rows]),
        pa.array(pings.floor[rows]),
        pa.array(sigma, mask=np.isnan(sigma)),
        pa.repeat(pa.scalar(record.partition, pa.int32()), len(rows)),
        pa.repeat(pa.scalar(record.offset, pa.int64()), len(rows)),
        pa.array(rows.astype(np.int32)),
    ]
    return pa.table(columns, schema=PINGS)
