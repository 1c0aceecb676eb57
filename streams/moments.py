"""Moments: from the engine's codes to a batch of the table `moments`, by columns: a moment costs about its hash."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from models import ids
from models.features import SEEN_S, MomentFacts, day_angle, moment_matrix
from models.records import MOMENTS
from streams.dwell.engine import Answers, Engine, ZoneCode
from streams.dwell.kinds import probabilities
from streams.visit_names import VisitNames

_MINUTE_MS = 60_000


@dataclass(frozen=True)
class Zones:
    """What the engine's codes stand for, as columns to pick from."""

    codes: Sequence[ZoneCode]

    @cached_property
    def ids(self) -> pa.Array:
        return pa.array([code.zone_id for code in self.codes], pa.string())

    @cached_property
    def kinds(self) -> pa.Array:
        return pa.array([code.kind for code in self.codes], pa.string())

    @cached_property
    def is_display(self) -> NDArray[np.float64]:
        return np.array([code.kind == "display" for code in self.codes], float)


class Moments:
    """Those of one store's visits."""

    def __init__(self, names: VisitNames) -> None:
        self._names, self._zones = names, Zones(())

    def batch(self, engine: Engine, answers: Answers, customers: Mapping[str, str]) -> pa.RecordBatch:
        """Rows in the order in which they fired; `customers` are those whose check-ins were read so far."""
        zones, moments, shares = self._zones_of(engine), answers.moments, answers.shares
        visits = self._names.of(engine, moments["phone"], moments["id_ts"], moments["first"])
        visit_ids, devices, held_out = zip(*visits, strict=True)
        known = [customers.get(device) for device in devices] if customers else [None] * len(devices)
        zone, length = moments["zone"], moments["stop"] - moments["start"]
        zone_ids = zones.ids.take(pa.array(zone))
        spans = _spans(moments["start"], length)
        columns: Mapping[str, Any] = {
            "store_id": [self._names.store] * len(moments),
            "moment_id": _hex(ids.moment_ids(visit_ids, zone_ids.to_pylist(), moments["threshold_s"].tolist())),
            "visit_id": _hex(visit_ids),
            "device_id": _hex(devices),
            "customer_id": known,
            "holdout": held_out,
            "ts": moments["ts"],
            "zone_id": zone_ids,
            "kind": zones.kinds.take(pa.array(zone)),
            "live_s": moments["live_s"],
            "zones": _lists(length, zones.ids.take(pa.array(shares["zone"][spans]))),
            "zone_live_s": _lists(length, pa.array(shares["live_s"][spans].astype(np.float32))),
            "shopper_p": probabilities(moments["sums"], (moments["ts"] - moments["first"]) / 1000)[:, 0],
            "features": _vectors(moment_matrix(_facts(engine, answers, zones.is_display[zone], known))),
        }
        return pa.RecordBatch.from_arrays([_column(columns[one.name], one) for one in MOMENTS], schema=MOMENTS)

    def _zones_of(self, engine: Engine) -> Zones:
        """A new plan may bring new codes; known ones stay."""
        if len(self._zones.codes) != len(engine.codes):
            self._zones = Zones(tuple(engine.codes))
        return self._zones


def joined(parts: Sequence[Answers]) -> Answers:
    """The moments of several answers and their shares, one after the other, and nothing else."""
    if len(parts) == 1:
        return parts[0]
    before = np.cumsum([0, *(len(part.shares) for part in parts[:-1])])
    moments = np.concatenate([part.moments for part in parts])
    for name in ("start", "stop"):
        moments[name] += np.repeat(before, [len(part.moments) for part in parts])
    shares = np.concatenate([part.shares for part in parts])
    return replace(parts[0], moments=moments, shares=shares)


def _column(values: Any, field: pa.Field) -> pa.Array:
    return values if isinstance(values, pa.Array) else pa.array(values, field.type)


def _hex(texts: Sequence[str]) -> pa.Array:
    """Texts of 16 characters."""
    ends = np.arange(0, 16 * len(texts) + 1, 16, dtype=np.int32)
    return pa.StringArray.from_buffers(len(texts), pa.py_buffer(ends), pa.py_buffer("".join(texts).encode()))


def _spans(start: NDArray[np.int64], length: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows of all the spans, one after the other; moments of one ping have the same one."""
    return np.arange(int(length.sum())) + np.repeat(start - (np.cumsum(length) - length), length)


def _lists(lengths: NDArray[np.int64], values: pa.Array) -> pa.Array:
    ends = np.zeros(len(lengths) + 1, np.int32)
    np.cumsum(lengths, out=ends[1:])
    return pa.ListArray.from_arrays(pa.array(ends), values)


def _vectors(matrix: NDArray[np.float32]) -> pa.Array:
    rows, width = matrix.shape
    return _lists(np.full(rows, width), pa.array(matrix.ravel()))


def _facts(
    engine: Engine, answers: Answers, at_display: NDArray[np.float64], known: Sequence[str | None]
) -> MomentFacts:
    moments = answers.moments
    seen = np.zeros(len(answers.shares) + 1)
    np.cumsum(answers.shares["live_s"] >= SEEN_S, out=seen[1:])
    return MomentFacts(
        live_s=moments["live_s"],
        visit_s=(moments["ts"] - moments["first"]) / 1000,
        zones_seen=seen[moments["stop"]] - seen[moments["start"]],
        at_display=at_display,
        known_customer=np.array([customer is not None for customer in known], float),
        day_angle=_day_angles(engine, moments["ts"]),
    )


def _day_angles(engine: Engine, ts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Many moments share a minute, and its plan: dates change at a whole minute."""
    minutes = (ts // _MINUTE_MS).tolist()
    starts = {minute: minute * _MINUTE_MS for minute in set(minutes)}
    angles = {minute: day_angle(start, engine.plans.at(start).timezone) for minute, start in starts.items()}
    return np.array([angles[minute] for minute in minutes])
