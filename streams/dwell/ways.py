"""Where people walk, from the plan alone: the shortest ways from stop to stop, round shelves and past displays.

Shoppers' paths are little longer than the shortest ones between the places where they stop (Hui, Fader and Bradlow
2009, Marketing Science 28: they come within a third of a travelling salesman's), and most ways are short.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt, gaussian_filter
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from models.floorplan import CELL_M, FloorPlan, Raster

SIDE_M = 0.5
"""Of the squares over which ways are sought …"""
MOST_SQUARES = 30_000
"""… or larger ones, so that there are no more than so many."""
AROUND_M = 10.0
"""Nobody goes farther than this beyond the outermost stops."""
MOST_STOPS = 64
"""Of a floor: of more, some."""
STOPS = 6.0
"""At displays, of a visit."""
REACH_M = 15.0
"""The chance of going on to a display falls to 1/e over so many metres of way."""
CLEAR_M, CLEAR_COST = 0.6, 2.0
"""So near to shelves and walls people walk less gladly: a metre right beside one is worth three."""
DISPLAY_COST = 0.5
"""… and one and a half where others stand in front of a display."""
BLOCKED_COST = 50.0
"""Nobody walks through a shelf, unless nothing else leads there: drawings are not exact."""
SWERVE_M = 0.75
"""They keep to a way give or take this much."""
UNEVEN = 0.15
"""Squares differ in what they cost, as a standard deviation: of many ways of one length each is taken."""

_STEPS = {
    (0, 1): (),
    (1, 0): (),
    (1, 1): ((0, 1), (1, 0)),
    (1, -1): ((0, -1), (1, 0)),
    (1, 2): ((0, 1), (1, 1)),
    (1, -2): ((0, -1), (1, -1)),
    (2, 1): ((1, 0), (1, 1)),
    (2, -1): ((1, 0), (1, -1)),
}
"""By rows and columns, straight, diagonal and as a knight moves; and over what squares: nobody jumps over a wall."""
Grid = NDArray[np.float64]


def ways(plan: FloorPlan, raster: Raster) -> NDArray[np.float32]:
    """How densely people walk in each of the raster's cells, shape (floors, rows, columns), relative to the mean over
    the floor's departments; 1 everywhere on a floor with nowhere to go."""
    found = np.ones(raster.zone.shape, np.float32)
    for level, floor in enumerate(raster.floors.tolist()):
        cells, kinds = _stops(plan, raster, level, int(floor))
        if len(cells) < 2:
            continue
        squares = Squares(cells)
        blocked, display = (squares.share(grid) for grid in (raster.obstacle[level], raster.display[level] >= 0))
        fine = squares.cells(_walked(blocked, display, squares, kinds), found.shape[1:])
        inside = (raster.department[level] >= 0) | (raster.display[level] >= 0)
        found[level] = fine / max(float(fine[inside].mean()) if inside.any() else float(fine.mean()), 1e-12)
    return found


class Squares:
    """Squares of some cells a side round the stops: a wing that is built on moves none of them."""

    def __init__(self, stops: NDArray[np.int64]) -> None:
        around = round(AROUND_M / CELL_M)
        self._low = stops.min(axis=0) - around
        size = stops.max(axis=0) + around + 1 - self._low
        side = round(SIDE_M / CELL_M)
        while np.prod(-(-size // side)) > MOST_SQUARES:
            side += 1
        self._side, self.side_m = side, side * CELL_M
        self.shape: tuple[int, int] = tuple((-(-size // side)).tolist())
        rows, columns = ((stops - self._low) // side).T
        self.stops: NDArray[np.int64] = rows * self.shape[1] + columns
        """By number, row by row."""

    def share(self, grid: NDArray[np.bool_]) -> Grid:
        """What share of each square is true in a grid of all cells; outside of it nothing is."""
        side, (rows, columns) = self._side, self.shape
        here = np.zeros((rows * side, columns * side))
        inner, outer = self._overlap(grid.shape)
        here[inner] = grid[outer]
        return np.asarray(here.reshape(rows, side, columns, side).mean(axis=(1, 3)))

    def cells(self, values: Grid, shape: tuple[int, ...]) -> Grid:
        """Each square's value in a grid of all cells; 0 elsewhere."""
        grid = np.zeros(shape)
        inner, outer = self._overlap(shape)
        grid[outer] = np.kron(values, np.ones((self._side, self._side)))[inner]
        return grid

    def _overlap(self, shape: tuple[int, ...]) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
        """Where the squares' cells and a grid of all cells are the same: in the one, and in the other."""
        inner, outer = [], []
        for low, size, most in zip(self._low.tolist(), self.shape, shape, strict=True):
            first, last = max(low, 0), min(low + size * self._side, most)
            inner.append(slice(first - low, last - low))
            outer.append(slice(first, last))
        return tuple(inner), tuple(outer)


def _stops(plan: FloorPlan, raster: Raster, level: int, floor: int) -> tuple[NDArray[np.int64], NDArray[np.str_]]:
    """Row and column of a cell in the middle of each zone where people stop, and the zones' kinds. A department without
    a display is one itself."""
    places, kinds = [], []
    here = [i for i, zone in enumerate(plan.zones) if zone.floor == floor]
    with_displays = set(raster.department[level][raster.display[level] >= 0].tolist())
    for kind in ("display", "checkout", "entrance", "department"):
        zones = [i for i in here if plan.zones[i].kind == kind and not (kind == "department" and i in with_displays)]
        of_kind = raster.display[level] if kind == "display" else raster.zone[level]
        for i in zones[:: -(-len(zones) // MOST_STOPS) or 1]:
            rows, columns = np.nonzero((of_kind == i) & ~raster.obstacle[level])
            if len(rows):
                middle = np.argmin((rows - rows.mean()) ** 2 + (columns - columns.mean()) ** 2)
                places.append((rows[middle], columns[middle]))
                kinds.append("display" if kind == "department" else kind)
    return np.array(places, np.int64).reshape(-1, 2), np.array(kinds)


def _walked(blocked: Grid, display: Grid, squares: Squares, kinds: NDArray[np.str_]) -> Grid:
    """The metres walked in each square; what share of it is blocked, and in front of displays; `kinds` of the stops."""
    side_m, stops, wall = squares.side_m, squares.stops, blocked > 0
    away_m = distance_transform_edt(~wall) * side_m if wall.any() else np.full(wall.shape, np.inf)
    cost = 1 + CLEAR_COST * np.exp(-np.maximum(away_m - side_m, 0) / CLEAR_M) + DISPLAY_COST * display
    cost *= np.exp(UNEVEN * _uneven(squares.shape))
    cost += BLOCKED_COST * blocked
    far, before = dijkstra(_graph(cost, side_m), indices=stops, return_predecessors=True)
    weights = _trips(far[:, stops], kinds)
    total = np.zeros(cost.size)
    start, end = np.nonzero(weights > 0)
    weight, at = weights[start, end], stops[end]
    while len(at):
        np.add.at(total, at, weight)
        at = before[start, at]
        on = at >= 0
        start, weight, at = start[on], weight[on], at[on]
    return np.asarray(gaussian_filter(total.reshape(cost.shape), SWERVE_M / side_m))


def _uneven(shape: tuple[int, int]) -> Grid:
    """A standard normal number for each square, the same in a larger grid."""
    period = 97
    numbers = np.random.default_rng(0).standard_normal((period, period))
    row, column = (np.arange(size) % period for size in shape)
    return np.asarray(numbers[np.ix_(row, column)])


def _trips(far: Grid, kinds: NDArray[np.str_]) -> Grid:
    """How often a visit goes from each stop to each other one."""
    display, till, door = (kinds == kind for kind in ("display", "checkout", "entrance"))
    trips = np.zeros(far.shape)
    onward = np.exp(-far[np.ix_(display, display)] / REACH_M)
    np.fill_diagonal(onward, 0.0)
    trips[np.ix_(display, display)] = onward * (STOPS - 1) / max(onward.sum(), 1e-12)
    last, first = (till if till.any() else door), door
    for one, other in ((first, display), (display, last), (last, first)):
        if one.any() and other.any() and not (one & other).any():
            trips[np.ix_(one, other)] += 1 / (one.sum() * other.sum())
    return trips


def _graph(cost: Grid, side_m: float) -> coo_array:
    """The ways from each square to the sixteen around; a step costs the mean of what the squares it goes over cost."""
    rows, columns = cost.shape
    number = np.arange(rows * columns).reshape(rows, columns)
    edges = []
    for (down, right), between in _STEPS.items():
        first, last = max(-right, 0), columns - max(right, 0)
        over = [number[y : rows - down + y, first + x : last + x] for y, x in ((0, 0), (down, right), *between)]
        way = np.hypot(down, right) * side_m * np.mean([cost.ravel()[one] for one in over], axis=0)
        edges.append((over[0].ravel(), over[1].ravel(), way.ravel()))
    start, end, way = (np.concatenate(parts) for parts in zip(*edges, strict=True))
    both = np.concatenate([start, end]), np.concatenate([end, start])
    return coo_array((np.concatenate([way, way]), both), shape=(cost.size, cost.size)).tocsr()
