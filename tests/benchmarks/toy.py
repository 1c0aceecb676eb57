"""Two departments side by side with a display in each, and pings whose truth is written beside them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from benchmarks.accuracy.case import Case
from benchmarks.accuracy.scenario import Places, Scenario, Spent
from models.records import TS
from tests.contract.plan import plan, zone

PLAN = plan(
    "S1",
    zone("left", "department", (0, 0, 10, 10)),
    zone("right", "department", (10, 0, 20, 10)),
    zone("a", "display", (1, 1, 5, 5), department="left"),
    zone("b", "display", (15, 1, 19, 5), department="right"),
    zone("till", "checkout", (8, 0, 10, 2)),
)
Ping = tuple[str, float, float, float, str | None, str | None]
"""Device, seconds, reported x and y, true department and display."""


def case(pings: Sequence[Ping], spent: Spent) -> Case:
    device, t_s, x, y, department, display = (list(column) for column in zip(*pings, strict=True))
    table = pa.table(
        {
            "store_id": ["S1"] * len(pings),
            "device_id": pa.array(device).dictionary_encode(),
            "ts": pa.array([round(1000 * t) for t in t_s]).cast(TS),
            "x_m": pa.array(x, pa.float64()),
            "y_m": pa.array(y, pa.float64()),
            "floor": pa.array([0] * len(pings), pa.int16()),
            "sigma_m": pa.array([1.0] * len(pings)),
        }
    )
    places = Places(np.array(x), np.array(y), np.zeros(len(pings), np.int16), department, display)
    return Case.of(Scenario("toy", PLAN, table, places, spent))
