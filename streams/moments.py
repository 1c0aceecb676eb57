"""Moments: from the engine's codes to rows of the table `moments`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from models import ids
from models.features import MomentFacts, moment_vector
from models.records import MOMENTS
from streams.dwell.engine import Answers, Engine


def moment_rows(
    engine: Engine, store: str, answers: Answers, customers: dict[str, str], secret: str, holdout: float
) -> Iterator[dict[str, Any]]:
    """Rows (ts in ms) in the order in which they fired; `customers` are those whose check-ins were read so far."""
    names = [code.zone_id for code in engine.codes]
    zones = [names[zone] for zone in answers.shares["zone"].tolist()]
    lives = answers.shares["live_s"].tolist()
    for phone, id_ts, first, ts, zone, threshold_s, live_s, start, stop in answers.moments.tolist():
        device = ids.phone_text(phone)
        visit = ids.visit_id(store, device, id_ts)
        code = engine.codes[zone]
        seconds = dict(zip(zones[start:stop], lives[start:stop], strict=True))
        timezone = engine.plans.at(ts).timezone
        known = device in customers
        facts = MomentFacts(code.kind, code.zone_id, live_s, seconds, (ts - first) / 1000, ts, timezone, known)
        yield {
            "store_id": store,
            "moment_id": ids.moment_id(visit, code.zone_id, threshold_s),
            "visit_id": visit,
            "device_id": device,
            "customer_id": customers.get(device),
            "holdout": held_out(engine, store, device, first, secret, holdout),
            "ts": ts,
            "zone_id": code.zone_id,
            "kind": code.kind,
            "live_s": live_s,
            "zones": list(seconds),
            "zone_live_s": list(seconds.values()),
            "features": moment_vector(facts),
        }


def held_out(engine: Engine, store: str, device: str, first_ts: int, secret: str, share: float) -> bool:
    """Drawn by keyed hash of store, phone and the local date on which the visit began."""
    return ids.held_out(secret, share, store, device, engine.plans.local_date(first_ts).isoformat())


def moments_batch(rows: list[dict[str, Any]]) -> pa.RecordBatch:
    arrays = [pa.array([row[field.name] for row in rows], field.type) for field in MOMENTS]
    return pa.RecordBatch.from_arrays(arrays, schema=MOMENTS)
