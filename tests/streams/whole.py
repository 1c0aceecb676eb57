"""A replay as it is defined, everything at once and row by row: what `streams/replay` must equal to the bit."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from models import ids
from models.pings import Pings, rounded, rounded_sigma
from models.plans import StorePlans
from streams.dwell.arrays import NOWHERE
from streams.dwell.engine import Answers, Engine
from streams.dwell.kinds import KINDS, probabilities
from streams.dwell.results import SMALLEST_S, Z_90

Row = Mapping[str, Any]


class Whole:
    """Rows of the three tables, and what was left out."""

    def __init__(self, plans: StorePlans, arrived: pa.RecordBatch, silence_s: float) -> None:
        self.store = plans.newest.store
        ours = [row for row in arrived.to_pylist() if row["store_id"] == self.store]
        placed = [row for row in ours if _finite(row["x_m"]) and _finite(row["y_m"])]
        first: dict[tuple[str, Any], Row] = {}
        for row in placed:
            first.setdefault((row["device_id"], row["ts"]), row)
        kept = list(first.values())
        self.foreign, self.nowhere = len(arrived) - len(ours), len(ours) - len(placed)
        self.copies = len(placed) - len(kept)
        self._names = list(dict.fromkeys(row["device_id"] for row in kept))
        self.engine = Engine(plans, silence_s)
        parts = [self.engine.push(self._pings(kept, plans)), self.engine.finish()]
        self.late = sum(part.late for part in parts)
        self.zones = list(self._zones(kept, parts))
        self.visits = [row for part in parts for row in self._visits(part)]
        self.dwells = [row for part in parts for row in self._dwells(part)]

    def _pings(self, kept: list[Row], plans: StorePlans) -> Pings:
        corners = [plans.at(_ms(row["ts"])).corner for row in kept]
        axes = []
        for axis, name in enumerate(("x_m", "y_m")):
            values = ((row[name], corner[axis]) for row, corner in zip(kept, corners, strict=True))
            axes.append([corner + float(rounded(np.array([value]), corner)[0]) for value, corner in values])
        sigma = [math.nan if row["sigma_m"] is None else row["sigma_m"] for row in kept]
        return Pings(
            np.array([self._names.index(row["device_id"]) for row in kept], np.uint64),
            np.array([_ms(row["ts"]) for row in kept], np.int64),
            np.array(axes[0], np.float64),
            np.array(axes[1], np.float64),
            rounded_sigma(np.array(sigma, np.float64)).astype(np.float64),
            np.array([row["floor"] or 0 for row in kept], np.int16),
        )

    def _zones(self, kept: list[Row], parts: list[Answers]) -> Iterator[Row]:
        settled = {int(one["seq"]): one for part in parts for one in part.settled}
        for seq, row in enumerate(kept):
            found = settled.get(seq)
            answer: dict[str, Any] = dict.fromkeys(("department", "department_p", "display", "display_p"))
            for kind in ("department", "display"):
                if found is not None:
                    answer[kind] = self.engine.codes[found[kind]].zone_id if found[kind] >= 0 else None
                    answer[f"{kind}_p"] = min(float(found[f"{kind}_p"]), 1.0)
            yield {"device_id": row["device_id"], "ts": row["ts"], **answer}

    def _visits(self, part: Answers) -> Iterator[Row]:
        for visit in part.visits:
            yield {
                **self._head(visit),
                "customer_id": None,
                "first_ts": int(visit["first"]),
                "last_ts": int(visit["last"]),
                **self._judged(visit),
                "holdout": None,
                "pings": int(visit["pings"]),
            }

    def _dwells(self, part: Answers) -> Iterator[Row]:
        for visit in part.visits:
            presence_s = (int(visit["last"]) - int(visit["first"])) / 1000
            for cell in part.finished[visit["start"] : visit["stop"]]:
                if cell["zone"] == NOWHERE or max(cell["dwell_s"], cell["live_s"]) < SMALLEST_S:
                    continue
                code = self.engine.codes[cell["zone"]]
                dwell_s, half_s = min(float(cell["dwell_s"]), presence_s), Z_90 * math.sqrt(cell["variance"])
                yield {
                    **self._head(visit),
                    "kind": code.kind,
                    "zone_id": code.zone_id,
                    "live_s": float(cell["live_s"]),
                    "dwell_s": dwell_s,
                    "lower_s": max(0.0, dwell_s - half_s),
                    "upper_s": min(presence_s, dwell_s + half_s),
                    "first_ts": int(cell["first"]),
                    "last_ts": int(cell["last"]),
                    "pings": int(visit["pings"]),
                    "plan_version": self.engine.plans.at(int(cell["first"])).version,
                }

    def _judged(self, visit: Any) -> Mapping[str, Any]:
        seconds = np.array([(int(visit["last"]) - int(visit["first"])) / 1000])
        p = probabilities(np.array([visit["sums"]]), seconds)[0]
        group = visit["group"]
        first = (
            ids.visit_id(self.store, self._names[int(group["phone"])], int(group["id_ts"])) if group["id_ts"] else None
        )
        named = ids.group_id(first) if first else None
        return {"kind": KINDS[int(p.argmax())], "kind_p": float(p.max()), "group_id": named}

    def _head(self, visit: Any) -> Row:
        device = self._names[int(visit["phone"])]
        known = ids.visit_id(self.store, device, int(visit["id_ts"]))
        return {"store_id": self.store, "visit_id": known, "device_id": device}


def _finite(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _ms(ts: Any) -> int:
    return round(ts.timestamp() * 1000)
