"""Somebody else's drawing of a store, GeoJSON in WGS84 or metres, as a plan in local metres (docs/floor-plans.md)."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import shapely
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

from models import floorplan
from models.drawn_kinds import LEFT_OUT, OUTLINE, Kinds
from models.errors import PlanError
from models.floorplan import Frame

MOST_DEGREES = 0.1
"""No building is as long: what spans less, on Earth, is degrees; what spans more is metres."""
LEAST_M = 2.0
GRID_M = 1e-4
SLIVER_M2, SLIVER_SHARE = 1.0, 0.05
"""Neighbours drawn by hand overlap by so much, or by such a share of the smaller."""
FLOORS = ("floor", "level", "floor_num", "ordinal")
"""Properties that say the floor, in the order in which they are believed."""
_NO_SHAPE = (ValueError, TypeError, IndexError, KeyError, AttributeError, shapely.errors.ShapelyError)


class Drawing(NamedTuple):
    """A file's content. `floor` is that of everything in it, None where the file says it."""

    content: Any
    floor: int | None = None
    file: object = None


@dataclass(frozen=True)
class Reading:
    """How drawings become the plan of a store."""

    store: str
    timezone: str
    kinds: Kinds = field(default_factory=Kinds)
    frame: Frame | None = None
    """The plan's; without one, degrees get one with the origin at their lower-left corner."""
    rest: str | None = None
    """Name of the department that each floor's outline is, less all others; None for no such department."""
    cut: bool = False
    """Whether what two departments share goes to the first however much it is, and not only where it is a sliver."""


class Imported(NamedTuple):
    """A plan as GeoJSON, and what a person should know of how it came about."""

    plan: dict[str, Any]
    notes: list[str]


@dataclass(frozen=True)
class _Zone:
    """A polygon on its way: `kind` may be OUTLINE."""

    id: str
    kind: str
    floor: int
    properties: Mapping[str, Any]
    shape: BaseGeometry


def plan_of(drawings: Sequence[Drawing], how: Reading) -> Imported:
    """One plan of all drawings, checked. Raises PlanError that says what is wrong and where."""
    notes: list[str] = []
    zones = [zone for drawing in drawings for zone in _zones(drawing, how.kinds, notes)]
    if not zones:
        raise PlanError("no polygon that could be a zone", file=drawings[0].file, hint="say which is what with kinds")
    zones, frame = _in_metres(zones, how.frame or _own_frame(drawings[0]), drawings[0].file)
    zones = [zone for floor in _by_floor(_unique(zones)) for zone in _apart(floor, how, notes, drawings[0].file)]
    head: dict[str, Any] = {"store": how.store, "units": "m", "timezone": how.timezone}
    if calibration := _own(drawings[0]).get("calibration"):
        head["calibration"] = calibration
    if frame:
        head["frame"] = {"lon": frame.lon, "lat": frame.lat, "rotation_deg": frame.rotation_deg}
    plan = {"type": "FeatureCollection", "aislewise": head, "features": [_feature(zone) for zone in zones]}
    floorplan.parse(json.dumps(plan).encode(), drawings[0].file)
    return Imported(plan, notes)


def _zones(drawing: Drawing, kinds: Kinds, notes: list[str]) -> list[_Zone]:
    """The polygons of a drawing that are something, still in its own units."""
    found, skipped = [], Counter[str]()
    for row, feature in enumerate(_features(drawing)):
        if not isinstance(feature, dict) or not isinstance(feature.get("geometry"), dict):
            continue
        if feature["geometry"].get("type") not in ("Polygon", "MultiPolygon"):
            continue
        kind, word = kinds.of(feature)
        if kind == LEFT_OUT:
            skipped[word] += 1
            continue
        found.append(_zone(feature, kind, row, drawing))
    file = f"{drawing.file}: " if drawing.file else ""
    notes += [f"{file}{count} left out: {word}" for word, count in skipped.most_common()]
    return _on_floors(found, drawing.floor)


def _features(drawing: Drawing) -> list[Any]:
    content = drawing.content
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list):
        raise PlanError("not a GeoJSON FeatureCollection", file=drawing.file)
    crs = json.dumps(content.get("crs", "CRS84"))
    if not any(known in crs for known in ("CRS84", "4326", "null")):
        hint = "convert it, e.g. ogr2ogr -t_srs EPSG:4326 wgs84.geojson FILE"
        raise PlanError(f"{crs[:120]} is not WGS84", file=drawing.file, field="crs", hint=hint)
    return features


def _zone(feature: Mapping[str, Any], kind: str, row: int, drawing: Drawing) -> _Zone:
    properties = feature.get("properties")
    properties = properties if isinstance(properties, dict) else {}
    try:
        outline = _polygonal(shape(feature["geometry"]))
    except _NO_SHAPE as error:
        raise PlanError(f"no polygon: {error}", file=drawing.file, row=row, field="geometry") from None
    if outline.is_empty or not all(map(math.isfinite, outline.bounds)):
        raise PlanError("no finite outline", file=drawing.file, row=row, field="geometry")
    given = properties.get("id", feature.get("id"))
    return _Zone("" if given is None else str(given), kind, _floor(properties), properties, outline)


def _polygonal(drawn: BaseGeometry) -> BaseGeometry:
    """What encloses an area; an outline that crosses itself is mended."""
    flat = shapely.force_2d(drawn)
    if flat.is_valid:
        return flat
    parts = shapely.get_parts(shapely.make_valid(flat))
    return shapely.union_all([part for part in parts if part.geom_type in ("Polygon", "MultiPolygon")])


_NO_FLOOR = 99_999


def _floor(properties: Mapping[str, Any]) -> int:
    for name in FLOORS:
        try:
            return int(float(properties[name]))
        except (KeyError, TypeError, ValueError, OverflowError):
            continue
    return _NO_FLOOR


def _on_floors(zones: list[_Zone], given: int | None) -> list[_Zone]:
    """A zone without a floor is on that of the drawing: the one given, else its outline's, else 0."""
    outlines = [zone.floor for zone in zones if zone.kind == OUTLINE and zone.floor != _NO_FLOOR]
    usual = outlines[0] if outlines else 0
    if given is not None:
        return [replace(zone, floor=given) for zone in zones]
    return [replace(zone, floor=usual) if zone.floor == _NO_FLOOR else zone for zone in zones]


def _own(drawing: Drawing) -> Mapping[str, Any]:
    """What a plan of ours says of itself."""
    head = drawing.content.get("aislewise")
    return head if isinstance(head, dict) else {}


def _own_frame(drawing: Drawing) -> Frame | None:
    """That of a plan of ours."""
    try:
        given = _own(drawing)["frame"]
        return Frame(float(given["lon"]), float(given["lat"]), float(given.get("rotation_deg", 0.0)))
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _in_metres(zones: list[_Zone], frame: Frame | None, file: object) -> tuple[list[_Zone], Frame | None]:
    """The zones in metres, and their frame where it is known."""
    left, low, right, high = (float(one) for one in shapely.total_bounds([zone.shape for zone in zones]))
    longer = max(right - left, high - low)
    if longer < MOST_DEGREES and abs(left) <= 180 and abs(right) <= 180 and max(abs(low), abs(high)) < 90:
        known = frame or Frame(left, low)
        moved = [
            replace(zone, shape=shapely.transform(zone.shape, known.to_metres, interleaved=False)) for zone in zones
        ]
        return moved, known
    if longer < LEAST_M:
        raise PlanError(f"spans {longer:.3g}", file=file, hint="neither metres nor the degrees of one building")
    return zones, frame


def _by_floor(zones: Iterable[_Zone]) -> list[list[_Zone]]:
    zones = list(zones)
    return [[zone for zone in zones if zone.floor == floor] for floor in sorted({zone.floor for zone in zones})]


def _apart(zones: list[_Zone], how: Reading, notes: list[str], file: object) -> Iterator[_Zone]:
    """A floor's zones, on the grid, whose departments don't share slivers; at the end the rest of the outline."""
    zones = [replace(zone, shape=shapely.set_precision(zone.shape, GRID_M)) for zone in zones]
    departments = [zone for zone in zones if zone.kind == "department"]
    cut = _cut(departments, how.cut, file)
    shared = sum(zone.shape.area - less.area for zone, less in zip(departments, cut, strict=True))
    if shared > 0.01:
        notes.append(f"floor {zones[0].floor}: departments shared {shared:.1f} m², which went to those drawn first")
    whole = {id(zone): less for zone, less in zip(departments, cut, strict=True)}
    for zone in zones:
        less = _polygonal(whole.get(id(zone), zone.shape))
        if zone.kind != OUTLINE and less.area > floorplan.OVERLAP_M2:
            yield replace(zone, shape=less)
    outlines = [zone for zone in zones if zone.kind == OUTLINE]
    if how.rest and outlines:
        left = shapely.union_all([one.shape for one in outlines]).difference(shapely.union_all(cut))
        name = {"name": how.rest}
        rest = _polygonal(shapely.set_precision(left, GRID_M))
        if rest.area > floorplan.OVERLAP_M2:
            yield _Zone(f"{zones[0].floor}-rest", "department", zones[0].floor, name, rest)


def _cut(departments: list[_Zone], everything: bool, file: object) -> list[BaseGeometry]:
    """What two share goes to the one before; much goes only where `everything` does. Raises PlanError."""
    known = [zone.shape for zone in departments]
    tree = shapely.STRtree(known)
    for this, zone in enumerate(departments):
        for other in sorted(one for one in tree.query(zone.shape, predicate="intersects") if one < this):
            shared = known[this].intersection(known[other]).area
            sliver = max(SLIVER_M2, SLIVER_SHARE * min(known[this].area, known[other].area))
            if shared > sliver and not everything:
                both = f"departments {departments[other].id!r} and {zone.id!r}"
                hint = "departments may touch, not overlap; with cut, the first keeps what they share"
                raise PlanError(f"{both} overlap by {shared:.2f} m²", file=file, hint=hint)
            if shared > 0:
                known[this] = shapely.set_precision(known[this].difference(known[other]), GRID_M)
    return known


def _unique(zones: list[_Zone]) -> list[_Zone]:
    """Those whose id is missing or taken are called by floor and number."""
    taken: set[str] = set()
    named = []
    for number, zone in enumerate(zones):
        if not zone.id or zone.id in taken:
            zone = replace(zone, id=f"{zone.floor}-{number}")
        taken.add(zone.id)
        named.append(zone)
    return named


def _feature(zone: _Zone) -> dict[str, Any]:
    properties: dict[str, Any] = {"id": zone.id, "kind": zone.kind, "name": _name(zone), "floor": zone.floor}
    if categories := _categories(zone.properties):
        properties["categories"] = categories
    properties |= {name: zone.properties[name] for name in ("department", "faces") if zone.properties.get(name)}
    return {"type": "Feature", "properties": properties, "geometry": _rounded(mapping(zone.shape))}


def _name(zone: _Zone) -> str:
    """IMDF has a name for each language."""
    name = zone.properties.get("name")
    if isinstance(name, dict):
        name = next(iter(name.values()), None)
    return str(name) if name else zone.id


def _categories(properties: Mapping[str, Any]) -> list[str]:
    given = properties.get("categories")
    if isinstance(given, str):
        given = given.replace(";", ",").split(",")
    return [str(one).strip() for one in given if str(one).strip()] if isinstance(given, list) else []


def _rounded(geometry: Mapping[str, Any]) -> dict[str, Any]:
    """Numbers that a person can read."""

    def at(part: Any) -> Any:
        return round(part, 4) if isinstance(part, float) else [at(one) for one in part]

    return {"type": geometry["type"], "coordinates": at(geometry["coordinates"])}
