"""A hall with a display for each category, and shoppers who stroll through it: the pings that their phones send.

The dwell that a benchmark gives to the recommender comes from these by the engine, so that its errors are in it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks import grid
from benchmarks.accuracy.replayed import Replayed, replay
from benchmarks.recommender.log import Ints
from models import floorplan
from models.plans import StorePlans
from models.records import TS
from streams.replay.columns import PINGS

COLUMNS, CELL_X_M, CELL_Y_M = 8, 6.0, 5.0
DISPLAY_X_M, DISPLAY_Y_M = 4.0, 2.5
DOOR = (0.0, -2.0)
WALK_M_S, EVERY_S, SILENCE_S = 1.2, 2.0, 300.0
CORRELATION = 0.5
"""Of the errors of one ping and the next, as in DESIGN §6's mild simulation."""

Stroll = Sequence[tuple[int, float]]
"""Displays in the order of the visit, by number, and the seconds at each."""


@dataclass(frozen=True)
class Hall:
    """Its displays stand in rows of eight, 2 to 2.5 m apart."""

    categories: tuple[str, ...]

    @cached_property
    def plans(self) -> StorePlans:
        """A display's id is its category."""
        shapes = [self._feature(number, name) for number, name in enumerate(self.categories)]
        head = {"store": "S0", "units": "m", "timezone": "UTC"}
        plan = {"type": "FeatureCollection", "aislewise": head, "features": shapes}
        return StorePlans.always(floorplan.parse(json.dumps(plan).encode()))

    def middle(self, number: int) -> tuple[float, float]:
        return (number % COLUMNS + 0.5) * CELL_X_M, (number // COLUMNS + 0.5) * CELL_Y_M

    def dwelled(self, strolls: Sequence[Stroll], end_ms: Ints, sigma_m: float, seed: int) -> list[dict[str, float]]:
        """Live seconds by category of each stroll, as the engine says."""
        found: list[dict[str, float]] = [{} for _ in strolls]
        told = self.replayed(strolls, end_ms, sigma_m, seed).dwells.select(["device_id", "zone_id", "live_s"])
        for row in told.to_pylist():
            own = found[int(row["device_id"])]
            own[row["zone_id"]] = own.get(row["zone_id"], 0.0) + row["live_s"]
        return found

    def replayed(self, strolls: Sequence[Stroll], end_ms: Ints, sigma_m: float, seed: int) -> Replayed:
        """What `aislewise replay` makes of the pings: a phone is named by its stroll's number."""
        rng = np.random.default_rng(seed)
        walks = [self._walk(stroll, int(end), rng) for stroll, end in zip(strolls, end_ms.tolist(), strict=True)]
        device = np.repeat(np.arange(len(walks)), [len(walk) for walk in walks])
        ts, x, y = np.concatenate(walks).T
        errors = np.concatenate([_errors(len(walk), sigma_m, rng) for walk in walks])
        order = np.argsort(ts, kind="stable")
        names = pa.array([str(number) for number in range(len(walks))])
        columns = {
            "store_id": pa.DictionaryArray.from_arrays(np.zeros(len(order), np.int32), ["S0"]),
            "device_id": pa.DictionaryArray.from_arrays(device[order].astype(np.int32), names),
            "ts": pa.array(ts[order].astype(np.int64)).cast(TS),
            "x_m": (x + errors[:, 0])[order],
            "y_m": (y + errors[:, 1])[order],
            "floor": np.zeros(len(order), np.int16),
            "sigma_m": np.full(len(order), sigma_m),
        }
        pings = pa.table({name: columns[name] for name in PINGS.names})
        return replay(self.plans, pings, SILENCE_S)

    def _walk(self, stroll: Stroll, end_ms: int, rng: np.random.Generator) -> np.ndarray:
        """Shape (pings, 3): ts, x, y where the shopper truly is."""
        knots = [(0.0, *DOOR)]
        for number, seconds in stroll:
            middle = np.array(self.middle(number))
            x, y = middle + rng.uniform(-0.4, 0.4, 2) * (DISPLAY_X_M, DISPLAY_Y_M)
            there = knots[-1][0] + float(np.hypot(x - knots[-1][1], y - knots[-1][2])) / WALK_M_S
            knots += [(there, x, y), (there + seconds, x, y)]
        known = np.array(knots)
        times = np.arange(0.0, known[-1, 0] + EVERY_S, EVERY_S)
        ts = np.round(end_ms - 1000 * (known[-1, 0] - times))
        return np.stack([ts, *(np.interp(times, known[:, 0], known[:, axis]) for axis in (1, 2))], axis=1)

    def _feature(self, number: int, name: str) -> dict[str, Any]:
        (x, y), half_x, half_y = self.middle(number), DISPLAY_X_M / 2, DISPLAY_Y_M / 2
        return grid.feature(name, "display", (x - half_x, y - half_y, x + half_x, y + half_y), categories=[name])


def _errors(count: int, sigma_m: float, rng: np.random.Generator) -> np.ndarray:
    """Shape (count, 2): each like the one before, as far as CORRELATION says."""
    fresh = rng.normal(0, sigma_m, (count, 2))
    for row in range(1, count):
        fresh[row] = CORRELATION * fresh[row - 1] + np.sqrt(1 - CORRELATION**2) * fresh[row]
    return fresh
