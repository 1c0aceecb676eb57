"""Where people stood, over the plan: a picture with a panel for each floor, all day long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from models.floorplan import FloorPlan
from serving.reports.look import Look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH_INCHES, FLOOR_INCHES = 5.5, 3.6
Rows = Sequence[Mapping[str, Any]]


def figure(plan: FloorPlan, rows: Rows, look: Look) -> Figure:
    from matplotlib.figure import Figure

    floors = sorted({zone.floor for zone in plan.zones})
    drawn = Figure(figsize=(WIDTH_INCHES, FLOOR_INCHES * len(floors)), layout="constrained")
    panels = drawn.subplots(len(floors), 1, squeeze=False)[:, 0]
    whole = [row for row in rows if row["hour"] is None]
    for floor, axes in zip(floors, panels, strict=True):
        _draw_zones(axes, plan, floor, look)
        _draw_cells(axes, [row for row in whole if row["floor"] == floor], look)
        axes.set_aspect("equal")
        axes.set_axis_off()
    return drawn


def _draw_zones(axes: Axes, plan: FloorPlan, floor: int, look: Look) -> None:
    for zone in plan.zones:
        if zone.floor != floor:
            continue
        for part in getattr(zone.shape, "geoms", [zone.shape]):
            x, y = part.exterior.xy
            axes.fill(x, y, facecolor=look.theme.zone, edgecolor=look.theme.faint, linewidth=0.6)
        if zone.kind == "department":
            x_m, y_m = zone.shape.representative_point().coords[0]
            axes.annotate(zone.name, (x_m, y_m), ha="center", va="center", fontsize=8, zorder=3)


def _draw_cells(axes: Axes, rows: Rows, look: Look) -> None:
    """The more seconds the less of the plan is seen through; by the root, or one queue would hide all else."""
    if not rows:
        return
    seconds = np.array([row["seconds"] for row in rows])
    for row, share in zip(rows, np.sqrt(seconds / max(seconds.max(), 1e-9)), strict=True):
        x, y = row["cell_x_m"], row["cell_y_m"]
        axes.fill([x, x + 1, x + 1, x], [y, y, y + 1, y + 1], facecolor=look.theme.bar, alpha=0.15 + 0.75 * share, lw=0)
