"""The layout `open`: departments of 15 m that touch each other, display tables, no obstacles: 45 × 30 m of six.

The plan's frame is turned and shifted against the building, as plans from a surveyor are.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from simulation.assortment import Department, departments
from simulation.layout import Frame, Layout, Rect, Size, Spot, Zone
from simulation.layouts.front import checkouts
from simulation.layouts.hall import Hall

COLUMNS, SIDE_M, FRONT_M, TABLE_M = 3, 15.0, 9.0, 3.0
FRAME = Frame(103.5, -41.25, 12.0)


def build(size: Size) -> Layout:
    sold = tuple(departments(size.departments, size.displays))
    wide, deep = COLUMNS * SIDE_M, FRONT_M + math.ceil(len(sold) / COLUMNS) * SIDE_M
    return Hall(
        departments=sold,
        floors=1,
        width_m=wide,
        depth_m=deep,
        entrance=Spot(5.0, 1.5),
        tills=tuple(checkouts(4, 12)),
        staff_room=Zone("staff-room", "staff", "Staff room", Rect(wide - 7, 0, wide - 1, 5)),
        of_departments=tuple(zone for i, d in enumerate(sold) for zone in _department(d, *divmod(i, COLUMNS))),
        obstacles=(),
        frame=FRAME,
    )


def _department(department: Department, row: int, column: int) -> Iterator[Zone]:
    left, low = column * SIDE_M, FRONT_M + row * SIDE_M
    yield Zone(department.id, "department", department.name, Rect(left, low, left + SIDE_M, low + SIDE_M))
    for i, category in enumerate(department.categories):
        x0, y0 = left + 1.5 + i % 3 * (TABLE_M + 1.5), low + 2 + i // 3 * (TABLE_M + 5)
        area = Rect(x0, y0, x0 + TABLE_M, y0 + TABLE_M)
        yield Zone(category, "display", category.title(), area, 0, department.id, category)
