"""Plans and pings of any kind that hypothesis draws: what the dwell engine has to bear."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

from models import floorplan
from models.floorplan import FloorPlan
from tests.streams.toy import NAN, Ping, plan_bytes

FLOORS = (0, 1, -2)
CORNERS = [(0.0, 0.0), (500_000.0, 5_000_000.0), (-7_000.0, 31.7)]
SIGMAS = [NAN, 0.01, 0.05, 0.3, 1.0, 3.0, 10.0, 100.0, 1000.0]
STEPS_MS = [1, 20, 100, 999, 1000, 2000, 3000, 3001, 10_000, 47_003, 299_999, 300_000, 1_000_000]


def polygon(left: float, low: float, width: float, depth: float, hole: bool) -> list[list[tuple[float, float]]]:
    """Rings of a rectangle, with a hole in its middle."""
    rings = [(0.0, 1.0), (0.3, 0.7)] if hole else [(0.0, 1.0)]
    corners = [[(a, a), (b, a), (b, b), (a, b), (a, a)] for a, b in rings]
    return [[(left + x * width, low + y * depth) for x, y in ring] for ring in corners]


def turned(rings: Sequence[Sequence[tuple[float, float]]], degrees: float, at: tuple[float, float]) -> dict[str, Any]:
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    corners = [[[at[0] + c * x - s * y, at[1] + s * x + c * y] for x, y in ring] for ring in rings]
    return {"type": "Polygon", "coordinates": corners}


@st.composite
def plans(draw: st.DrawFn) -> FloorPlan:
    """Departments in a grid with gaps and holes, displays that overlap, obstacles, checkouts; turned, far away."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    pitch_m, degrees = draw(st.sampled_from([0.6, 2.0, 8.0])), draw(st.sampled_from([0.0, 0.0, 27.0, 45.0]))
    corner, floors = draw(st.sampled_from(CORNERS)), draw(st.integers(1, 3))
    side = draw(st.integers(1, 8))
    features: list[Any] = []

    def add(name: str, kind: str, floor: int, rings: list[list[tuple[float, float]]]) -> None:
        about = {"id": f"{name}{len(features)}", "kind": kind, "floor": floor}
        features.append({"type": "Feature", "properties": about, "geometry": turned(rings, degrees, corner)})

    for floor in FLOORS[:floors]:
        for row, column in np.ndindex(side, side):
            if rng.random() < 0.85:
                add(
                    "d",
                    "department",
                    floor,
                    polygon(column * pitch_m, row * pitch_m, pitch_m, pitch_m, rng.random() < 0.2),
                )
        for _ in range(rng.integers(0, 2 * side * side)):
            left, low = (rng.uniform(-0.1, 1.0, 2) * side * pitch_m).tolist()
            width, depth = (rng.uniform(0.3, 1.5, 2) * pitch_m).tolist()
            kind = str(rng.choice(["display"] * 6 + ["obstacle", "checkout", "entrance", "staff"]))
            add(kind[0], kind, floor, polygon(left, low, width, depth, rng.random() < 0.1))
    if not features:
        add("d", "department", 0, polygon(0, 0, pitch_m, pitch_m, False))
    return floorplan.parse(plan_bytes(features))


@st.composite
def walks(draw: st.DrawFn, plan: FloorPlan) -> list[Ping]:
    """One or two phones, in the order of ts: steps, jumps, outliers, far off the plan, on floors that flicker."""
    pings: list[Ping] = []
    for phone in range(draw(st.integers(1, 2))):
        rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
        step_m, wild = draw(st.sampled_from([0.0, 0.3, 3.0])), draw(st.sampled_from([0.0, 0.1, 0.5]))
        steps = draw(st.lists(st.sampled_from(STEPS_MS), min_size=1, max_size=3))
        sigmas = draw(st.lists(st.sampled_from(SIGMAS), min_size=1, max_size=3))
        floors = draw(st.lists(st.sampled_from([*FLOORS, 7]), min_size=1, max_size=3))
        left, low, right, high = bounds(plan)
        x, y, ts = rng.uniform(left, right), rng.uniform(low, high), int(rng.integers(0, 5_000))
        for _ in range(draw(st.integers(1, 60))):
            x, y = x + rng.normal(0, step_m), y + rng.normal(0, step_m)
            dx, dy = rng.choice([5.0, 300.0, 1e5, 1e9]) * rng.normal(0, 1, 2) * (rng.random() < wild)
            sigma, floor = float(rng.choice(sigmas)), int(rng.choice(floors))
            pings.append(Ping(phone, ts / 1000, float(x + dx), float(y + dy), sigma, floor))
            ts += int(rng.choice(steps))
    return sorted(pings, key=lambda ping: (ping.ts, ping.phone))


def bounds(plan: FloorPlan) -> tuple[float, float, float, float]:
    """Left, low, right, high of all zones."""
    boxes = np.array([zone.shape.bounds for zone in plan.zones])
    return (*boxes[:, :2].min(axis=0).tolist(), *boxes[:, 2:].max(axis=0).tolist())
