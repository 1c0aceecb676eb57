"""A plan and pings that a benchmark can rebuild: a grid of departments with a display in each, phones that wander."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from models import floorplan
from models.pings import Pings
from models.plans import StorePlans

CELL_M = 10.0
COLUMNS, ROWS = 6, 4
STORE = "S1"
Size = tuple[int, int]
"""Columns and rows of departments."""


def plan(size: Size = (COLUMNS, ROWS)) -> dict[str, Any]:
    """Departments of 10 × 10 m, 24 unless told otherwise, with a display of 4 × 3 m in each."""
    features = []
    for i in range(size[0]):
        for j in range(size[1]):
            x, y, name = i * CELL_M, j * CELL_M, f"{i}{j}" if max(size) <= 10 else f"{i}-{j}"
            features.append(feature(f"d{name}", "department", (x, y, x + CELL_M, y + CELL_M)))
            features.append(feature(f"x{name}", "display", (x + 3, y + 3, x + 7, y + 6)))
    head = {"store": STORE, "units": "m", "timezone": "UTC"}
    return {"type": "FeatureCollection", "aislewise": head, "features": features}


def plans(size: Size = (COLUMNS, ROWS)) -> StorePlans:
    """The plan as the engine takes it."""
    return StorePlans.always(floorplan.parse(json.dumps(plan(size)).encode()))


def write(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{STORE}.geojson").write_text(json.dumps(plan()))


def walks(phones: int, steps: int, start_ms: int, seed: int = 0, size: Size = (COLUMNS, ROWS)) -> Pings:
    """`phones` × `steps` pings, every 2 s, 2 m noise, in the order of time."""
    rng = np.random.default_rng(seed)
    room = (size[0] * CELL_M, size[1] * CELL_M)
    start = rng.uniform(0, 1, (phones, 2)) * room
    path = np.abs(np.cumsum(rng.normal(0, 0.5, (steps, phones, 2)), axis=0) + start) % room
    seen = path + rng.normal(0, 2.0, path.shape)
    ts = start_ms + 2000 * np.arange(steps)[:, None] + rng.integers(0, 2000, (1, phones))
    order = np.argsort(ts, axis=None, kind="stable")
    phone = np.broadcast_to(np.arange(1, phones + 1, dtype=np.uint64), ts.shape)
    count = phones * steps
    return Pings(
        phone.ravel()[order],
        ts.ravel()[order],
        seen[..., 0].ravel()[order],
        seen[..., 1].ravel()[order],
        np.full(count, 2.0),
        np.zeros(count, np.int16),
    )


def rows(pings: Pings, start: int, stop: int) -> Pings:
    names = ("phone", "ts", "x_m", "y_m", "sigma_m", "floor")
    return Pings(*(getattr(pings, name)[start:stop] for name in names))


def feature(zone_id: str, kind: str, box: tuple[float, float, float, float], **more: Any) -> dict[str, Any]:
    """A rectangle x0, y0, x1, y1 in metres; `more` are properties."""
    x0, y0, x1, y1 = box
    ring = [[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]]
    return {
        "type": "Feature",
        "properties": {"id": zone_id, "kind": kind, "name": zone_id, "floor": 0, **more},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
