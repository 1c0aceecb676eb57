"""A store's plans, all floors and versions, as one array of kinds of place that the kernel looks up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from models.floorplan import CELL_M, FloorPlan, Raster
from models.plans import StorePlans
from streams.dwell.arrays import LEVEL, NOWHERE, SPOT, STEP, Ground
from streams.dwell.filter import STEPS, fill_steps
from streams.dwell.parameters import Parameters
from streams.dwell.roles import roles_of
from streams.dwell.tiles import Tiles, direction, tiles_of
from streams.dwell.ways import ways

FOREVER = 2**63 - 1
Code = tuple[str, str]
"""A zone's id and kind."""
MARGIN_M = 3.0
"""Around the zones there is floor that no plan draws: so much of it can be near a zone; more than `near_m`."""
MOST_KEPT = 8
"""Ways and tiles of plans …"""
_lately: dict[bytes, Any] = {}
"""… by a digest of what they were made of, the oldest first."""
T = TypeVar("T")
_CLASSES = 6
_OBSTACLE, _OUTSIDE, _FAR, _NEAR, _ZONE, _DISPLAY = range(_CLASSES)


def ground_of(plans: StorePlans, codes: Mapping[Code, int], model: Parameters) -> Ground:
    """`codes` numbers the departments and displays; any other zone is nowhere."""
    starts = plans.starts_ms
    levels, drawn, grids, walked, roles, start = [], [], [], [], [], 0
    for (_, plan), since, until in zip(plans.versions, starts, [*starts[1:], FOREVER], strict=True):
        raster = plan.raster()
        kinds = _kinds(plan, raster, codes, model)
        _, rows, columns = kinds.shape
        left, low = (corner - MARGIN_M for corner in raster.corner)
        for floor in raster.floors.tolist():
            drawn.append(plan)
            levels.append((floor, since, until, left, low, CELL_M, rows, columns, start))
            start += rows * columns
        grids.append(kinds.ravel())
        walked.append(_widened(1 - model.ways + model.ways * _ways(plan, raster), 1.0).ravel())
        roles.append(_widened(roles_of(plan), 0).ravel())
    spots, cells = np.unique(np.concatenate(grids), return_inverse=True)
    off_plan = np.array([(NOWHERE, NOWHERE, model.obstacle_density, model.obstacle_passage)], SPOT)
    table = np.concatenate([off_plan, _spots(spots, model)])
    numbered, record, steps = (cells + 1).astype(np.int32), model.record(), np.zeros(STEPS, STEP)
    fill_steps(steps, record[0])
    placed = np.array(levels, LEVEL)
    tiles = _tiles(list(zip(drawn, placed, strict=True)), numbered, np.concatenate(walked), table, model)
    return Ground(placed, numbered, np.concatenate(roles), table, record, steps, *tiles, np.zeros(2 * len(table)))


def _ways(plan: FloorPlan, raster: Raster) -> NDArray[np.float32]:
    stops = " ".join(f"{zone.kind}{zone.floor}" for zone in plan.zones)
    grids = (raster.zone, raster.department, raster.display, raster.obstacle, raster.floors)
    of = [stops.encode(), str(raster.zone.shape).encode(), *(grid.tobytes() for grid in grids)]
    return _kept("ways", of, lambda: ways(plan, raster))


def _tiles(levels: list[tuple[FloorPlan, Any]], *of: Any) -> Tiles:
    *arrays, model = of
    places = [np.array(direction(plan)).tobytes() + level.tobytes() for plan, level in levels]
    return _kept(
        "tiles", [*places, *(one.tobytes() for one in (*arrays, model.record()))], lambda: tiles_of(levels, *of)
    )


def _kept(what: str, of: list[bytes], make: Callable[[], T]) -> T:
    """What was made of the same bytes before, if lately: engines of one store begin anew at each restart, and the two
    things that take most of the time are a function of its plan."""
    key = what.encode() + blake2b(b"".join(of), digest_size=16).digest()
    if key not in _lately:
        if len(_lately) == MOST_KEPT:
            del _lately[next(iter(_lately))]
        _lately[key] = make()
    found: T = _lately[key]
    return found


def _kinds(plan: FloorPlan, raster: Raster, codes: Mapping[Code, int], model: Parameters) -> NDArray[np.int64]:
    """(floors, rows, columns): department, display and how densely people stand there, in one number."""
    known = (codes.get((zone.id, zone.kind), NOWHERE) + 1 for zone in plan.zones)
    lookup = np.array([*known, 0], np.int64)  # −1 reads the last
    zone, department, display = (_widened(of, -1) for of in (raster.zone, raster.department, raster.display))
    place = np.where(_widened(np.ones_like(raster.obstacle), 0), _FAR, _OBSTACLE)
    near = _near(zone >= 0, round(model.near_m / CELL_M))
    place[near] = np.where(place[near] == _FAR, _NEAR, _OUTSIDE)
    place[zone >= 0] = _ZONE
    place[display >= 0] = _DISPLAY
    place[_widened(raster.obstacle, 0)] = _OBSTACLE
    return ((lookup[department] << 16) + lookup[display]) * _CLASSES + place


def _widened(grid: NDArray[Any], outside: float) -> NDArray[Any]:
    steps = round(MARGIN_M / CELL_M)
    wide = np.full((grid.shape[0], grid.shape[1] + 2 * steps, grid.shape[2] + 2 * steps), outside, grid.dtype)
    wide[:, steps:-steps, steps:-steps] = grid
    return wide


def _near(inside: NDArray[np.bool_], steps: int) -> NDArray[np.bool_]:
    """Cells within so many steps of one that is inside, along rows and columns."""
    for axis in (1, 2):
        inside = np.logical_or.reduce([np.roll(inside, step, axis) for step in range(-steps, steps + 1)])
    return inside


def _spots(kinds: NDArray[np.int64], model: Parameters) -> NDArray[np.void]:
    zones, place = np.divmod(kinds, _CLASSES)
    stand = [model.obstacle_density, model.far_density, model.far_density, model.near_density]
    stand += [model.department_density, model.display_density]
    spots = np.zeros(len(kinds), SPOT)
    spots["department"], spots["display"] = (zones >> 16) - 1, (zones & 0xFFFF) - 1
    spots["stand"] = np.array(stand)[place]
    walk = [model.obstacle_passage, model.outside_passage, 1.0, 1.0, 1.0, model.display_passage]
    spots["walk"] = np.array(walk)[place]
    return spots
