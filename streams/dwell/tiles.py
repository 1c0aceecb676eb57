"""A store's floors in tiles, as the histogram filter walks over them: where people are, what zones are in a tile.

The tiles lie along the plan's walls, for people walk along these too, and come in several sizes: the finer a phone's
positions, the smaller its tiles.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from models.floorplan import CELL_M, FloorPlan
from streams.dwell.arrays import MOSAIC, PIECE, PLANES, SIDE, Records
from streams.dwell.parameters import Parameters

SIDES_M = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0)
"""Of a tile."""
MARGIN = SIDE
"""Tiles beyond the plan: so far off somebody can be and still be followed."""
MOST_PARTS = 6
"""On each side of a tile so many points say what is in it."""
PACE_M_S = 1.0
"""A step of time is as long as who walks so fast takes for a tile."""


class Tiles(NamedTuple):
    """`mosaics` has one row a level and size, `planes` their densities and reaches, `firsts` and `pieces` their zones.

    Of a mosaic's planes the first two say how densely people stand and walk in each tile, the next five by how much
    what leaves a tile in a mode has to be divided so that all of it arrives somewhere.
    """

    mosaics: Records
    planes: NDArray[np.float32]
    firsts: NDArray[np.int32]
    pieces: Records


class Motion(NamedTuple):
    """How a belief moves in a step over tiles of one size: chances of modes, and taps ahead and aside."""

    stays: float
    starts: float
    """From standing to one of the four headings."""
    stops: float
    goes_on: float
    turns: float
    """To one of the two headings beside."""
    ahead: tuple[float, float, float]
    """Chances of being carried 0, 1 and 2 tiles ahead …"""
    aside: float
    """… and of one tile to either side."""
    keeps_stand: float
    keeps_walk: float
    """Of the error that is carried on, the part that is left to who stands and to who walks."""


def motion(side_m: float, model: Parameters) -> Motion:
    step_s = side_m / PACE_M_S
    starts, stops, turns = step_s / model.stand_s, step_s / model.walk_s, step_s / model.straight_s
    variance = (model.pace_spread_m / side_m) ** 2 * step_s
    mean = model.pace_m_s * step_s / side_m - 1
    taps = np.array([(variance + mean**2 - mean) / 2, 1 - variance - mean**2, (variance + mean**2 + mean) / 2])
    near, middle, far = (np.maximum(taps, 0) / np.maximum(taps, 0).sum()).tolist()
    goes_on = 1 - stops - turns
    keeps = 1 - step_s / (step_s + model.standing_error_s), math.exp(-step_s / model.walking_error_s)
    aside = min(variance / 2, 1 / 3)
    return Motion(1 - starts, starts / 4, stops, goes_on, turns / 2, (near, middle, far), aside, *keeps)


def tiles_of(
    levels: list[tuple[FloorPlan, Any]],
    cells: NDArray[np.int32],
    walked: NDArray[np.float32],
    spots: Records,
    model: Parameters,
) -> Tiles:
    """`levels` are a plan each and its row of arrays.LEVEL; `cells` and `spots` are those of arrays.Ground; `walked`
    says for each cell how densely people walk there relative to its kind of place."""
    mosaics: list[tuple[Any, ...]] = []
    planes, firsts, pieces, tile, piece = [], [], [], 0, 0
    for plan, level in levels:
        cos, sin = direction(plan)
        for side_m in SIDES_M:
            left, low, rows, columns = _frame(level, levels[0][1], cos, sin, side_m)
            inside, cell = _cells_at(level, (left, low, rows, columns), (cos, sin), side_m)
            at = np.where(inside, cells[cell], 0)
            stand, walk = spots["stand"][at], spots["walk"][at] * np.where(inside, walked[cell], np.float32(1))
            where = np.stack([stand.mean(axis=1), walk.mean(axis=1)]).reshape(2, rows, columns)
            step = motion(side_m, model)
            planes.append(np.concatenate([where, _norms(where, step)]).astype(np.float32).ravel())
            starts, made = _pieces(at, stand, walk, len(spots))
            mosaics.append(
                (
                    *(left, low, side_m, cos, sin, level["floor"], rows, columns, tile * PLANES, tile + len(mosaics)),
                    *(step.stays, step.starts, step.stops, step.goes_on, step.turns, *step.ahead, *step[6:]),
                )
            )
            firsts.append(starts + piece)
            pieces.append(made)
            tile, piece = tile + rows * columns, piece + len(made)
    return Tiles(
        np.array(mosaics, MOSAIC),
        np.concatenate(planes),
        np.concatenate(firsts).astype(np.int32),
        np.concatenate(pieces),
    )


def direction(plan: FloorPlan) -> tuple[float, float]:
    """Cosine and sine of the angle at which most of the zones' outlines run, to a degree, modulo a right angle."""
    votes = np.zeros(90)
    for zone in plan.zones:
        x, y = np.diff(shapely.get_coordinates(zone.shape), axis=0).T
        np.add.at(votes, np.rint(np.degrees(np.arctan2(y, x))).astype(int) % 90, np.hypot(x, y))
    angle = math.radians(int(votes.argmax()))
    return math.cos(angle), math.sin(angle)


def _frame(level: Any, first: Any, cos: float, sin: float, side_m: float) -> tuple[float, float, int, int]:
    """Left, low, rows and columns of the tiles over a level and its margin, in the turned frame.

    They begin whole sides away from the first level's corner: tiles of one plan and of the next are the same.
    """
    x = level["left"] + np.array([0, 1, 0, 1]) * level["columns"] * CELL_M
    y = level["low"] + np.array([0, 0, 1, 1]) * level["rows"] * CELL_M
    corners = cos * x + sin * y, cos * y - sin * x
    anchor = cos * first["left"] + sin * first["low"], cos * first["low"] - sin * first["left"]
    left, low = (
        start + (math.floor((float(v.min()) - start) / side_m) - MARGIN) * side_m
        for v, start in zip(corners, anchor, strict=True)
    )
    columns, rows = (
        math.ceil((float(v.max()) - start) / side_m) + MARGIN for v, start in zip(corners, (left, low), strict=True)
    )
    return left, low, rows, columns


def _cells_at(
    level: Any, frame: tuple[float, float, int, int], turn: tuple[float, float], side_m: float
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """The cells under points spread over each tile, shape (tiles, points a tile), where they are on the plan."""
    left, low, rows, columns = frame
    parts = min(round(side_m / CELL_M), MOST_PARTS)
    inner = (np.arange(parts) + 0.5) * side_m / parts
    row, inner_y, column, inner_x = np.ix_(np.arange(rows), inner, np.arange(columns), inner)
    across, along = np.broadcast_arrays(left + column * side_m + inner_x, low + row * side_m + inner_y)
    across, along = (v.swapaxes(1, 2).reshape(rows * columns, parts * parts) for v in (across, along))
    cos, sin = turn
    x = np.floor((cos * across - sin * along - level["left"]) / CELL_M).astype(np.int64)
    y = np.floor((cos * along + sin * across - level["low"]) / CELL_M).astype(np.int64)
    inside = (x >= 0) & (x < level["columns"]) & (y >= 0) & (y < level["rows"])
    return inside, np.where(inside, level["start"] + y * level["columns"] + x, level["start"])


def _norms(where: NDArray[np.float64], step: Motion) -> NDArray[np.float64]:
    """By mode, one over what of a tile's belief would arrive if all places were as they are."""
    stand, walk = where
    reach = np.stack([_reached(walk, step, *heading) for heading in ((1, 0), (0, 1), (-1, 0), (0, -1))])
    left = [reach.mean(axis=0)]  # of those who set out: who stands on needs no place
    for n in range(4):
        beside = reach[(n + 1) % 4] + reach[(n + 3) % 4]
        left.append(step.stops * stand + step.goes_on * reach[n] + step.turns * beside)
    return np.asarray(1 / np.maximum(np.stack(left), 1e-9))


def _reached(walk: NDArray[np.float64], step: Motion, x: int, y: int) -> NDArray[np.float64]:
    """The mean density of where a step with a heading leads to from each tile."""
    padded = np.pad(walk, 2, mode="edge")
    rows, columns = walk.shape
    total = np.zeros_like(walk)
    for ahead, chance in enumerate(step.ahead):
        for aside, share in ((-1, step.aside), (0, 1 - 2 * step.aside), (1, step.aside)):
            column, row = 2 + x * ahead + abs(y) * aside, 2 + y * ahead + abs(x) * aside
            total += chance * share * padded[row : row + rows, column : column + columns]
    return total


def _pieces(
    at: NDArray[np.int32], stand: NDArray[np.float32], walk: NDArray[np.float32], spots: int
) -> tuple[NDArray[np.int64], Records]:
    """The spots of each tile, from `starts` on, with the shares of those who stand and of those who walk there. All
    three have a row a tile and a column a point: its spot, and how densely people stand and walk there."""
    tiles = len(at)
    keys, which = np.unique(np.arange(tiles)[:, None] * spots + at, return_inverse=True)
    tile, spot = np.divmod(keys, spots)
    pieces = np.zeros(len(keys), PIECE)
    pieces["spot"] = spot
    for name, density in (("stand", stand), ("walk", walk)):
        pieces[name] = np.bincount(which.ravel(), density.ravel()) / density.sum(axis=1)[tile]
    return np.searchsorted(tile, np.arange(tiles + 1)), pieces
