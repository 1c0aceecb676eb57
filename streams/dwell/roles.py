"""What a store's cells are beside departments and displays: staff zones, tills, the surroundings of the doors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.floorplan import FloorPlan
from streams.dwell.trail import DOOR, HAS_DOOR, STAFF, TILL

DOOR_M = 10.0
"""Of a shopper who came in through the door, the first position heard is mostly no further from it."""


def roles_of(plan: FloorPlan) -> NDArray[np.uint8]:
    """Bits of streams/dwell/trail.py by cell of the plan's raster."""
    near = {
        STAFF: plan.cells_near("staff"),
        TILL: plan.cells_near("checkout"),
        DOOR: plan.cells_near("entrance", DOOR_M),
    }
    roles = sum(bit * cells.astype(np.uint8) for bit, cells in near.items())
    return np.asarray(roles | (HAS_DOOR if plan.of_kind("entrance") else 0), np.uint8)
