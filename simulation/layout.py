"""A store's floor: where its departments, displays, tills, entrance and staff room lie, and the way between two places.

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
from functools import cached_property
from typing import Any, NamedTuple

from models.errors import InputError
from simulation.assortment import MOST_CATEGORIES, Department, departments

WIDTH_M, DEPTH_M = 12.0, 10.0
"""A department."""
AISLE_M, FRONT_M = 3.0, 11.0
"""The width of an aisle; the depth of the front with entrance, tills and its corridor."""
FRONT_LANE_M, EXIT_LANE_M = 9.5, 1.5
DISPLAY_M, DISPLAY_DEPTH_M, SHELF_M = 3.0, 2.5, 0.7
"""A display is the area that one looks at its shelf from: this wide, this deep."""
TILL_PITCH_M, WALL_M = 3.5, 0.3


class Spot(NamedTuple):
    """A place to stand, metres in the plan's frame."""

    x_m: float
    y_m: float
    floor: int = 0


@dataclass(frozen=True)
class Rect:
    """An axis-parallel rectangle in metres."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def centre(self) -> tuple[float, float]:
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2

    @property
    def ring(self) -> list[list[float]]:
        """Closed, anticlockwise."""
        x0, y0, x1, y1 = self.x0, self.y0, self.x1, self.y1
        return [[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]]


@dataclass(frozen=True)
class Zone:
    """A rectangle of the plan. `category` is what a display shows."""

    id: str
    kind: str
    name: str
    area: Rect
    floor: int = 0
    department: str | None = None
    category: str | None = None

    def feature(self) -> dict[str, Any]:
        """The zone as GeoJSON."""
        known: dict[str, Any] = {"id": self.id, "kind": self.kind, "name": self.name, "floor": self.floor}
        if self.department:
            known["department"] = self.department
        if self.category:
            known["categories"] = [self.category]
        return {
            "type": "Feature",
            "properties": known,
            "geometry": {"type": "Polygon", "coordinates": [self.area.ring]},
        }


@dataclass(frozen=True)
class Size:
    """How large a store is. `displays` and `products` are per department and per display."""

    departments: int = 8
    displays: int = MOST_CATEGORIES
    products: int = 6
    floors: int = 1
    customers: int = 60
    """Known customers, who come again."""

    def __post_init__(self) -> None:
        ranges = {"departments": (1, 120), "displays": (1, MOST_CATEGORIES), "products": (1, 100), "floors": (1, 9)}
        for name, (low, high) in {**ranges, "customers": (0, 1_000_000)}.items():
            if not low <= (given := getattr(self, name)) <= high:
                raise InputError(f"{given} is not between {low} and {high}", field=name)


@dataclass(frozen=True)
class Layout:
    """The zones of a store and its lanes. All floors have the same outline."""

    departments: tuple[Department, ...]
    floors: int
    columns: int
    rows: int

    @classmethod
    def of(cls, size: Size) -> Layout:
        per_floor = math.ceil(size.departments / size.floors)
        columns = 2 * math.ceil(math.sqrt(per_floor) / 2)
        sold = tuple(departments(size.departments, size.displays))
        return cls(sold, size.floors, columns, math.ceil(per_floor / columns))

    @property
    def width_m(self) -> float:
        return self.columns * WIDTH_M + (self.columns // 2 + 1) * AISLE_M

    @property
    def depth_m(self) -> float:
        return FRONT_M + self.rows * DEPTH_M

    @property
    def entrance(self) -> Spot:
        return Spot(AISLE_M + 2, EXIT_LANE_M)

    @property
    def escalator(self) -> tuple[float, float]:
        return AISLE_M / 2, FRONT_LANE_M

    @property
    def tills(self) -> list[Zone]:
        count = min(2 + len(self.departments) // 3, int((self.width_m - 17) // TILL_PITCH_M))
        areas = (Rect(left := 9 + i * TILL_PITCH_M, 3, left + 2.5, 6) for i in range(count))
        return [Zone(f"till-{i + 1}", "checkout", f"Till {i + 1}", area) for i, area in enumerate(areas)]

    @property
    def staff_room(self) -> Zone:
        return Zone("staff-room", "staff", "Staff room", Rect(self.width_m - 7, 0, self.width_m - 1, 5))

    def zones(self) -> list[Zone]:
        """Everything but walls and shelves."""
        x, _, _ = self.entrance
        front = [Zone("entrance", "entrance", "Entrance", Rect(x - 2, 0, x + 2, 3)), *self.tills, self.staff_room]
        return [*self.of_departments, *front]

    @cached_property
    def of_departments(self) -> tuple[Zone, ...]:
        """Each department followed by its displays."""
        return tuple(zone for number in range(len(self.departments)) for zone in self._department(number))

    @cached_property
    def displays(self) -> tuple[Zone, ...]:
        return tuple(zone for zone in self.of_departments if zone.kind == "display")

    @cached_property
    def obstacles(self) -> tuple[Zone, ...]:
        """Shelves and walls."""
        return tuple(self._obstacles())

    def geojson(self, store_id: str, timezone: str) -> dict[str, Any]:
        """The plan as a FeatureCollection (DESIGN §4)."""
        return {
            "type": "FeatureCollection",
            "aislewise": {"store": store_id, "units": "m", "timezone": timezone},
            "features": [zone.feature() for zone in (*self.zones(), *self.obstacles)],
        }

    def route(self, start: Spot, end: Spot, aside_m: float = 0.0) -> list[Spot]:
        """The corners of the way, without `start`, along the lanes or `aside_m` beside their middle."""
        if start.floor != end.floor:
            below, above = (Spot(*self.escalator, floor) for floor in (start.floor, end.floor))
            return [*self.route(start, below, aside_m), above, *self.route(above, end, aside_m)]
        leave, join = self._lane(start.y_m) + aside_m, self._lane(end.y_m) + aside_m
        corners = [(start.x_m, leave), (end.x_m, join)]
        if leave != join:
            aisle = min(self._aisles(), key=lambda x: abs(start.x_m - x) + abs(end.x_m - x)) + aside_m
            corners[1:1] = [(aisle, leave), (aisle, join)]
        return [*(Spot(x, y, end.floor) for x, y in corners), end]

    def _lane(self, y_m: float) -> float:
        return FRONT_LANE_M if y_m < FRONT_M else FRONT_M + ((y_m - FRONT_M) // DEPTH_M + 0.5) * DEPTH_M

    def _aisles(self) -> Sequence[float]:
        return [pair * (2 * WIDTH_M + AISLE_M) + AISLE_M / 2 for pair in range(self.columns // 2 + 1)]

    def _department(self, number: int) -> Iterator[Zone]:
        floor, corner = self._corner(number)
        department = self.departments[number]
        left, low = corner
        yield Zone(department.id, "department", department.name, Rect(left, low, left + WIDTH_M, low + DEPTH_M), floor)
        for i, category in enumerate(department.categories):
            area = _display(left, low, i)
            yield Zone(category, "display", category.title(), area, floor, department.id, category)

    def _corner(self, number: int) -> tuple[int, tuple[float, float]]:
        floor, place = divmod(number, self.rows * self.columns)
        row, column = divmod(place, self.columns)
        left = AISLE_M + column * WIDTH_M + column // 2 * AISLE_M
        return floor, (left, FRONT_M + row * DEPTH_M)

    def _obstacles(self) -> Iterator[Zone]:
        for number, department in enumerate(self.departments):
            floor, (left, low) = self._corner(number)
            for side, bottom in (("front", low), ("back", low + DEPTH_M - SHELF_M)):
                area = Rect(left, bottom, left + WIDTH_M, bottom + SHELF_M)
                yield Zone(f"{department.id}-shelf-{side}", "obstacle", "Shelf", area, floor)
        for floor in range(self.floors):
            for side, area in self._walls().items():
                yield Zone(f"wall-{side}-{floor}", "obstacle", "Wall", area, floor)

    def _walls(self) -> dict[str, Rect]:
        wide, deep, door = self.width_m, self.depth_m, self.entrance.x_m
        return {
            "left": Rect(-WALL_M, 0, 0, deep),
            "right": Rect(wide, 0, wide + WALL_M, deep),
            "back": Rect(-WALL_M, deep, wide + WALL_M, deep + WALL_M),
            "front-left": Rect(-WALL_M, -WALL_M, door - 2, 0),
            "front-right": Rect(door + 2, -WALL_M, wide + WALL_M, 0),
        }


def _display(left: float, low: float, number: int) -> Rect:
    """Three along the front shelf, three along the back one."""
    row, column = divmod(number, 3)
    x0 = left + 0.5 + column * (DISPLAY_M + 1)
    y0 = low + (DEPTH_M - SHELF_M - DISPLAY_DEPTH_M if row else SHELF_M)
    return Rect(x0, y0, x0 + DISPLAY_M, y0 + DISPLAY_DEPTH_M)
