"""Positions as they are, through the engine."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pyarrow as pa

from benchmarks.accuracy.replayed import Replayed, replay
from models import floorplan
from models.plans import StorePlans
from models.records import TS

SILENCE_S = 300.0


class Finding(NamedTuple):
    """A share, of how many."""

    what: str
    share: float
    of: int


def replayed(
    drawn: Mapping[str, Any], store: str, rows: Sequence[Mapping[str, Any]], sigma_m: float | None = None
) -> Replayed:
    """`rows` have device_id, ts (ms), x_m, y_m, floor; `sigma_m` is what the sender says of all errors."""
    ordered = sorted(rows, key=lambda row: row["ts"])
    columns = {name: [row[name] for row in ordered] for name in ("device_id", "ts", "x_m", "y_m", "floor")}
    pings = pa.table(
        {
            "store_id": [store] * len(rows),
            "device_id": pa.array(columns["device_id"]).dictionary_encode(),
            "ts": pa.array(columns["ts"]).cast(TS),
            "x_m": pa.array(columns["x_m"], pa.float64()),
            "y_m": pa.array(columns["y_m"], pa.float64()),
            "floor": pa.array(columns["floor"], pa.int16()),
            "sigma_m": pa.array([sigma_m] * len(rows), pa.float64()),
        }
    )
    return replay(StorePlans.always(floorplan.parse(json.dumps(drawn).encode())), pings, SILENCE_S)


def answers(done: Replayed) -> dict[tuple[str, int], str | None]:
    """(device, ts in ms) → the department."""
    ts = done.zones.column("ts").cast(pa.int64()).to_pylist()
    keys = zip(done.zones.column("device_id").to_pylist(), ts, strict=True)
    return dict(zip(keys, done.zones.column("department").to_pylist(), strict=True))
