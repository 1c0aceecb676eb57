"""All methods by name, in the order of the tables."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.accuracy import engine, gridded, hysteresis, imm, informed, kalman, polygon
from benchmarks.accuracy.answers import Method

FLOOR, REFERENCE, ENGINE = "point in polygon", "informed", "engine"
ALL: Mapping[str, Method] = {module.METHOD.name: module.METHOD for module in (polygon, hysteresis, kalman, imm, gridded, engine, informed)}
