"""Compiles the kernels ahead of time: `python -m streams.dwell`; the first worker starts a minute sooner."""

from __future__ import annotations

import json

from models import floorplan
from models.plans import StorePlans
from streams.dwell.engine import warm

_SQUARE = {"type": "Polygon", "coordinates": [[[0, 0], [9, 0], [9, 9], [0, 9], [0, 0]]]}
_PLAN = {
    "type": "FeatureCollection",
    "aislewise": {"store": "any", "units": "m"},
    "features": [{"type": "Feature", "properties": {"id": "all", "kind": "department"}, "geometry": _SQUARE}],
}

warm(StorePlans.always(floorplan.parse(json.dumps(_PLAN).encode())))
