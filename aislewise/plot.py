"""A picture of one visit: the plan with its pings and tracks, and its dwell beside what is true where that is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import shapely
from shapely.geometry.base import BaseGeometry

from models import folders
from models.errors import InputError
from models.floorplan import FloorPlan, Zone
from models.records import TEXT, TS, conform, required
from streams.replay.closely import Dwell, Track, Tracks, Visit

if TYPE_CHECKING:
    from matplotlib.axes import Axes

KINDS = (".svg", ".png")
FILLS = {
    "department": "#eef3f8",
    "display": "#f6d9b8",
    "checkout": "#e3efdd",
    "entrance": "#e3efdd",
    "staff": "#eeeeee",
    "obstacle": "#8a8f96",
}
EDGE, FURNITURE = "#b5bac0", "#c9a97e"
RAW, LIVE, SMOOTHED, TRUE = "#9a9a9a", "#1f77b4", "#d62728", "#111111"
BARS = {"department": "#7aa6d1", "display": "#e39d4e"}
MOST_BARS = 24
TRUTHS = ("truth_dwells.parquet", "truth.parquet")
TRUTH = pa.schema(
    [
        *(required(name, TEXT) for name in ("store_id", "device_id", "zone_id")),
        required("dwell_s", pa.float64()),
        *(required(name, TS) for name in ("first_ts", "last_ts")),
    ]
)
"""What is needed of it: a row a phone, day and zone."""
Truth = Mapping[str, float]
"""Seconds by zone."""


def refuse(path: Path) -> None:
    """Raises InputError where no picture of that name can be drawn: better before the work than after it."""
    if path.suffix not in KINDS:
        raise InputError(f"{path.name!r} ends with neither .svg nor .png", field="--plot")


def truth_of(folder: Path, store: str, visit: Visit) -> Truth:
    """True seconds by zone, as `aislewise simulate` writes them. Raises InputError."""
    path = next((path for name in TRUTHS if (path := folder / name).is_file()), folder / TRUTHS[-1])
    try:
        table = conform(pq.read_table(path), TRUTH)
    except InputError as error:
        raise InputError(error.reason, file=path, row=error.row, field=error.field) from None
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"cannot be read: {error}", file=path) from None
    first, last = (table.column(name).cast(pa.int64()) for name in ("first_ts", "last_ts"))
    ours = pc.and_(pc.equal(table.column("store_id"), store), pc.equal(table.column("device_id"), visit.device_id))
    during = pc.and_(pc.less_equal(first, visit.last_ts), pc.greater_equal(last, visit.first_ts))
    rows = table.filter(pc.and_(ours, during)).select(["zone_id", "dwell_s"]).to_pylist()
    return {row["zone_id"]: row["dwell_s"] for row in rows}


def draw(path: Path, plan: FloorPlan, visit: Visit, tracks: Tracks, truth: Truth | None) -> None:
    """An SVG or PNG, whole or not there; the same visit gives the same bytes."""
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context({"svg.hashsalt": visit.visit_id, "svg.fonttype": "none", "font.size": 8}):
        figure = Figure(figsize=(14, 7), layout="constrained")
        walked, spent = figure.subplots(1, 2, width_ratios=(3, 2))
        _draw_plan(walked, plan, tracks.floor)
        _draw_tracks(walked, tracks)
        _draw_dwells(spent, plan, visit, truth)
        figure.suptitle(_title(plan, visit, tracks.floor))
        with folders.writing(path) as file:
            date = {"Date": None} if path.suffix == ".svg" else {}
            figure.savefig(file, format=path.suffix[1:], dpi=150, metadata=date)


def _title(plan: FloorPlan, visit: Visit, floor: int) -> str:
    first, last = (datetime.fromtimestamp(ts / 1000, plan.timezone) for ts in (visit.first_ts, visit.last_ts))
    where = f", floor {floor}" if len({zone.floor for zone in plan.zones}) > 1 else ""
    return (
        f"Visit {visit.visit_id} of {visit.device_id} in {plan.store}{where}: "
        f"{first:%Y-%m-%d %H:%M:%S} to {last:%H:%M:%S}, {visit.pings:,} pings"
    )


def _draw_plan(axes: Axes, plan: FloorPlan, floor: int) -> None:
    for kind, fill in FILLS.items():
        for zone in plan.of_kind(kind):
            if zone.floor == floor:
                _draw_shape(axes, plan.area(zone), facecolor=fill, edgecolor=EDGE, linewidth=0.6)
                if zone.faces:
                    _draw_shape(axes, zone.shape, facecolor=FURNITURE, edgecolor=EDGE, linewidth=0.6)
                if kind == "department":
                    _name(axes, zone)
    axes.set_aspect("equal")
    axes.autoscale_view()
    axes.set_xlabel("x, m")
    axes.set_ylabel("y, m")


def _name(axes: Axes, zone: Zone) -> None:
    x, y = zone.shape.representative_point().coords[0]
    axes.annotate(zone.name, (x, y), color="#6b7785", ha="center", va="center", fontsize=7, clip_on=True)


def _draw_tracks(axes: Axes, tracks: Tracks) -> None:
    axes.plot(tracks.raw.x_m, tracks.raw.y_m, ".", color=RAW, markersize=3, label="pings")
    axes.plot(tracks.live.x_m, tracks.live.y_m, "-", color=LIVE, linewidth=0.8, label="live")
    track = tracks.smoothed
    _draw_shape(axes, halo(track), facecolor=SMOOTHED, edgecolor="none", alpha=0.15, label="± one standard deviation")
    axes.plot(track.x_m, track.y_m, "-", color=SMOOTHED, linewidth=1.2, label="smoothed")
    axes.plot(track.x_m[:1], track.y_m[:1], "o", color=SMOOTHED, markersize=5, label="first")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.1), ncols=5, fontsize=7, frameon=False)


def halo(track: Track) -> BaseGeometry:
    """All that lies within one standard deviation of the way from position to position."""
    discs = shapely.buffer(shapely.points(track.x_m, track.y_m), track.sd_m)
    ways = [shapely.union(one, other).convex_hull for one, other in pairwise(discs)]
    return shapely.union_all([*ways, discs[0]])


def _draw_dwells(axes: Axes, plan: FloorPlan, visit: Visit, truth: Truth | None) -> None:
    rows = _bars(plan, visit.dwells, truth or {})
    for at, dwell in enumerate(rows):
        axes.barh(at, dwell.dwell_s, color=BARS[dwell.kind], height=0.7)
        axes.plot([dwell.lower_s, dwell.upper_s], [at, at], color=TRUE, linewidth=1.0)
    if truth is not None:
        seconds = [truth.get(dwell.zone_id, 0.0) for dwell in rows]
        axes.plot(seconds, range(len(rows)), "D", color=TRUE, markersize=4, markerfacecolor="none", label="true")
        axes.legend(loc="lower right", fontsize=7)
    names = {zone.id: zone.name for zone in plan.zones}
    axes.set_yticks(range(len(rows)), [names.get(dwell.zone_id, dwell.zone_id) for dwell in rows])
    axes.invert_yaxis()
    axes.set_xlim(left=0)
    axes.set_xlabel("dwell, s, with 90 % intervals")


def _bars(plan: FloorPlan, dwells: Iterable[Dwell], truth: Truth) -> Sequence[Dwell]:
    """Departments and then displays, the longest first, with those where only the truth has time."""
    rows = list(dwells)
    kinds = {zone.id: zone.kind for zone in plan.of_kind("department", "display")}
    missed = truth.keys() & kinds.keys() - {row.zone_id for row in rows}
    rows += [Dwell(kinds[zone_id], zone_id, 0.0, 0.0, 0.0) for zone_id in sorted(missed)]
    longest = sorted(rows, key=lambda row: -max(row.dwell_s, truth.get(row.zone_id, 0.0)))[:MOST_BARS]
    return sorted(longest, key=lambda row: row.kind)


def _draw_shape(axes: Axes, shape: BaseGeometry, **style: Any) -> None:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path as Outline

    rings = [ring for polygon in _polygons(shape) for ring in (polygon.exterior, *polygon.interiors)]
    if rings:
        axes.add_patch(
            PathPatch(Outline.make_compound_path(*(Outline(ring.coords, closed=True) for ring in rings)), **style)
        )


def _polygons(shape: BaseGeometry) -> list[Any]:
    return [part for part in getattr(shape, "geoms", [shape]) if part.geom_type == "Polygon"]
