"""A plan as the benchmark reads it: which department and display lie at a point, far finer than the engine's raster."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from models import floorplan
from models.floorplan import FloorPlan, Zone

SIDE_M = 0.1
NOWHERE = -1
Codes = NDArray[np.int32]
Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Chart:
    """`zones` are the departments, then the displays; a code is an index of it, or NOWHERE."""

    plan: FloorPlan
    zones: tuple[Zone, ...]
    departments: int
    floors: NDArray[np.int16]
    corner: tuple[float, float]
    department: Codes
    """Codes by cell of SIDE_M, shape (floors, rows, columns), row 0 lowest y."""
    display: Codes
    blocked: NDArray[np.bool_]
    """Where the plan draws an obstacle."""

    @classmethod
    def of(cls, content: dict[str, Any]) -> Chart:
        plan = floorplan.parse(json.dumps(content).encode())
        zones = (*plan.of_kind("department"), *plan.of_kind("display"))
        floors = np.array(sorted({zone.floor for zone in plan.zones}), np.int16)
        x0, y0, x1, y1 = shapely.total_bounds([zone.shape for zone in plan.zones])
        size = (len(floors), math.ceil((y1 - y0) / SIDE_M) + 1, math.ceil((x1 - x0) / SIDE_M) + 1)
        grids = np.full(size, NOWHERE, np.int32), np.full(size, NOWHERE, np.int32), np.zeros(size, np.bool_)
        chart = cls(plan, zones, len(plan.of_kind("department")), floors, (float(x0), float(y0)), *grids)
        chart._paint()
        return chart

    def at(self, x_m: Numbers, y_m: Numbers, floor: NDArray[np.int16]) -> tuple[Codes, Codes]:
        """Department and display at each point."""
        inside, at = self._look(x_m, y_m, floor)
        return np.where(inside, self.department[at], NOWHERE), np.where(inside, self.display[at], NOWHERE)

    def blocked_at(self, x_m: Numbers, y_m: Numbers, floor: NDArray[np.int16]) -> NDArray[np.bool_]:
        inside, at = self._look(x_m, y_m, floor)
        return np.asarray(inside & self.blocked[at])

    def _look(self, x_m: Numbers, y_m: Numbers, floor: NDArray[np.int16]) -> tuple[NDArray[np.bool_], Any]:
        """Whether each point is on the plan, and its index in the grids; some index where it is not."""
        row, column = self._cell(x_m, y_m)
        level = np.minimum(np.searchsorted(self.floors, floor), len(self.floors) - 1)
        _, rows, columns = self.blocked.shape
        inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns) & (self.floors[level] == floor)
        return inside, (level, np.where(inside, row, 0), np.where(inside, column, 0))

    def kinds(self) -> Iterator[tuple[str, slice]]:
        """Which codes are departments, which displays."""
        yield "department", slice(0, self.departments)
        yield "display", slice(self.departments, len(self.zones))

    def _cell(self, x_m: Numbers, y_m: Numbers) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        column, row = (np.floor((v - c) / SIDE_M) for v, c in zip((x_m, y_m), self.corner, strict=True))
        return row.astype(np.int64), column.astype(np.int64)

    def _paint(self) -> None:
        """Small displays over large ones over what is no department over departments (as DESIGN §4 has it)."""
        code = {zone.id: number for number, zone in enumerate(self.zones)}
        others = self.plan.of_kind("checkout", "entrance", "staff")
        displays = sorted(self.zones[self.departments :], key=lambda zone: -zone.shape.area)
        for zone in (*self.zones[: self.departments], *others, *displays):
            at = self._under(zone.shape, zone.floor)
            home = self.plan.department_of(zone) if zone.kind in ("department", "display") else None
            self.department[at] = code[home] if home else NOWHERE
            self.display[at] = code[zone.id] if zone.kind == "display" else NOWHERE
        for feature in self.plan.features["features"]:
            known = feature.get("properties") or {}
            if known.get("kind") == "obstacle":
                self.blocked[self._under(shapely.geometry.shape(feature["geometry"]), known.get("floor") or 0)] = True

    def _under(self, shape: Any, floor: int) -> tuple[Any, Any, Any]:
        """The cells whose middle a shape covers; none on a floor without zones."""
        _, rows, columns = self.blocked.shape
        x0, y0, x1, y1 = shape.bounds
        first, last = self._cell(np.array([x0, x1]), np.array([y0, y1]))
        row, column = np.mgrid[max(first[0], 0) : min(first[1] + 1, rows), max(last[0], 0) : min(last[1] + 1, columns)]
        x, y = self.corner[0] + (column + 0.5) * SIDE_M, self.corner[1] + (row + 0.5) * SIDE_M
        inside = shapely.contains_xy(shape, x, y) & (floor in self.floors)
        return np.searchsorted(self.floors, floor), row[inside], column[inside]
