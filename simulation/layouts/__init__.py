"""The stores there are: layouts by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from models.errors import InputError
from simulation.layout import Layout, Size
from simulation.layouts import departments, diy, open_floor, supermarket

BUILDERS: Mapping[str, Callable[[Size], Layout]] = {
    "departments": departments.build,
    "supermarket": supermarket.build,
    "diy": diy.build,
    "open": open_floor.build,
}
SIZES: Mapping[str, Size] = {
    "departments": Size(),
    "supermarket": Size(),
    "diy": Size(floors=2),
    "open": Size(departments=6),
}
"""What each is like where nothing else is said."""


def build(name: str, size: Size) -> Layout:
    """InputError for a size that this layout cannot have."""
    if name != "departments" and size.departments > 24:
        raise InputError(f"the layout {name} has at most 24 departments", field="departments")
    if name != "departments" and size.floors != SIZES[name].floors:
        raise InputError(f"the number of floors of the layout {name} is {SIZES[name].floors}", field="floors")
    return BUILDERS[name](size)
