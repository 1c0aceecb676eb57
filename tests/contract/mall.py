"""The mall of Indoor Location Competition 2.0: GeoJSON in WGS84 becomes a plan, surveyed way-points become pings.

Floors have a box in degrees and a size in metres; way-points are metres in the same box (the data's README).
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry import mapping, shape

from models.drawn_kinds import Kinds
from models.plan_import import Drawing, Reading, plan_of
from tests.contract.plan import plan

STORE = "mall"
FOLDER = Path(__file__).parents[3] / "shared" / "data" / "indoorloc20"
FLOORS = {"B1": -1, "F1": 1, "F2": 2, "F3": 3, "F4": 4}
FILLERS = ("fuzhumian", "feikaifangquyu", "kongpu", "xishoujian", "xiuxiqu")
"""Names of what is no shop: auxiliary, not open, vacant, toilets, rest area."""
SMALLEST_M2 = 1.0


def converted() -> dict[str, Any]:
    """Every shop a department of its floor, and so is what lies between them."""
    lon, lat, _, _ = _outline("F1").bounds
    features = [feature for floor in FLOORS for feature in _floor(floor)]
    return plan(STORE, *features, timezone="Asia/Shanghai", frame={"lon": lon, "lat": lat})


def imported() -> dict[str, Any]:
    """The same floors as `aislewise plan import` reads them, without what is no shop."""
    drawings = [Drawing(json.loads(path(floor).read_text())) for floor in FLOORS]
    kinds = Kinds.parse(",".join(f"name={name}*:-" for name in FILLERS))
    return plan_of(drawings, Reading(STORE, "Asia/Shanghai", kinds, rest="Public", cut=True)).plan


def path(floor: str) -> Path:
    return FOLDER / "site1" / floor / "geojson_map.json"


def waypoints() -> list[dict[str, Any]]:
    """In the order of time; a surveyed path is a phone."""
    with (FOLDER / "waypoints_site1.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    pings = [
        {
            "device_id": row["path_id"],
            "ts": int(row["t_ms"]),
            "x_m": float(row["x_m"]),
            "y_m": float(row["y_m"]),
            "floor": FLOORS[row["floor"]],
        }
        for row in rows
    ]
    return sorted(pings, key=lambda ping: ping["ts"])


@cache
def size(floor: str) -> tuple[float, float]:
    """Width and depth in metres, as the competition states them."""
    info = json.loads((FOLDER / "site1" / floor / "floor_info.json").read_text())["map_info"]
    return info["width"], info["height"]


@cache
def box(floor: str) -> tuple[float, float, float, float]:
    """The same box in degrees: lon, lat, lon, lat."""
    return tuple(_outline(floor).bounds)


def _floor(floor: str) -> Iterator[dict[str, Any]]:
    """Shops in metres, and round them what is everybody's: the outline with a hole for each shop."""
    taken: list[Any] = []
    for number, feature in enumerate(_features(floor)[1:]):
        name = feature["properties"]["name"]
        metres = _in_metres(floor, feature)
        # neighbours share slivers: what is drawn twice belongs to the first
        metres = metres.difference(shapely.union_all([one for one in taken if one.intersects(metres)]))
        if name.startswith(FILLERS) or metres.area < SMALLEST_M2:
            continue
        taken.append(metres)
        yield _department(f"{floor}-{number}", name, floor, metres)
    outline = _in_metres(floor, _features(floor)[0])
    yield _department(f"{floor}-public", "Public", floor, outline.difference(shapely.union_all(taken)))


def _department(zone_id: str, name: str, floor: str, metres: Any) -> dict[str, Any]:
    known = {"id": zone_id, "kind": "department", "name": name, "floor": FLOORS[floor]}
    return {"type": "Feature", "properties": known, "geometry": mapping(metres)}


def _in_metres(floor: str, feature: dict[str, Any]) -> Any:
    return shapely.transform(shape(feature["geometry"]), partial(_to_metres, floor))


def _to_metres(floor: str, degrees: Any) -> Any:
    x0, y0, x1, y1 = box(floor)
    return (degrees - [x0, y0]) / [x1 - x0, y1 - y0] * size(floor)


def _outline(floor: str) -> Any:
    return shape(_features(floor)[0]["geometry"])


@cache
def _features(floor: str) -> list[dict[str, Any]]:
    content = json.loads(path(floor).read_text())
    return list(content["features"])
