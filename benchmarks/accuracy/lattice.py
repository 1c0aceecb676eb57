"""A floor in cells of half a metre: how the grid methods believe that people move, and which zones a cell is in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from benchmarks.accuracy.case import Case
from benchmarks.accuracy.chart import Chart, Codes, Numbers
from benchmarks.accuracy.propagate import Field, Model, Zoned, blur

CELL_M = 0.5
PARTS = 5
"""Points by which it is seen, on each axis, what a cell lies in."""
STEP_S, LONG_STEP_S, LONG_WAY_S = 1.0, 2.0, 5.0
"""Steps are long where the median way between pings is."""
HEADINGS = ((0, 0), (1, 0), (0, 1), (-1, 0), (0, -1))
"""Of the modes, x and y: standing, then four ways to walk."""
BEYOND_M = 4.0
"""Round the plan: positions and people come from outside of it."""


@dataclass(frozen=True)
class Motion:
    """How people move: they stand, or walk along one of the plan's four directions. Seconds are means of spells."""

    standing_s: float = 20.0
    walking_s: float = 10.0
    straight_s: float = 8.0
    """Until a walk takes a turn."""
    standing_m: float = 0.2
    walking_m: float = 0.45
    """Standard deviation of the way of one second on each axis, round its mean."""
    speed_m_s: float = 0.9


@dataclass(frozen=True)
class ErrorLaw:
    """What a method believes of the errors: shares of sigma² that are white and that are carried on."""

    white: float = 1.0
    shared: float = 0.0
    keeps: Sequence[float] = (0.0, 0.0)
    """Standing and walking, after a step."""
    outliers: float = 0.02
    outlier_scale: float = 4.0


@dataclass(frozen=True, eq=False)
class Lattice:
    """One floor, turned as its plan is: the directions in which people walk are those of walls and aisles."""

    corner: tuple[float, float]
    """Where cell (0, 0) begins, in the turned frame."""
    direction: tuple[float, float]
    """Cosine and sine of the turn."""
    free: NDArray[np.bool_]
    """Where no obstacle covers more than half of the cell."""
    zoned: Zoned

    @classmethod
    def of(cls, chart: Chart, level: int) -> Lattice:
        direction = _direction(chart)
        corners = np.concatenate([shapely.get_coordinates(zone.shape) for zone in chart.plan.zones])
        across, along = _turned(corners[:, 0], corners[:, 1], direction)
        corner = float(across.min()) - BEYOND_M, float(along.min()) - BEYOND_M
        columns, rows = (
            math.ceil((float(v.max()) + BEYOND_M - c) / CELL_M) for v, c in zip((across, along), corner, strict=True)
        )
        parts = (np.arange(PARTS) + 0.5) / PARTS
        row, part_y, column, part_x = np.ix_(np.arange(rows), parts, np.arange(columns), parts)
        points = np.broadcast_arrays(corner[0] + (column + part_x) * CELL_M, corner[1] + (row + part_y) * CELL_M)
        x, y = (v.swapaxes(1, 2).reshape(rows * columns, PARTS**2) for v in points)
        x, y = _turned(x, y, (direction[0], -direction[1]))
        floor = np.full(x.shape, chart.floors[level])
        free = chart.blocked_at(x, y, floor).mean(axis=1) <= 0.5
        return cls(corner, direction, free.reshape(rows, columns), _zoned(chart.at(x, y, floor)))

    def cells(self, x_m: Numbers, y_m: Numbers) -> tuple[Numbers, Numbers]:
        """Column and row, with fractions, of points of the plan."""
        x, y = _turned(x_m, y_m, self.direction)
        return (x - self.corner[0]) / CELL_M, (y - self.corner[1]) / CELL_M

    def model(self, step_s: float, motion: Motion, law: ErrorLaw, maps: Field | None = None) -> Model:
        """`maps` are where people stand and walk, shape (2, rows, columns), each with sum 1; None: anywhere."""
        anywhere = np.stack([self.free, self.free]).astype(np.float32)
        where = np.asarray(anywhere / anywhere.sum(axis=(1, 2), keepdims=True) if maps is None else maps, np.float32)
        where = where[[0, 1, 1, 1, 1]] * np.float32(self.free.size)
        change = _change(motion, step_s)
        taps_x, taps_y = (_taps(motion, step_s, ways) for ways in zip(*HEADINGS, strict=True))
        prior = np.array([motion.standing_s, *[motion.walking_s / 4] * 4], np.float32)
        return Model(
            where,
            _norm(where, change, taps_x, taps_y),
            change,
            taps_x,
            taps_y,
            prior / prior.sum(),
            np.asarray([law.keeps[0], *[law.keeps[1]] * 4], np.float32),
            law.shared,
            law.white,
            law.outliers,
            law.outlier_scale,
        )


def step_s(case: Case) -> float:
    """How long a step is for this cadence."""
    ways = np.concatenate([np.diff(track.t_s) for track in case.tracks])
    return LONG_STEP_S if len(ways) and np.median(ways) > LONG_WAY_S else STEP_S


def _change(motion: Motion, step_s: float) -> NDArray[np.float32]:
    """From mode to mode in a step: none turns round on the spot without standing."""
    change = np.zeros((5, 5))
    change[0] = [1 - step_s / motion.standing_s, *[step_s / motion.standing_s / 4] * 4]
    for heading in range(4):
        row = change[1 + heading]
        row[0], turns = step_s / motion.walking_s, step_s / motion.straight_s
        row[1 + (heading + 1) % 4] = row[1 + (heading + 3) % 4] = turns / 2
        row[1 + heading] = 1 - row[0] - turns
    return np.asarray(change, np.float32)


def _taps(motion: Motion, step_s: float, ways: Sequence[int]) -> NDArray[np.float32]:
    """By mode, the Gaussian of a step on one axis by cells; what is next to nothing is nothing."""
    far_m = motion.speed_m_s * step_s
    sd = np.sqrt(step_s) * np.array([motion.standing_m, *[motion.walking_m] * 4])[:, None]
    reach = math.ceil((far_m + 2.5 * sd.max()) / CELL_M)
    at = np.arange(-reach, reach + 1) * CELL_M
    middle = np.array(ways)[:, None] * far_m
    bells = np.exp(-0.5 * ((at - middle) / sd) ** 2)
    bells[bells < 0.01 * bells.max(axis=1, keepdims=True)] = 0
    return np.asarray(bells / bells.sum(axis=1, keepdims=True), np.float32)


def _norm(where: Field, change: NDArray[np.float32], taps_x: NDArray[np.float32], taps_y: NDArray[np.float32]) -> Field:
    """1 / Z by mode: what leaves a cell arrives somewhere."""
    modes, rows, columns = where.shape
    reached, work = np.zeros_like(where), np.zeros((rows, columns), np.float32)
    for n in range(modes):
        # what a cell gives is what would come to it if all ways were turned round
        blur(
            where[n], taps_x[n][::-1].copy(), taps_y[n][::-1].copy(), np.array([0, rows, 0, columns]), work, reached[n]
        )
    total = np.einsum("mn,nrc->mrc", change, reached)
    return np.asarray(np.where(total > 0, 1 / np.maximum(total, 1e-12), 0), np.float32)


def _direction(chart: Chart) -> tuple[float, float]:
    """That in which most of the zones' outlines run, to a degree, by their lengths and modulo a right angle."""
    votes = np.zeros(90)
    for zone in chart.zones:
        x, y = np.diff(shapely.get_coordinates(zone.shape), axis=0).T
        degrees = np.rint(np.degrees(np.arctan2(y, x))).astype(int) % 90
        np.add.at(votes, degrees, np.hypot(x, y))
    turn = math.radians(int(votes.argmax()))
    return math.cos(turn), math.sin(turn)


def _turned(x: Numbers, y: Numbers, direction: tuple[float, float]) -> tuple[Numbers, Numbers]:
    """The same points in a frame that is turned anticlockwise."""
    cos, sin = direction
    return cos * x + sin * y, cos * y - sin * x


def _zoned(codes: tuple[Codes, Codes]) -> Zoned:
    """From the codes at the parts of each cell, shape (cells, parts)."""
    cells, zones, shares = [], [], []
    for of_kind in codes:
        for code in np.unique(of_kind[of_kind >= 0]):
            share = (of_kind == code).mean(axis=1)
            here = np.flatnonzero(share)
            cells.append(here)
            zones.append(np.full(len(here), code, np.int32))
            shares.append(share[here].astype(np.float32))
    cell = np.concatenate([*cells, np.zeros(0, np.int64)])
    order = np.argsort(cell, kind="stable")
    starts = np.searchsorted(cell[order], np.arange(len(codes[0]) + 1)).astype(np.int64)
    zone, share = np.concatenate([*zones, np.zeros(0, np.int32)]), np.concatenate([*shares, np.zeros(0, np.float32)])
    return Zoned(starts, zone[order], share[order])
