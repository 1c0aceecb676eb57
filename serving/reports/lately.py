"""Where people stood in the last hour, for the salesperson's plan; made once a minute at most."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from starlette.requests import Request
from starlette.responses import Response

from models import folders, lake
from models.errors import InputError
from models.folders import AnyPath
from models.keys import LakeFile
from models.records import TABLES
from models.settings import Settings
from models.visits import LEAST_SHOPPER_P
from models.web.problems import Problem
from serving.reports.desk import Clock, Desk, ask
from serving.reports.kept import Kept
from serving.reports.period import NAIVE, naive
from serving.reports.report import LEAST, Report
from serving.signin import SignIn

SPAN_MS = 3_600_000
KEEP_SECONDS = 60.0
MOST_SECONDS = 10.0
SLACK_MS = 600_000
"""Files follow each other in Kafka's order; a ping may come so much later than those around it."""
LATELY = Report("lately", ("pings", "moments"), ("floor", "cell_x_m", "cell_y_m"))
COLUMNS = {
    "pings": ("store_id", "device_id", "ts", "floor", "x_m", "y_m"),
    "moments": ("store_id", "device_id", "ts", "shopper_p"),
}


class LatelyCalls:
    """One instance a process."""

    def __init__(self, settings: Settings, sign_in: SignIn, desk: Desk) -> None:
        self._sign_in = sign_in
        self._root, self._kept = folders.at(settings.lake), Kept[bytes](desk, KEEP_SECONDS)

    async def heat(self, request: Request) -> Response:
        """GET /v1/stores/{store}/heat: the last hour's heat, as old as KEEP_SECONDS at most."""
        store_id = self._sign_in.store(request)
        made = await self._kept.of(store_id, lambda: self._made(store_id))
        return Response(made, media_type="application/json")

    def _made(self, store_id: str) -> bytes:
        try:
            return msgspec.json.encode(lately(self._root, store_id, int(time.time() * 1000)))
        except InputError as error:
            raise Problem(503, f"the history cannot be read: {error}") from None


def lately(root: AnyPath, store_id: str, now_ms: int) -> dict[str, Any]:
    """The cells, and the newest position that was read. Raises InputError."""
    clock = Clock(MOST_SECONDS)
    since_ms = now_ms - SPAN_MS
    tables = {name: recent(root, name, COLUMNS[name], store_id, since_ms, clock) for name in LATELY.tables}
    found = ask(LATELY.query, tables, {"least": LEAST, "nobody": LEAST_SHOPPER_P}, clock)
    newest = pc.max(tables["pings"].column("ts").cast(pa.int64())).as_py()
    return {"as_of": newest, "minutes": SPAN_MS // 60_000, "withheld_below": LEAST, "cells": found.to_pylist()}


def recent(root: AnyPath, name: str, columns: Sequence[str], store_id: str, since_ms: int, clock: Clock) -> pa.Table:
    """The store's rows since then; `columns` begin with store_id, device_id and ts. Raises InputError."""
    schema = pa.schema([TABLES[name].schema.field(one) for one in columns])
    found = [schema.empty_table(), *_pieces(root, name, columns, store_id, since_ms, clock)]
    rows = pa.concat_tables(
        [piece.set_column(1, "device_id", piece.column("device_id").cast(pa.string())) for piece in found]
    )
    return rows.set_column(2, "ts", rows.column("ts").cast(NAIVE))


def _pieces(
    root: AnyPath, name: str, columns: Sequence[str], store_id: str, since_ms: int, clock: Clock
) -> Iterator[pa.Table]:
    """Of each partition the newest files, back to one that is older."""
    day = naive(since_ms).date()
    dates = {str(day + timedelta(days=offset)) for offset in (0, 1)}
    named = [(LakeFile.parse(str(folders.below(root, path))), path) for path in lake.files(root, name, dates)]
    known = sorted(((one.partition, one.date, one.first), path) for one, path in named if one is not None)
    since = pa.scalar(datetime.fromtimestamp(since_ms / 1000, UTC), pa.timestamp("ms", tz="UTC"))
    for _, files in groupby(known, key=lambda one: one[0][0]):
        for _, path in reversed(list(files)):
            clock.check()
            piece = lake.read_file(path, name, columns)
            newest = pc.max(piece.column("ts").cast(pa.int64())).as_py()
            if newest is not None and newest < since_ms - SLACK_MS:
                break
            recent = pc.and_(pc.equal(piece.column("store_id"), store_id), pc.greater_equal(piece.column("ts"), since))
            yield piece.filter(recent)
