"""The engine's answers as rows of the tables `zones`, `dwells` and `visits`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from models import ids
from models.records import DWELLS, TS, VISITS, optional, required
from streams.dwell.arrays import NOWHERE, Records
from streams.dwell.engine import Answers, Engine
from streams.dwell.kinds import KINDS, probabilities

SMALLEST_S = 0.5
"""Rows for less dwell than this are left out."""
Z_90 = 1.6448536269514722
"""Half a 90 % interval in standard deviations."""

ZONES = pa.schema(
    [
        required("device_id", pa.string()),
        required("ts", TS),
        optional("department", pa.string()),
        optional("department_p", pa.float64()),
        optional("display", pa.string()),
        optional("display_p", pa.float64()),
    ]
)
"""`zones.parquet`: the settled answer on each accepted ping; a probability is that of the answer beside it."""

Text = Callable[[int], str]
"""A phone's number to its text."""


def visits_table(engine: Engine, store: str, answers: Answers, text: Text) -> pa.Table:
    """Rows of `visits` for the visits that are over; the worker adds the holdout."""
    visits = answers.visits
    p = probabilities(visits["sums"], (visits["last"] - visits["first"]) / 1000)
    columns = {
        **_heads(store, visits, text),
        "first_ts": _times(visits["first"]),
        "last_ts": _times(visits["last"]),
        "kind": _taken(KINDS, p.argmax(axis=1)),
        "kind_p": pa.array(p.max(axis=1)),
        "group_id": pa.array([_group_id(store, group, text) for group in visits["group"]], pa.string()),
        "pings": pa.array(visits["pings"]),
    }
    return pa.table([columns.get(f.name, pa.nulls(len(visits), f.type)) for f in VISITS], schema=VISITS)


def _group_id(store: str, group: Any, text: Text) -> str | None:
    """None for a visit without companions."""
    if not group["id_ts"]:
        return None
    return ids.group_id(ids.visit_id(store, text(int(group["phone"])), int(group["id_ts"])))


def dwells_table(engine: Engine, store: str, answers: Answers, text: Text) -> pa.Table:
    """Rows of `dwells` for the visits that are over, zones in the order of their codes."""
    visits = answers.visits
    which, cells = _cells(visits, answers.finished)
    presence_s = ((visits["last"] - visits["first"]) / 1000)[which]
    dwell_s, half_s = np.minimum(cells["dwell_s"], presence_s), Z_90 * np.sqrt(cells["variance"].astype(np.float64))
    rows = pa.array(which)
    columns = {
        **{name: column.take(rows) for name, column in _heads(store, visits, text).items()},
        "kind": _taken((code.kind for code in engine.codes), cells["zone"]),
        "zone_id": _taken((code.zone_id for code in engine.codes), cells["zone"]),
        "live_s": pa.array(cells["live_s"]),
        "dwell_s": pa.array(dwell_s),
        "lower_s": pa.array(np.maximum(0.0, dwell_s - half_s)),
        "upper_s": pa.array(np.minimum(presence_s, dwell_s + half_s)),
        "first_ts": _times(cells["first"]),
        "last_ts": _times(cells["last"]),
        "pings": pa.array(visits["pings"][which]),
        "plan_version": _taken((plan.version for _, plan in engine.plans.versions), _held(engine, cells["first"])),
    }
    return pa.table([columns[field.name] for field in DWELLS], schema=DWELLS)


def _heads(store: str, visits: Records, text: Text) -> dict[str, pa.Array]:
    """The columns that say whose visit it is."""
    devices = [text(phone) for phone in visits["phone"].tolist()]
    begun = visits["id_ts"].tolist()
    known = [ids.visit_id(store, device, ts) for device, ts in zip(devices, begun, strict=True)]
    return {
        "store_id": pa.repeat(pa.scalar(store), len(visits)),
        "visit_id": pa.array(known, pa.string()),
        "device_id": pa.array(devices, pa.string()),
    }


def _cells(visits: Records, finished: Records) -> tuple[NDArray[np.int64], Records]:
    """What is worth a row: the visit's number and the cell."""
    counts = visits["stop"] - visits["start"]
    which = np.repeat(np.arange(len(visits)), counts)
    within = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
    cells = finished[visits["start"][which] + within]
    kept = (cells["zone"] != NOWHERE) & (np.maximum(cells["dwell_s"], cells["live_s"]) >= SMALLEST_S)
    which, cells = which[kept], cells[kept]
    order = np.lexsort((cells["zone"], which))
    return which[order], cells[order]


def _held(engine: Engine, ts_ms: NDArray[np.int64]) -> NDArray[np.int64]:
    """Which version of the plan held."""
    starts = np.array(engine.plans.starts_ms, np.int64)
    return np.asarray(np.searchsorted(starts, ts_ms, side="right") - 1)


def _taken(values: Iterable[str], at: NDArray[Any]) -> pa.Array:
    return pa.array(list(values), pa.string()).take(pa.array(at))


def _times(ts_ms: NDArray[np.int64]) -> pa.Array:
    return pa.array(ts_ms).cast(TS)
