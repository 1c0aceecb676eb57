"""From where a display is looked at: the strip of floor in front of a piece of furniture.

Seen along the directions that it faces, as if from far away: what stands in a strip hides what lies beyond it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from shapely.affinity import translate
from shapely.geometry.base import BaseGeometry

VIEW_M = 1.5
"""How deep the strip is. Who reads a label or takes a thing stands at an arm's length, .5 to 1 m away, and half a step
further back to look; in an aisle where two trolleys pass, 2 to 2.5 m, it reaches just over the middle, where what is
nearer takes over. A deeper strip takes in those who only walk by, a shallower one is lost in the error of 2 m."""
SIDES = {"n": 0.0, "e": 90.0, "s": 180.0, "w": 270.0}


def directions(given: object) -> tuple[float, ...]:
    """Degrees clockwise from the plan's up (+y): a number, one of SIDES, or a list of them. Raises ValueError."""
    if given is None:
        return ()
    listed = given if isinstance(given, list) else [given]
    if not listed:
        raise ValueError("faces [] names no side: leave it out where a display is seen from everywhere")
    return tuple(sorted({_degrees(one) for one in listed}))


def strip(furniture: BaseGeometry, faces: Iterable[float], others: Sequence[BaseGeometry]) -> BaseGeometry:
    """The floor from where it is looked at, cut by `others`: obstacles, and the furniture of other displays.

    What the furniture stands in, a long shelf of which it is a part, is no floor but hides nothing.
    """
    return shapely.union_all([_one_side(furniture, degrees, others) for degrees in faces])


def _one_side(furniture: BaseGeometry, degrees: float, others: Sequence[BaseGeometry]) -> BaseGeometry:
    around = np.array(others, object)
    carries = shapely.covers(around, furniture.representative_point())
    before = shapely.difference(_swept(furniture, degrees), shapely.union_all([furniture, *around[carries]]))
    inside = shapely.intersection(before, around[~carries & shapely.intersects(before, around)])
    hidden = [_swept(part, degrees) for part in _polygons(inside)]
    return shapely.difference(before, shapely.union_all(hidden))


def _swept(shape: BaseGeometry, degrees: float) -> BaseGeometry:
    """All that a shape passes over on VIEW_M of the way in a direction."""
    dx, dy = VIEW_M * math.sin(math.radians(degrees)), VIEW_M * math.cos(math.radians(degrees))
    sides = [
        shapely.union(edge, translate(edge, dx, dy)).convex_hull
        for polygon in _polygons(shape)
        for ring in (polygon.exterior, *polygon.interiors)
        for edge in _edges(ring)
    ]
    return shapely.union_all([shape, translate(shape, dx, dy), *sides])


def _edges(ring: BaseGeometry) -> list[BaseGeometry]:
    corners = list(ring.coords)
    return [shapely.linestrings([one, other]) for one, other in pairwise(corners)]


def _polygons(shape: Any) -> list[BaseGeometry]:
    """Of one shape, or of an array of them; lines and points where shapes touch are left out."""
    return [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]


def _degrees(given: object) -> float:
    if isinstance(given, str) and given.lower() in SIDES:
        return SIDES[given.lower()]
    if isinstance(given, bool) or not isinstance(given, int | float) or not abs(given) <= 360:
        raise ValueError(f"faces {given!r}: is neither n, e, s, w nor degrees clockwise from the plan's up")
    return float(given) % 360
