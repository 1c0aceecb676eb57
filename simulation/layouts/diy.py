"""The layout `diy`: a hardware store on two floors with wide racks, large departments, stairs and a lift.

Departments stand on a grid with corridors of 3 m between that belong to none; in each, four racks with aisles of 3.4 m
between. A display is a strip along a stretch of rack, at either side.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from simulation.assortment import Department, departments
from simulation.layout import Layout, Rect, Size, Spot, Zone
from simulation.layouts.front import TILL_PITCH_M, checkouts, walls
from simulation.layouts.hall import Climb, Hall

FLOORS = 2
RACKS, RACK_M, AISLE_M = 4, 1.6, 3.4
WIDTH_M, DEPTH_M = RACKS * (RACK_M + AISLE_M) + AISLE_M, 13.0
"""A department."""
CORRIDOR_M, FRONT_M, END_M = 3.0, 10.0, 1.5
"""Between departments; the front's depth; from a department's border to the ends of its racks."""
STRETCH_M, STRIP_M = 3.5, 1.5
"""A display's length along its rack, and its depth."""


def build(size: Size) -> Layout:
    sold = tuple(departments(size.departments, size.displays))
    per_floor = math.ceil(len(sold) / FLOORS)
    columns = math.ceil(math.sqrt(per_floor))
    rows = math.ceil(per_floor / columns)
    wide = CORRIDOR_M + columns * (WIDTH_M + CORRIDOR_M)
    deep = FRONT_M + rows * (DEPTH_M + CORRIDOR_M)
    placed = [(d, _corner(i, per_floor, columns)) for i, d in enumerate(sold)]
    return Hall(
        departments=sold,
        floors=FLOORS,
        width_m=wide,
        depth_m=deep,
        entrance=Spot(5.0, 1.5),
        tills=tuple(checkouts(min(2 + len(sold) // 3, int((wide - 18) // TILL_PITCH_M)), 10)),
        staff_room=Zone("staff-room", "staff", "Staff room", Rect(wide - 7, 0, wide - 1, 5)),
        of_departments=tuple(zone for d, corner in placed for zone in _department(d, corner)),
        obstacles=(
            *(rack for d, corner in placed for rack in _racks(d, corner)),
            *walls(wide, deep, FLOORS, 5.0),
        ),
        climbs=_climbs(wide, deep),
    )


def _climbs(wide: float, deep: float) -> tuple[Climb, Climb]:
    """Stairs at the front on the left, rising for 6 m; a lift at the back on the right."""
    lift = (wide - CORRIDOR_M / 2, deep - CORRIDOR_M / 2)
    return Climb((CORRIDOR_M / 2, FRONT_M - 1), (CORRIDOR_M / 2, FRONT_M + 5)), Climb(lift, lift)


def _corner(number: int, per_floor: int, columns: int) -> Spot:
    floor, place = divmod(number, per_floor)
    row, column = divmod(place, columns)
    return Spot(CORRIDOR_M + column * (WIDTH_M + CORRIDOR_M), FRONT_M + row * (DEPTH_M + CORRIDOR_M), floor)


def _department(department: Department, corner: Spot) -> Iterator[Zone]:
    left, low, floor = corner
    yield Zone(department.id, "department", department.name, Rect(left, low, left + WIDTH_M, low + DEPTH_M), floor)
    for i, category in enumerate(department.categories):
        area = _stretch(left, low, i * 5 % (4 * RACKS))
        yield Zone(category, "display", category.title(), area, floor, department.id, category)


def _stretch(left: float, low: float, slot: int) -> Rect:
    """The strip before one of the stretches: two sides of each rack, two stretches on each side."""
    rack, part = divmod(slot, 4)
    side, along = divmod(part, 2)
    at = _rack(left, rack)
    x0 = at + RACK_M if side else at - STRIP_M
    y0 = low + END_M + 0.5 + along * (DEPTH_M - 2 * END_M - STRETCH_M - 1)
    return Rect(x0, y0, x0 + STRIP_M, y0 + STRETCH_M)


def _rack(left: float, number: int) -> float:
    return left + AISLE_M + number * (RACK_M + AISLE_M)


def _racks(department: Department, corner: Spot) -> Iterator[Zone]:
    left, low, floor = corner
    for number in range(RACKS):
        x = _rack(left, number)
        area = Rect(x, low + END_M, x + RACK_M, low + DEPTH_M - END_M)
        yield Zone(f"{department.id}-rack-{number + 1}", "obstacle", "Rack", area, floor)
