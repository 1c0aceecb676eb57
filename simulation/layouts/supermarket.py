"""The layout `supermarket`: long shelves with narrow aisles between, crossed once, about 60 × 40 m with 8 departments.

A department covers two aisles with the shelves along them. A display is a strip along a stretch of shelf, half the
aisle deep; between displays, and in the corridors round the shelves, is nothing to look at.

        ┌ back corridor ─────────────
        │ ║  ║  ║  ║     ║  ║  ║  ║      ║ shelves; the cross aisle divides them, a wide one the departments
        │ ║  ║  ║  ║     ║  ║  ║  ║
        ├ front corridor ────────────
        └ entrance   till till till …  staff room
"""

from __future__ import annotations

from collections.abc import Iterator

from simulation.assortment import Department, departments
from simulation.layout import Layout, Rect, Size, Spot, Zone
from simulation.layouts.front import TILL_PITCH_M, checkouts, walls
from simulation.layouts.hall import Hall

AISLE_M, SHELF_M, MARGIN_M, GAP_M = 2.4, 1.0, 1.8, 2.0
PITCH_M = AISLE_M + SHELF_M
LOW_M, HALF_M, CROSS_M, BACK_M = 12.0, 11.0, 2.0, 4.0
"""Where the shelves begin, how long each half of them is, the cross aisle between, and the corridor behind."""
STRETCH_M = 4.5
"""Of shelf, before a display: its length."""
_SLOTS = 16
"""Stretches in a department: two on each half of each of four sides."""


def build(size: Size) -> Layout:
    sold = tuple(departments(size.departments, size.displays))
    lefts = [MARGIN_M + i * 2 * PITCH_M + (GAP_M if i >= _before_gap(size) else 0) for i in range(len(sold))]
    wide, deep = lefts[-1] + 2 * PITCH_M + MARGIN_M, LOW_M + 2 * HALF_M + CROSS_M + BACK_M
    wide = max(wide, 26.0)
    count = min(2 + len(sold) // 2, int((wide - 20) // TILL_PITCH_M))
    placed = list(zip(sold, lefts, strict=True))
    return Hall(
        departments=sold,
        floors=1,
        width_m=wide,
        depth_m=deep,
        entrance=Spot(5.0, 1.5),
        tills=tuple(checkouts(count, 11)),
        staff_room=Zone("staff-room", "staff", "Staff room", Rect(wide - 7, 0, wide - 1, 5)),
        of_departments=tuple(zone for d, left in placed for zone in _department(d, left)),
        obstacles=(*(shelf for d, left in placed for shelf in _shelves(d, left)), *walls(wide, deep, 1, 5.0)),
    )


def _before_gap(size: Size) -> int:
    return (size.departments + 1) // 2


def _department(department: Department, left: float) -> Iterator[Zone]:
    area = Rect(left, LOW_M, left + 2 * PITCH_M, LOW_M + 2 * HALF_M + CROSS_M)
    yield Zone(department.id, "department", department.name, area)
    for i, category in enumerate(department.categories):
        area = _stretch(left, i * 5 % _SLOTS)
        yield Zone(category, "display", category.title(), area, 0, department.id, category)


def _stretch(left: float, slot: int) -> Rect:
    """The strip before one of the stretches: side by side the four sides, along each four stretches."""
    side, along = divmod(slot, 4)
    aisle = left + SHELF_M / 2 + side // 2 * PITCH_M
    x0 = aisle + AISLE_M / 2 * (side % 2)
    y0 = LOW_M + along // 2 * (HALF_M + CROSS_M) + (0.5 if along % 2 == 0 else HALF_M - STRETCH_M - 0.5)
    return Rect(x0, y0, x0 + AISLE_M / 2, y0 + STRETCH_M)


def _shelves(department: Department, left: float) -> Iterator[Zone]:
    """Half a shelf at either side, which touches the neighbour's, and one in the middle; each in two halves."""
    sides = ((0.0, SHELF_M / 2), (PITCH_M - SHELF_M / 2, SHELF_M), (2 * PITCH_M - SHELF_M / 2, SHELF_M / 2))
    for number, (at, thick) in enumerate(sides):
        for half in (0, 1):
            y0 = LOW_M + half * (HALF_M + CROSS_M)
            area = Rect(left + at, y0, left + at + thick, y0 + HALF_M)
            yield Zone(f"{department.id}-shelf-{number}-{half}", "obstacle", "Shelf", area)
