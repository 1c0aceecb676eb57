"""A store's floor: where its departments, displays, tills, entrance and staff room lie, and the way between two places.

`layouts` has the stores there are. People move in the layout's own frame: the front, with door and tills, along the x
axis. The plan's frame, in which files and pings are, may be turned and shifted against it.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.errors import InputError
from simulation.assortment import MOST_CATEGORIES, Department

Numbers = NDArray[np.float64]

QUEUE_M, STRAIGHT_QUEUE = 0.9, 4
"""From one waiting person to the next; so many stand straight behind a till, the rest beside the last of them."""


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
class Frame:
    """Where the layout lies in its plan: turned anticlockwise by degrees about its corner, which lies at (x, y)."""

    x_m: float = 0.0
    y_m: float = 0.0
    turned_deg: float = 0.0

    def to_plan(self, x_m: Numbers, y_m: Numbers) -> tuple[Numbers, Numbers]:
        if self == Frame():
            return x_m, y_m
        cos, sin = self._direction
        return cos * x_m - sin * y_m + self.x_m, sin * x_m + cos * y_m + self.y_m

    def from_plan(self, x_m: Numbers, y_m: Numbers) -> tuple[Numbers, Numbers]:
        if self == Frame():
            return x_m, y_m
        cos, sin = self._direction
        dx, dy = x_m - self.x_m, y_m - self.y_m
        return cos * dx + sin * dy, cos * dy - sin * dx

    def ring(self, area: Rect) -> list[list[float]]:
        """An area's ring in the plan's frame."""
        x, y = self.to_plan(*np.array(area.ring).T)
        return [list(corner) for corner in zip(x.tolist(), y.tolist(), strict=True)]

    @property
    def _direction(self) -> tuple[float, float]:
        angle = math.radians(self.turned_deg)
        return math.cos(angle), math.sin(angle)


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

    def feature(self, frame: Frame) -> dict[str, Any]:
        """The zone as GeoJSON in the plan's frame."""
        known: dict[str, Any] = {"id": self.id, "kind": self.kind, "name": self.name, "floor": self.floor}
        if self.department:
            known["department"] = self.department
        if self.category:
            known["categories"] = [self.category]
        return {
            "type": "Feature",
            "properties": known,
            "geometry": {"type": "Polygon", "coordinates": [frame.ring(self.area)]},
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


@dataclass(frozen=True, eq=False)
class Layout(ABC):
    """The zones of a store, in metres of its own frame, and the ways between them. All floors have the same outline."""

    departments: tuple[Department, ...]
    """What is sold."""
    floors: int
    width_m: float
    depth_m: float
    entrance: Spot
    """Between the door and everything else; from a till straight to its y, then along it, is the way out."""
    tills: tuple[Zone, ...]
    staff_room: Zone
    of_departments: tuple[Zone, ...]
    """Each department followed by its displays."""
    obstacles: tuple[Zone, ...]
    """Shelves and walls."""
    frame: Frame = Frame()

    @abstractmethod
    def route(self, start: Spot, end: Spot, aside_m: float = 0.0) -> list[Spot]:
        """The corners of the way, without `start`; `aside_m` from -1 to 1 keeps somebody beside everybody's way."""

    @abstractmethod
    def walking_order(self, display: Zone) -> tuple[int, int, float]:
        """Rises along a walk through the whole store."""

    @cached_property
    def displays(self) -> tuple[Zone, ...]:
        return tuple(zone for zone in self.of_departments if zone.kind == "display")

    def zones(self) -> list[Zone]:
        """Everything but walls and shelves."""
        x, _, _ = self.entrance
        door = Zone("entrance", "entrance", "Entrance", Rect(x - 2, 0, x + 2, 3))
        return [*self.of_departments, door, *self.tills, self.staff_room]

    def queue(self, till: Zone, place: int) -> Spot:
        """Where somebody waits who has `place` others before them."""
        back = min(place, STRAIGHT_QUEUE - 1)
        x, _ = till.area.centre
        return Spot(max(1.0, x - QUEUE_M * (place - back)), till.area.y1 + 0.6 + QUEUE_M * back)

    def geojson(self, store_id: str, timezone: str) -> dict[str, Any]:
        """The plan as a FeatureCollection (DESIGN §4)."""
        return {
            "type": "FeatureCollection",
            "aislewise": {"store": store_id, "units": "m", "timezone": timezone},
            "features": [zone.feature(self.frame) for zone in (*self.zones(), *self.obstacles)],
        }
