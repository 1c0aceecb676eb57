"""Floor plans: zones as polygons, their raster, and the way between WGS84 and the plan's metres (DESIGN §4, "Plan")."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from itertools import combinations
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from models import calibration
from models.errors import PlanError
from models.facing import directions, strip
from models.keys import STORE_ID
from models.records import ZONE_KINDS

CELL_M = 0.25
_NO_SHAPE = (ValueError, TypeError, IndexError, KeyError, AttributeError, shapely.errors.ShapelyError)
"""What shapely raises for a geometry that is none."""
OVERLAP_M2 = 0.01
"""Departments drawn by hand share slivers; more than this is an overlap."""
MAX_CELLS = 200_000_000


@dataclass(frozen=True)
class Zone:
    """One polygon of a plan that people can be in."""

    id: str
    kind: str
    name: str
    floor: int
    department: str | None
    categories: tuple[str, ...]
    shape: BaseGeometry
    faces: tuple[float, ...] = ()
    """Of a display: from where it is looked at, degrees clockwise from up; then `shape` is the furniture alone."""


@dataclass(frozen=True)
class Frame:
    """Where the plan's origin lies on Earth, and by how much its x axis is turned from east, anticlockwise."""

    lon: float
    lat: float
    rotation_deg: float = 0.0

    def to_metres(self, lon: Any, lat: Any) -> tuple[Any, Any]:
        """Degrees (WGS84, scalars or arrays) to metres in the plan's frame; good to a centimetre within a kilometre."""
        east, north = self._metres_per_degree()
        return self._turn((lon - self.lon) * east, (lat - self.lat) * north, -self.rotation_deg)

    def to_wgs84(self, x_m: Any, y_m: Any) -> tuple[Any, Any]:
        """Inverse of `to_metres`: (lon, lat)."""
        east, north = self._metres_per_degree()
        dx, dy = self._turn(x_m, y_m, self.rotation_deg)
        return self.lon + dx / east, self.lat + dy / north

    def _metres_per_degree(self) -> tuple[float, float]:
        # radii of curvature of the WGS84 ellipsoid at the origin
        axis, eccentricity2 = 6_378_137.0, 6.694379990141e-3
        sine2 = math.sin(math.radians(self.lat)) ** 2
        across = axis / math.sqrt(1 - eccentricity2 * sine2)
        along = axis * (1 - eccentricity2) / (1 - eccentricity2 * sine2) ** 1.5
        return math.radians(1) * across * math.cos(math.radians(self.lat)), math.radians(1) * along

    @staticmethod
    def _turn(x: Any, y: Any, degrees: float) -> tuple[Any, Any]:
        c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        return c * x - s * y, s * x + c * y


@dataclass(frozen=True)
class Raster:
    """Zones by cell of CELL_M: index into `FloorPlan.zones`, or −1. Shape (floors, rows, columns), row 0 lowest y."""

    floors: NDArray[np.int16]
    corner: tuple[float, float]
    department: NDArray[np.int16]
    display: NDArray[np.int16]
    zone: NDArray[np.int16]
    """Of any kind but obstacles, the one drawn last."""
    obstacle: NDArray[np.bool_]


@dataclass(frozen=True)
class FloorPlan:
    """A store's plan. `zones` are in the file's order; `features` is the file as it came."""

    store: str
    timezone: ZoneInfo
    version: str
    zones: tuple[Zone, ...]
    frame: Frame | None
    corner: tuple[float, float]
    """Lower-left of all that the file draws: positions travel relative to it."""
    origin: tuple[float, float]
    """Lower-left of the zones: the raster begins there."""
    features: Mapping[str, Any]
    calibration: Mapping[str, float]
    """Values of the dwell engine's parameters that were measured in this store, by name."""

    def zone(self, zone_id: str) -> Zone | None:
        return next((zone for zone in self.zones if zone.id == zone_id), None)

    def of_kind(self, *kinds: str) -> list[Zone]:
        return [zone for zone in self.zones if zone.kind in kinds]

    def department_of(self, zone: Zone) -> str | None:
        """The id of the department that a zone belongs to: itself, its stated parent, or where it stands."""
        if zone.kind == "department":
            return zone.id
        if zone.department:
            return zone.department
        inside = zone.shape.representative_point()
        homes = (d for d in self.of_kind("department") if d.floor == zone.floor and d.shape.covers(inside))
        return next((home.id for home in homes), None)

    def raster(self) -> Raster:
        """Departments and displays by cell. Time at a display counts for its department, so its cells are both."""
        floors, rows, columns = self._extent()
        grids = [np.full((len(floors), rows, columns), -1, np.int16) for _ in range(3)]
        obstacle = np.zeros(grids[0].shape, np.bool_)
        index = {zone.id: i for i, zone in enumerate(self.zones)}
        # later paint covers earlier: small displays stand on large ones, both on what is no department
        order = [*self.of_kind("department"), *self.of_kind("checkout", "entrance", "staff")]
        order += sorted(self.of_kind("display"), key=lambda zone: -zone.shape.area)
        nearest_m = np.full(grids[0].shape, np.inf, np.float32) if any(zone.faces for zone in order) else None
        for zone in order:
            home = self.department_of(zone) if zone.kind in ("department", "display") else None
            at = self._cells(self.area(zone), zone.floor, floors, rows, columns)
            if zone.faces and nearest_m is not None:
                at = self._nearer(zone, at, nearest_m)
            grids[0][at] = index.get(home, -1) if home else -1
            grids[1][at] = index[zone.id] if zone.kind == "display" else -1
            grids[2][at] = index[zone.id]
        for zone in self.zones:
            if zone.kind == "obstacle" or zone.faces:
                obstacle[self._cells(zone.shape, zone.floor, floors, rows, columns)] = True
        return Raster(floors, self.origin, grids[0], grids[1], grids[2], obstacle)

    def cells_near(self, kind: str, around_m: float = 0.0) -> NDArray[np.bool_]:
        """Which of the raster's cells lie in a zone of this kind, or within `around_m` of one."""
        floors, rows, columns = self._extent()
        grid = np.zeros((len(floors), rows, columns), np.bool_)
        for zone in self.of_kind(kind):
            grid[self._cells(zone.shape.buffer(around_m), zone.floor, floors, rows, columns)] = True
        return grid

    def _extent(self) -> tuple[NDArray[np.int16], int, int]:
        """The raster's floors, rows and columns."""
        floors = np.array(sorted({zone.floor for zone in self.zones}), np.int16)
        bounds = shapely.total_bounds([zone.shape for zone in self.zones])
        columns, rows = (math.ceil((bounds[i + 2] - self.origin[i]) / CELL_M) + 1 for i in (0, 1))
        return floors, rows, columns

    def _cells(
        self, outline: BaseGeometry, on: int, floors: NDArray[np.int16], rows: int, columns: int
    ) -> tuple[Any, Any, Any]:
        x0, y0, x1, y1 = outline.bounds
        first_column, last_column = (self._clip((x - self.origin[0]) / CELL_M, columns) for x in (x0, x1))
        first_row, last_row = (self._clip((y - self.origin[1]) / CELL_M, rows) for y in (y0, y1))
        row, column = np.mgrid[first_row : last_row + 1, first_column : last_column + 1]
        x, y = self.origin[0] + (column + 0.5) * CELL_M, self.origin[1] + (row + 0.5) * CELL_M
        inside = shapely.contains_xy(outline, x, y)
        floor = np.full(int(inside.sum()), np.searchsorted(floors, on))
        return floor, row[inside], column[inside]

    def area(self, zone: Zone) -> BaseGeometry:
        """Where time counts for a zone: its polygon, or the floor in front of a display that faces somewhere."""
        if not zone.faces:
            return zone.shape
        others = [
            one.shape for one in self.of_kind("display", "obstacle") if one is not zone and one.floor == zone.floor
        ]
        return strip(zone.shape, zone.faces, others)

    def _nearer(self, zone: Zone, at: tuple[Any, Any, Any], nearest_m: NDArray[np.float32]) -> tuple[Any, Any, Any]:
        """The cells of `at` that no display before is nearer to, which is noted."""
        x, y = (low + (cells + 0.5) * CELL_M for low, cells in zip(self.origin, (at[2], at[1]), strict=True))
        away_m = shapely.distance(zone.shape, shapely.points(x, y)).astype(np.float32)
        nearer = away_m < nearest_m[at]
        floor, row, column = (part[nearer] for part in at)
        nearest_m[floor, row, column] = away_m[nearer]
        return floor, row, column

    @staticmethod
    def _clip(value: float, size: int) -> int:
        return min(max(int(value), 0), size - 1)


def parse(data: bytes, file: object = None) -> FloorPlan:
    """A plan from the bytes of its GeoJSON. Raises PlanError that names the feature and what is wrong with it."""
    try:
        content = json.loads(data, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise PlanError(f"not JSON: {error}", file=file) from None
    if not isinstance(content, dict) or content.get("type") != "FeatureCollection":
        raise PlanError("not a GeoJSON FeatureCollection", file=file)
    head, features = content.get("aislewise"), content.get("features")
    if not isinstance(head, dict):
        raise PlanError("the member is missing", file=file, field="aislewise", hint="add store, units and timezone")
    if not isinstance(features, list):
        raise PlanError("not a list", file=file, field="features")
    zones = tuple(_zones(features, file))
    if not zones:
        raise PlanError(
            "no polygon of a known kind", file=file, field="features", hint=f"kinds: {', '.join(ZONE_KINDS)}"
        )
    left, low, right, high = (float(bound) for bound in shapely.total_bounds([zone.shape for zone in zones]))
    columns, rows = ((right - left) / CELL_M + 1, (high - low) / CELL_M + 1)
    if columns * rows * len({zone.floor for zone in zones}) > MAX_CELLS:
        raise PlanError(f"spans {right - left:.0f} × {high - low:.0f} m", file=file, hint="are these metres?")
    _refuse_overlaps(zones, file)
    drawn = FloorPlan(
        _store(head, file),
        _timezone(head, file),
        sha256(data).hexdigest()[:8],
        zones,
        _frame(head, file),
        _corner(features, (left, low)),
        (left, low),
        content,
        calibration.of_plan(head.get("calibration"), file),
    )
    _refuse_hidden(drawn, file)
    return drawn


def spots(plan: FloorPlan, count: int, seed: int) -> NDArray[np.float64]:
    """Places where shoppers may stand, shape (count, 3): x, y and floor, evenly over departments and displays."""
    rng, raster = np.random.default_rng(seed), plan.raster()
    open_to_all = ((raster.department >= 0) | (raster.display >= 0)) & ~raster.obstacle
    if not open_to_all.any():
        raise PlanError(f"the plan of store {plan.store!r} has neither departments nor displays")
    cells = np.argwhere(open_to_all)[rng.integers(int(open_to_all.sum()), size=count)]
    place = (cells[:, [2, 1]] + rng.random((count, 2))) * CELL_M + raster.corner
    return np.column_stack([place, raster.floors[cells[:, 0]]])


def _refuse_constant(name: str) -> None:
    """NaN and Infinity are no JSON. Raises ValueError."""
    raise ValueError(f"{name} is no number")


def _corner(features: Iterable[Any], origin: tuple[float, float]) -> tuple[float, float]:
    """The least x and y over all features, of whatever kind (DESIGN §4); what has no outline has no corner."""
    left, low = origin
    for feature in features:
        try:
            x, y, _, _ = shape(feature["geometry"]).bounds
        except (*_NO_SHAPE, RecursionError):
            continue
        if math.isfinite(x) and math.isfinite(y):
            left, low = min(left, x), min(low, y)
    return left, low


def _store(head: Mapping[str, Any], file: object) -> str:
    store = head.get("store")
    if not isinstance(store, str) or not STORE_ID.fullmatch(store):
        raise PlanError(f"{store!r} is no store id (letters, digits, . _ -)", file=file, field="aislewise.store")
    if head.get("units", "m") != "m":
        raise PlanError(f"{head['units']!r} is not 'm'", file=file, field="aislewise.units", hint="convert to metres")
    return store


def _timezone(head: Mapping[str, Any], file: object) -> ZoneInfo:
    try:
        return ZoneInfo(str(head.get("timezone", "UTC")))
    except (KeyError, ValueError, OSError):
        raise PlanError(
            f"{head['timezone']!r} is no IANA time zone",
            file=file,
            field="aislewise.timezone",
            hint="e.g. Europe/London",
        ) from None


def _frame(head: Mapping[str, Any], file: object) -> Frame | None:
    given = head.get("frame")
    if given is None:
        return None
    try:
        frame = Frame(float(given["lon"]), float(given["lat"]), float(given.get("rotation_deg", 0.0)))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise PlanError("needs numbers lon, lat and rotation_deg", file=file, field="aislewise.frame") from None
    if not (abs(frame.lon) <= 180 and abs(frame.lat) < 90 and math.isfinite(frame.rotation_deg)):
        raise PlanError("is not on Earth", file=file, field="aislewise.frame")
    return frame


def _zones(features: Iterable[Any], file: object) -> Iterable[Zone]:
    seen: set[str] = set()
    for row, feature in enumerate(features):
        zone = _zone(feature, row, file)
        if zone is None:
            continue
        if zone.id in seen:
            raise PlanError(f"the id {zone.id!r} stands twice", file=file, row=row, field="id")
        seen.add(zone.id)
        yield zone


def _zone(feature: Any, row: int, file: object) -> Zone | None:
    """None for what a plan may hold beside zones: points, lines, other kinds."""
    properties = feature.get("properties") if isinstance(feature, dict) else None
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    if not isinstance(properties, dict) or properties.get("kind") not in ZONE_KINDS:
        return None
    if not isinstance(geometry, dict) or geometry.get("type") not in ("Polygon", "MultiPolygon"):
        return None
    zone_id = properties.get("id", feature.get("id"))
    if not isinstance(zone_id, str) or not zone_id:
        raise PlanError("a zone needs an id, a string", file=file, row=row, field="id")
    floor = properties.get("floor") or 0
    if isinstance(floor, bool) or not isinstance(floor, int) or not -32768 <= floor <= 32767:
        raise PlanError(f"zone {zone_id!r}: {floor!r} is no floor number", file=file, row=row, field="floor")
    categories = properties.get("categories") or []
    if not isinstance(categories, list) or not all(isinstance(category, str) for category in categories):
        raise PlanError(f"zone {zone_id!r}: not a list of names", file=file, row=row, field="categories")
    parent, name = properties.get("department"), properties.get("name")
    return Zone(
        zone_id,
        properties["kind"],
        str(name) if name else zone_id,
        floor,
        str(parent) if parent else None,
        tuple(categories),
        _polygon(geometry, zone_id, row, file),
        _faces(properties, zone_id, row, file) if properties["kind"] == "display" else (),
    )


def _faces(properties: Mapping[str, Any], zone_id: str, row: int, file: object) -> tuple[float, ...]:
    try:
        return directions(properties.get("faces"))
    except ValueError as error:
        hint = 'e.g. "n", 45, or ["e", "w"]'
        raise PlanError(f"display {zone_id!r}: {error}", file=file, row=row, field="faces", hint=hint) from None


def _polygon(geometry: Mapping[str, Any], zone_id: str, row: int, file: object) -> BaseGeometry:
    try:
        with np.errstate(invalid="ignore"):  # 1e999 is JSON
            polygon = shape(geometry)
    except _NO_SHAPE as error:
        raise PlanError(f"zone {zone_id!r}: {error}", file=file, row=row, field="geometry") from None
    if polygon.is_empty or not all(map(math.isfinite, polygon.bounds)):
        raise PlanError(f"zone {zone_id!r} has no finite outline", file=file, row=row, field="geometry")
    if not polygon.is_valid:
        reason = shapely.is_valid_reason(polygon)
        raise PlanError(f"zone {zone_id!r} is not a simple polygon: {reason}", file=file, row=row, field="geometry")
    return polygon


def _refuse_hidden(plan: FloorPlan, file: object) -> None:
    """Displays that nobody can stand in front of."""
    left, low, right, high = (float(bound) for bound in shapely.total_bounds([zone.shape for zone in plan.zones]))
    for zone in plan.of_kind("display"):
        if zone.faces and shapely.intersection(plan.area(zone), shapely.box(left, low, right, high)).area < CELL_M**2:
            faced = ", ".join(f"{degrees:g}°" for degrees in zone.faces)
            raise PlanError(
                f"display {zone.id!r} faces {faced}, where there is no floor to look at it from",
                file=file,
                field="faces",
                hint="degrees are clockwise from the plan's up; obstacles and other displays hide what is behind them",
            )


def _refuse_overlaps(zones: Iterable[Zone], file: object) -> None:
    zones = list(zones)
    departments = [zone for zone in zones if zone.kind == "department"]
    for one, other in combinations(departments, 2):
        if one.floor == other.floor and one.shape.intersects(other.shape):
            area = one.shape.intersection(other.shape).area
            if area > OVERLAP_M2:
                raise PlanError(
                    f"departments {one.id!r} and {other.id!r} overlap by {area:.2f} m²",
                    file=file,
                    hint="departments may touch, not overlap",
                )
    known = {department.id for department in departments}
    for zone in zones:
        if zone.kind == "display" and zone.department and zone.department not in known:
            raise PlanError(f"display {zone.id!r} names an unknown department {zone.department!r}", file=file)
