"""The engine's answers as rows of the tables `zones`, `dwells` and `visits`."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa

from models import ids
from models.records import DWELLS, TS, VISITS, optional, required
from streams.dwell.arrays import NOWHERE
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


def visit_rows(engine: Engine, store: str, answers: Answers, text: Text) -> list[dict[str, Any]]:
    """Rows of `visits` (times in ms) for the visits that are over; the worker adds the holdout."""
    visits = answers.visits
    p = probabilities(visits["sums"], (visits["last"] - visits["first"]) / 1000)
    kinds, certain = p.argmax(axis=1).tolist(), p.max(axis=1).tolist()
    return [
        {
            "store_id": store,
            "visit_id": ids.visit_id(store, text(int(visit["phone"])), int(visit["id_ts"])),
            "device_id": text(int(visit["phone"])),
            "first_ts": int(visit["first"]),
            "last_ts": int(visit["last"]),
            "kind": KINDS[kind],
            "kind_p": kind_p,
            "group_id": _group_id(store, visit["group"], text),
            "pings": int(visit["pings"]),
        }
        for visit, kind, kind_p in zip(visits, kinds, certain, strict=True)
    ]


def _group_id(store: str, group: Any, text: Text) -> str | None:
    """None for a visit without companions."""
    if not group["id_ts"]:
        return None
    return ids.group_id(ids.visit_id(store, text(int(group["phone"])), int(group["id_ts"])))


def dwell_rows(engine: Engine, store: str, answers: Answers, text: Text) -> Iterator[dict[str, Any]]:
    """Rows of `dwells` (times in ms) for the visits that are over, zones in the order of their codes."""
    for visit in answers.visits:
        device = text(int(visit["phone"]))
        visit_id = ids.visit_id(store, device, int(visit["id_ts"]))
        presence_s = (int(visit["last"]) - int(visit["first"])) / 1000
        cells = answers.finished[visit["start"] : visit["stop"]]
        for cell in sorted(cells, key=lambda one: int(one["zone"])):
            if cell["zone"] == NOWHERE or max(cell["dwell_s"], cell["live_s"]) < SMALLEST_S:
                continue
            code = engine.codes[cell["zone"]]
            dwell_s, half_s = min(float(cell["dwell_s"]), presence_s), Z_90 * math.sqrt(cell["variance"])
            yield {
                "store_id": store,
                "visit_id": visit_id,
                "device_id": device,
                "kind": code.kind,
                "zone_id": code.zone_id,
                "live_s": float(cell["live_s"]),
                "dwell_s": dwell_s,
                "lower_s": max(0.0, dwell_s - half_s),
                "upper_s": min(presence_s, dwell_s + half_s),
                "first_ts": int(cell["first"]),
                "last_ts": int(cell["last"]),
                "pings": int(visit["pings"]),
                "plan_version": engine.plans.at(int(cell["first"])).version,
            }


def dwells_table(rows: list[dict[str, Any]]) -> pa.Table:
    return _table(rows, DWELLS)


def visits_table(rows: list[dict[str, Any]]) -> pa.Table:
    return _table(rows, VISITS)


def _table(rows: list[dict[str, Any]], schema: pa.Schema) -> pa.Table:
    return pa.table([pa.array([row.get(f.name) for row in rows], f.type) for f in schema], schema=schema)
