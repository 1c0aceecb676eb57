"""Moments: from the engine's codes to a batch of the table `moments`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa

from models import ids
from models.features import SEEN_S, MomentFacts, day_angle, moment_matrix
from models.records import MOMENTS
from streams.dwell.engine import Answers, Engine
from streams.dwell.kinds import probabilities


@dataclass(frozen=True)
class Draw:
    """How the held-out visits are drawn: by keyed hash of store, phone and the local date on which the visit began."""

    secret: str
    share: float

    def holds_out(self, engine: Engine, store: str, device: str, first_ts: int) -> bool:
        return _held_out(self.secret, self.share, store, device, engine.plans.local_date(first_ts).isoformat())


_held_out = lru_cache(maxsize=100_000)(ids.held_out)
"""All moments of a visit ask the same."""


def moments_batch(
    engine: Engine, store: str, answers: Answers, customers: Mapping[str, str], draw: Draw
) -> pa.RecordBatch:
    """Rows in the order in which they fired; `customers` are those whose check-ins were read so far."""
    moments = answers.moments
    zones = [engine.codes[code] for code in moments["zone"].tolist()]
    devices = [ids.phone_text(phone) for phone in moments["phone"].tolist()]
    visits = [ids.visit_id(store, *one) for one in zip(devices, moments["id_ts"].tolist(), strict=True)]
    names = [engine.codes[code].zone_id for code in answers.shares["zone"].tolist()]
    seconds = answers.shares["live_s"].tolist()
    spans = [slice(*span) for span in zip(moments["start"].tolist(), moments["stop"].tolist(), strict=True)]
    passed = zip(visits, (at.zone_id for at in zones), moments["threshold_s"].tolist(), strict=True)
    begun = zip(devices, moments["first"].tolist(), strict=True)
    columns: Mapping[str, Any] = {
        "store_id": [store] * len(moments),
        "moment_id": [ids.moment_id(*one) for one in passed],
        "visit_id": visits,
        "device_id": devices,
        "customer_id": [customers.get(device) for device in devices],
        "holdout": [draw.holds_out(engine, store, *one) for one in begun],
        "ts": moments["ts"].tolist(),
        "zone_id": [at.zone_id for at in zones],
        "kind": [at.kind for at in zones],
        "live_s": moments["live_s"].tolist(),
        "zones": [names[span] for span in spans],
        "zone_live_s": [seconds[span] for span in spans],
        "shopper_p": probabilities(moments["sums"], (moments["ts"] - moments["first"]) / 1000)[:, 0],
        "features": moment_matrix(_facts(engine, answers, [device in customers for device in devices])).tolist(),
    }
    return pa.RecordBatch.from_arrays([pa.array(columns[one.name], one.type) for one in MOMENTS], schema=MOMENTS)


def _facts(engine: Engine, answers: Answers, known: list[bool]) -> MomentFacts:
    moments = answers.moments
    seen = np.concatenate([[0], np.cumsum(answers.shares["live_s"] >= SEEN_S)])
    is_display = [engine.codes[code].kind == "display" for code in moments["zone"].tolist()]
    angles = [day_angle(ts, engine.plans.at(ts).timezone) for ts in moments["ts"].tolist()]
    return MomentFacts(
        live_s=moments["live_s"],
        visit_s=(moments["ts"] - moments["first"]) / 1000,
        zones_seen=(seen[moments["stop"]] - seen[moments["start"]]).astype(float),
        at_display=np.array(is_display, float),
        known_customer=np.array(known, float),
        day_angle=np.array(angles),
    )
