"""All methods by name, in the order of the tables."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.accuracy import engine, gridded, hysteresis, imm, informed, kalman, polygon, stops
from benchmarks.accuracy.answers import Method

FLOOR, REFERENCE, ENGINE = "point in polygon", "informed", "engine"
_ALL = (
    polygon.METHOD,
    hysteresis.METHOD,
    kalman.METHOD,
    imm.METHOD,
    stops.TRACKINTEL,
    stops.MOVINGPANDAS,
    gridded.METHOD,
    engine.METHOD,
    informed.METHOD,
)
ALL: Mapping[str, Method] = {method.name: method for method in _ALL}
