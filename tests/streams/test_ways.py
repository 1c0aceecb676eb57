"""Where people walk, from the plan: along shortest ways between stops, through doors, round shelves."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from models import floorplan
from models.floorplan import CELL_M
from streams.dwell.ways import ways
from tests.streams.toy import plan_bytes, zone

HALL = zone("hall", "department", (0, 0, 40, 20))
LEFT, RIGHT = zone("left", "display", (2, 8, 4, 12)), zone("right", "display", (36, 8, 38, 12))


def walked(*features: Any) -> NDArray[np.float32]:
    """Shape (floors, rows, columns); the drawing begins at (0, 0)."""
    plan = floorplan.parse(plan_bytes([HALL, *features]))
    return ways(plan, plan.raster())


def at(grid: NDArray[np.float32], x: float, y: float) -> float:
    return float(grid[0, int(y / CELL_M), int(x / CELL_M)])


def test_people_walk_between_two_displays_and_not_along_the_walls() -> None:
    grid = walked(LEFT, RIGHT)
    assert at(grid, 20, 10) > 5 * at(grid, 20, 1)
    assert at(grid, 20, 10) > 5 * at(grid, 20, 19)


def test_the_mean_over_the_zones_is_one() -> None:
    grid = walked(LEFT, RIGHT)
    assert abs(grid[0, : int(20 / CELL_M), : int(40 / CELL_M)].mean() - 1) < 0.01


def test_a_wall_with_a_door_has_everybody_go_through_the_door() -> None:
    wall = zone("wall", "obstacle", (19.5, 0, 20.5, 16))
    grid = walked(LEFT, RIGHT, wall)
    assert at(grid, 20, 18) > 20 * max(at(grid, 20, y) for y in range(1, 14))
    assert at(grid, 20, 18) > at(grid, 20, 2) + at(grid, 10, 18)


def test_nobody_jumps_over_a_thin_wall() -> None:
    wall = zone("wall", "obstacle", (19.85, 0, 20.15, 16))
    grid = walked(LEFT, RIGHT, wall)
    assert at(grid, 20, 18) > 20 * max(at(grid, 20, y) for y in range(1, 14))


def test_everybody_comes_in_by_the_entrance_and_goes_by_the_till() -> None:
    door, till = zone("door", "entrance", (0, 0, 2, 2)), zone("till", "checkout", (18, 0, 20, 2))
    grid = walked(LEFT, RIGHT, door, till)
    assert at(grid, 10, 1) > at(grid, 10, 19)  # from the till to the door
    assert at(grid, 28, 5) > at(grid, 28, 18)  # from the right display to the till


def test_with_nowhere_to_go_anywhere_is_as_likely_as_anywhere_else() -> None:
    assert (walked() == 1).all()


def test_each_floor_has_its_own_ways() -> None:
    above = [zone("attic", "department", (0, 0, 40, 20), floor=1)]
    above += [zone(f"{i}", "display", (x, 1, x + 2, 3), floor=1) for i, x in enumerate((2, 36))]
    grid = walked(LEFT, RIGHT, *above)
    assert at(grid, 20, 10) > at(grid, 20, 2)
    assert at(grid[1:], 20, 2) > at(grid[1:], 20, 10)


def test_the_same_plan_has_the_same_ways() -> None:
    np.testing.assert_array_equal(walked(LEFT, RIGHT), walked(LEFT, RIGHT))
