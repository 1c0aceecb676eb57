"""All methods by name, in the order of the tables."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType

from benchmarks.accuracy import engine, polygon

FLOOR, REFERENCE, ENGINE = "point in polygon", "informed", "engine"
ALL: Mapping[str, ModuleType] = {module.name: module for module in (polygon, engine)}
