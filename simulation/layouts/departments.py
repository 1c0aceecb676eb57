"""The layout `departments`: rows of departments that touch, with lanes through them, on any number of floors.

Each floor has rows of departments that touch, back to back. Through the middle of a row runs a corridor; aisles
between pairs of departments, and one at either end, join the corridors; the front corridor leads to tills and entrance.

        ┌ aisle ┬ department ┬ department ┬ aisle ┬ …      a department: shelf, displays, corridor, displays, shelf
        ├ front corridor ──────────────────────────
        └ entrance   till till till …     staff room
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from simulation.assortment import Department, departments
from simulation.layout import Layout, Rect, Size, Spot, Zone
from simulation.layouts.front import TILL_PITCH_M, checkouts, walls

WIDTH_M, DEPTH_M = 12.0, 10.0
"""A department."""
AISLE_M, FRONT_M = 3.0, 11.0
"""The width of an aisle; the depth of the front with entrance, tills and its corridor."""
FRONT_LANE_M, EXIT_LANE_M = 9.5, 1.5
DISPLAY_M, DISPLAY_DEPTH_M, SHELF_M = 3.0, 2.5, 0.7
"""A display is the area that one looks at its shelf from: this wide, this deep."""


@dataclass(frozen=True, eq=False)
class Laned(Layout):
    """A corridor through each row of departments, an aisle after each pair of columns."""

    columns: int = 2

    def route(self, start: Spot, end: Spot, aside_m: float = 0.0) -> list[Spot]:
        """Along the lanes, or `aside_m` beside their middle; between floors by the escalator."""
        if start.floor != end.floor:
            below, above = (Spot(AISLE_M / 2, FRONT_LANE_M, floor) for floor in (start.floor, end.floor))
            return [*self.route(start, below, aside_m), above, *self.route(above, end, aside_m)]
        leave, join = _lane(start.y_m) + aside_m, _lane(end.y_m) + aside_m
        corners = [(start.x_m, leave), (end.x_m, join)]
        if leave != join:
            aisle = min(self._aisles(), key=lambda x: abs(start.x_m - x) + abs(end.x_m - x)) + aside_m
            corners[1:1] = [(aisle, leave), (aisle, join)]
        return [*(Spot(x, y, end.floor) for x, y in corners), end]

    def walking_order(self, display: Zone) -> tuple[int, int, float]:
        """Along one corridor to the right, back along the next."""
        x, y = display.area.centre
        row = int(y // DEPTH_M)
        return display.floor, row, x if row % 2 else -x

    def _aisles(self) -> Sequence[float]:
        return [pair * (2 * WIDTH_M + AISLE_M) + AISLE_M / 2 for pair in range(self.columns // 2 + 1)]


def build(size: Size) -> Layout:
    """About as many columns as rows, an even number."""
    per_floor = math.ceil(size.departments / size.floors)
    columns = 2 * math.ceil(math.sqrt(per_floor) / 2)
    rows = math.ceil(per_floor / columns)
    wide, deep = columns * WIDTH_M + (columns // 2 + 1) * AISLE_M, FRONT_M + rows * DEPTH_M
    sold = tuple(departments(size.departments, size.displays))
    corners = [_corner(number, rows, columns) for number in range(len(sold))]
    entrance = Spot(AISLE_M + 2, EXIT_LANE_M)
    return Laned(
        departments=sold,
        floors=size.floors,
        width_m=wide,
        depth_m=deep,
        entrance=entrance,
        tills=tuple(checkouts(min(2 + len(sold) // 3, int((wide - 17) // TILL_PITCH_M)), 9)),
        staff_room=Zone("staff-room", "staff", "Staff room", Rect(wide - 7, 0, wide - 1, 5)),
        of_departments=tuple(z for d, at in zip(sold, corners, strict=True) for z in _department(d, *at)),
        obstacles=(
            *(shelf for d, at in zip(sold, corners, strict=True) for shelf in _shelves(d, *at)),
            *walls(wide, deep, size.floors, entrance.x_m),
        ),
        columns=columns,
    )


def _lane(y_m: float) -> float:
    return FRONT_LANE_M if y_m < FRONT_M else FRONT_M + ((y_m - FRONT_M) // DEPTH_M + 0.5) * DEPTH_M


def _corner(number: int, rows: int, columns: int) -> Spot:
    """The lower left one of a department."""
    floor, place = divmod(number, rows * columns)
    row, column = divmod(place, columns)
    return Spot(AISLE_M + column * WIDTH_M + column // 2 * AISLE_M, FRONT_M + row * DEPTH_M, floor)


def _department(department: Department, left: float, low: float, floor: int) -> Iterator[Zone]:
    yield Zone(department.id, "department", department.name, Rect(left, low, left + WIDTH_M, low + DEPTH_M), floor)
    for i, category in enumerate(department.categories):
        yield Zone(category, "display", category.title(), _display(left, low, i), floor, department.id, category)


def _shelves(department: Department, left: float, low: float, floor: int) -> Iterator[Zone]:
    for side, bottom in (("front", low), ("back", low + DEPTH_M - SHELF_M)):
        area = Rect(left, bottom, left + WIDTH_M, bottom + SHELF_M)
        yield Zone(f"{department.id}-shelf-{side}", "obstacle", "Shelf", area, floor)


def _display(left: float, low: float, number: int) -> Rect:
    """Three along the front shelf, three along the back one."""
    row, column = divmod(number, 3)
    x0 = left + 0.5 + column * (DISPLAY_M + 1)
    y0 = low + (DEPTH_M - SHELF_M - DISPLAY_DEPTH_M if row else SHELF_M)
    return Rect(x0, y0, x0 + DISPLAY_M, y0 + DISPLAY_DEPTH_M)
