"""A store's plans, all floors and versions, as one array of spots that the kernel looks up."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from models.floorplan import CELL_M
from models.plans import StorePlans
from streams.dwell.arrays import LEVEL, Ground
from streams.dwell.roles import roles_of

FOREVER = 2**63 - 1
Code = tuple[str, str]
"""A zone's id and kind."""


def ground_of(plans: StorePlans, codes: Mapping[Code, int]) -> Ground:
    """`codes` numbers the departments and displays; any other zone is nowhere."""
    starts = plans.starts_ms
    levels, grids, start = [], [], 0
    for (_, plan), since, until in zip(plans.versions, starts, [*starts[1:], FOREVER], strict=True):
        raster = plan.raster()
        known = (codes.get((zone.id, zone.kind), -1) + 1 for zone in plan.zones)
        lookup = np.array([*known, 0], np.int32)  # −1 reads the last
        spots = lookup[raster.department] << 16 | lookup[raster.display]
        _, rows, columns = spots.shape
        for floor in raster.floors.tolist():
            levels.append((floor, since, until, *raster.corner, CELL_M, rows, columns, start))
            start += rows * columns
        grids.append(spots.ravel())
    return Ground(np.array(levels, LEVEL), np.concatenate(grids), roles_of(plans))
