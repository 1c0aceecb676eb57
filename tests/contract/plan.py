"""Plans drawn by hand for these tests."""

from __future__ import annotations

from typing import Any

Box = tuple[float, float, float, float]


def zone(zone_id: str, kind: str, box: Box, **more: Any) -> dict[str, Any]:
    """A rectangle x0, y0, x1, y1 in metres."""
    x0, y0, x1, y1 = box
    ring = [[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]]
    properties = {"id": zone_id, "kind": kind, "name": zone_id.title(), **more}
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def plan(store: str, *features: dict[str, Any], **head: Any) -> dict[str, Any]:
    return {
        "type": "FeatureCollection",
        "aislewise": {"store": store, "units": "m", "timezone": "UTC", **head},
        "features": list(features),
    }


def small(store: str) -> dict[str, Any]:
    """Two departments side by side, a display in each; the lower-left corner is (100, −50)."""
    return plan(
        store,
        zone("shoes", "department", (100, -50, 112, -40)),
        zone("outdoor", "department", (112, -50, 124, -40)),
        zone("boots", "display", (102, -46, 105, -43), department="shoes", categories=["boots"]),
        zone("tents", "display", (116, -46, 120, -43), department="outdoor", categories=["tents"]),
    )


BOOTS, TENTS, CORNER = (103.5, -44.5), (118.0, -44.5), (100.0, -50.0)
"""The middles of the displays of `small`, and its corner."""
