"""The engine's state and answers as flat arrays of records, which numba fills and a checkpoint writes in one piece."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.dwell.companions import GROUP
from streams.dwell.trail import SUMS, TRAIL

PENDING = 320
"""Pings of one phone that may wait for their 3 s of lateness: a hundred a second. Of faster ones the first settle
sooner, and what comes before them is late."""
RING = 30
"""Fixes of one phone that wait for the smoother: two lags of it at a ping a second."""
NOWHERE = -1
"""The zone code of being in no department, or at no display."""
NO_FLOOR = -32768
"""Stands for any floor that has not been reported yet."""

Records = NDArray[Any]

FIX = np.dtype(
    [("ts", "i8"), ("seq", "i8"), ("x", "f8"), ("y", "f8"), ("sigma", "f4"), ("floor", "i2")],
)
"""A ping that waits: `seq` counts arrivals, x and y are metres in the plan's frame, sigma is NaN where unknown."""

_MODES = ("stand", "sx", "sy", "sp", "wx", "wy", "wvx", "wvy", "wpp", "wpv", "wvv")

TRACK = np.dtype(
    [("ts", "i8"), *((name, "f8") for name in _MODES), ("floor", "i2"), ("other", "i2"), ("other_p", "f8")]
)
"""What is believed of somebody at a time: a Gaussian for each of two modes; `stand` is the probability of the first.

Who stands (s) has a position, who walks (w) a velocity too; both axes share their covariance (m², m²/s, m²/s²).
`other` is the floor next to `floor` in probability, `other_p` is its.
"""

WALK = np.dtype(
    [
        ("pings", "i4"),
        ("id_seq", "i8"),
        ("id_ts", "i8"),
        ("first", "i8"),
        ("last", "i8"),
        ("department", "i4"),
        # of the fix's error on each axis, m²
        ("noise", "f8"),
        ("excess", "f8"),
        ("weight", "f8"),
        ("track", TRACK),
    ]
)
"""A visit as far as it was walked: 0 pings before the first, `id_seq` and `id_ts` are those of the first to arrive.

`excess` over `weight` is the variance of the errors so far relative to what the sender's sigma says.
"""

MODES = 5
"""Of the histogram: standing, then walking along the mosaic's x, y, −x and −y."""
SIDE = 8
"""Tiles of the histogram's window, each way."""

HISTOGRAM = np.dtype(
    [
        # a row of Ground.mosaics, or −1 off the plan; first row and column of the window in it
        ("mosaic", "i4"),
        ("row", "i4"),
        ("column", "i4"),
        # how far it has been carried, ms
        ("clock", "i8"),
        # of who stands, of who walks: the error's carried part, in sigmas, is x + slope × place of who is there
        ("bias", [("x", "f4"), ("y", "f4"), ("slope", "f4"), ("variance", "f4")], (2,)),
        ("roots", "u1", (MODES, SIDE, SIDE)),
    ]
)
"""What is believed of somebody's place, tile by tile: `roots` are square roots of probabilities, the greatest is 255.

`variance` is what is not known of the carried part, in sigma²; places are metres from the mosaic's corner.
"""

FLOORS = np.dtype([("floor", "i2"), ("other", "i2"), ("other_p", "f4")])
"""As in a track."""

STAY = np.dtype(
    [
        ("t", "f8"),
        ("x", "f4"),
        ("y", "f4"),
        ("noise", "f4"),
        ("mosaic", "i2"),
        ("row", "i2"),
        ("column", "i2"),
        ("floors", FLOORS),
    ]
)
"""A fix that waits for the smoother, relative to the visit's first: seconds and metres; and where its window lay."""

ZONES = 16
"""Zones that a belief can tell apart; what is less probable than these counts as nowhere."""
WHOLE = 32_768
"""Probabilities are counted in parts of this: their sums are exact."""

BELIEF = np.dtype(
    [
        ("departments", "i1"),
        ("displays", "i1"),
        ("department", "i2", (ZONES,)),
        ("display", "i2", (ZONES,)),
        ("department_n", "u2", (ZONES,)),
        ("display_n", "u2", (ZONES,)),
    ]
)
"""Zones and their probabilities in parts; `departments` and `displays` say how many are filled, each sums to WHOLE."""

WAIT = np.dtype(
    [("fix", FIX), ("walk", WALK), ("histogram", HISTOGRAM), ("belief", BELIEF), ("next", "i4")],
)
"""A ping within its 3 s of lateness, and the visit as of it: the answer that it will settle with if none comes before.

A phone's waiting pings are a linked list through `next`, by `ts`, in one pool."""

PHONE = np.dtype(
    [
        ("phone", "u8"),
        ("used", "i1"),
        ("changed", "i1"),
        # whether there is something new since `Engine.unshown` was asked
        ("unshown", "i1"),
        # whether the live visit has no settled ping yet: it has no cells then
        ("begun", "i1"),
        ("newest", "i8"),
        # the last ping of the earliest visit that has not been listed
        ("ends", "i8"),
        ("cells", "i4"),
        ("cell_count", "i4"),
        # as far as it is settled
        ("walk", WALK),
        ("histogram", HISTOGRAM),
        ("belief", BELIEF),
        # the first and the last that waits, or −1: the last has the answer that is given at once
        ("waits", "i4"),
        ("live", "i4"),
        ("waiting", "i4"),
        ("anchor_ts", "i8"),
        ("anchor_x", "f8"),
        ("anchor_y", "f8"),
        ("ringed", "i4"),
        ("smoothed", "f8"),
        ("age", "f8"),
        ("ring", STAY, (RING,)),
        # the histogram as of the ring's first
        ("still", HISTOGRAM),
        # pings of the visit when it was last listed, and of one that had only begun then
        ("written", "i4"),
        ("next_id_ts", "i8"),
        ("next_written", "i4"),
        # where the visit has been, coarsely, and with whom
        ("trail", TRAIL),
        ("group", GROUP),
    ]
)
"""`smoothed` is the time up to which the smoother has spent, seconds of the visit, −1 before its first position; `age`
counts how often the errors of smoothed positions have been renewed by then."""

CELL = np.dtype(
    [
        ("zone", "i4"),
        ("next", "i4"),
        ("due_s", "i4"),
        ("evidence", "i4"),
        ("live_s", "f8"),
        ("now_s", "f8"),
        ("dwell_s", "f8"),
        ("variance", "f4"),
        ("tail", "f4"),
        ("age", "f4"),
        ("first", "i8"),
        ("last", "i8"),
    ]
)
"""What one visit has spent in one zone: `live_s` of it is settled, `now_s` is that and what the waiting pings add.

A visit's cells are a linked list through `next`; `due_s` is the next moment's threshold, `evidence` as in cells.py.
`variance` is that of `dwell_s`; `tail` the error of its last seconds that the next ones share, as of `age`."""

BOOK = np.dtype([("used", "i8"), ("free", "i8")])
"""How many records of a pool were ever used, and the first of the list of free ones, or −1."""

SETTLED = np.dtype(
    [("seq", "i8"), ("department", "i4"), ("department_p", "f8"), ("display", "i4"), ("display_p", "f8")]
)
MOMENT = np.dtype(
    [
        ("phone", "u8"),
        ("id_ts", "i8"),
        ("first", "i8"),
        ("ts", "i8"),
        ("zone", "i4"),
        ("threshold_s", "i4"),
        ("live_s", "f8"),
        ("start", "i8"),
        ("stop", "i8"),
        ("sums", SUMS),
    ]
)
"""`start` and `stop` bound the visit so far in the array of shares."""
SHARE = np.dtype([("zone", "i4"), ("live_s", "f8")])
LIVE = np.dtype(
    [
        ("phone", "u8"),
        ("goes_on", "?"),
        ("id_ts", "i8"),
        ("first", "i8"),
        ("x", "f8"),
        ("y", "f8"),
        ("floor", "i2"),
        ("department", "i4"),
        ("display", "i4"),
        ("sd", "f8"),
    ]
)
"""The answer given at once as of a phone's last ping; `goes_on` is false once the visit has been listed as over."""
VISIT = np.dtype(
    [
        ("phone", "u8"),
        ("id_ts", "i8"),
        ("first", "i8"),
        ("last", "i8"),
        ("pings", "i4"),
        ("start", "i8"),
        ("stop", "i8"),
        ("sums", SUMS),
        ("group", GROUP),
    ]
)
"""`start` and `stop` bound the visit's cells in the array of finished cells."""


LEVEL = np.dtype(
    [
        ("floor", "i8"),
        ("since", "i8"),
        ("until", "i8"),
        ("left", "f8"),
        ("low", "f8"),
        ("side", "f8"),
        ("rows", "i8"),
        ("columns", "i8"),
        ("start", "i8"),
    ]
)
"""One floor of one version of a plan: when it holds (ms, `until` is over), its lower-left corner and a cell's side (m),
and where its cells begin in `Ground.cells`, row by row."""

SPOT = np.dtype([("department", "i2"), ("display", "i2"), ("stand", "f4"), ("walk", "f4")])
"""A kind of place: its zones, and how densely people stand and walk there. Spot 0 is off the plan."""

SMOOTHED = np.dtype([("ts", "i8"), ("x", "f8"), ("y", "f8"), ("sd", "f8")])
"""A smoothed position: ms, metres in the plan's frame, standard deviation on each axis."""
SPOTS = 20_000
"""More than the cells of two windows of the largest tiles."""
TRACED = 256
NODES = 320
"""Steps that the smoother takes back at a time."""
LINE = 64
"""Bytes that the processor reads at a time."""
ROW = SIDE + 4
"""Of a field that is worked on: round the window lie two tiles without anybody, whoever steps out is gone."""
AREA = SIDE * ROW
"""A field's tiles, row by row with their borders."""
FIRST = 32
"""Where the field begins in room that has at least two empty rows before and after it."""
_FIELD, _WHOLE = (MODES, AREA), (AREA + 2 * FIRST,)
TOLD = np.dtype(
    [
        *((name, "f4", (2, ROW)) for name in ("fits_x", "fits_y")),
        *((name, "f4", (ROW,)) for name in ("errs_x", "errs_y")),
        ("fits", "f4", (2,)),
        ("errs", "f4"),
    ]
)
"""What a fix says of each tile: fits · fits_x · fits_y, of who stands and who walks, + errs · errs_x · errs_y.
The x have the border's places too, the y have not."""
PLANES = 2 + MODES
_AT = [("mosaic", "i4"), ("row", "i4"), ("column", "i4")]
NODE = np.dtype([("t", "f8"), ("until", "f8"), *_AT, ("fix", "i4"), ("moved", "i1"), ("anew", "i1"), ("bridge", "i1")])
"""A step of the smoother: when it is and up to when its seconds go, in which window; `fix` is the ring's fix that is
heard then, or −1; `moved` is false where no time went by, `anew` true where nothing is left of the one before;
`bridge` is 2 at a fix after a long silence and 1 at the steps within it."""
WORK = np.dtype(
    [
        # the histogram at work, as probabilities of any sum, and room for a step of it
        ("now", "f4", _FIELD),
        ("given", "f4", _FIELD),
        ("mixed", "f4", (MODES - 1, *_WHOLE)),
        ("passed", "f4", _WHOLE),
        ("moved", "f4", (MODES, 3 * AREA + 2 * ROW)),
        # the window's part of the planes: nobody is in its border
        ("planes", "f4", (PLANES, AREA)),
        # what a fix says of who stands, of who walks, and as an outlier; who is in a tile, standing or walking
        ("likes", "f4", (3, AREA)),
        ("everybody", "f4", (AREA,)),
        # the smoother's fields
        ("back", "f4", _FIELD),
        ("beliefs", "f4", (NODES, *_FIELD)),
        ("belief", BELIEF),
        ("spots", "i4", (SPOTS,)),
        ("taken", "f8", (SPOTS,)),
        ("likely", "i4", (SIDE * SIDE + 1,)),
        ("there", "f4", (ROW,)),
        ("planes_at", _AT),
        ("told", TOLD),
        # the smoother's records
        ("histogram", HISTOGRAM),
        ("next_still", HISTOGRAM),
        ("nodes", NODE, (NODES,)),
        ("node_count", "i4"),
        ("heard", TOLD, (RING,)),
        ("floors", FLOORS, (RING,)),
        ("before", FLOORS, (RING,)),
        ("both", FLOORS),
        ("traced", "i4"),
        ("trace", SMOOTHED, (TRACED,)),
    ],
    align=True,
)
"""What the kernel writes on. Smoothed positions are traced unless `traced`, their number, is −1."""


MOSAIC = np.dtype(
    [
        *((name, "f8") for name in ("left", "low", "side", "cos", "sin")),
        *((name, "i8") for name in ("floor", "rows", "columns", "start", "first")),
        *((name, "f4") for name in ("stays", "starts", "stops", "goes_on", "turns", "near", "middle", "far", "aside")),
        *((name, "f4") for name in ("keeps_stand", "keeps_walk")),
    ]
)
"""One floor in tiles of one size, turned by an angle; where its planes and its tiles' pieces begin; how a step goes."""
PIECE = np.dtype([("spot", "i4"), ("stand", "f4"), ("walk", "f4")])
"""A spot within a tile: the shares of those who stand and of those who walk in the tile that do so there."""

_STEP = [
    *("dt_s", "stays", "returns", "stops", "starts", "walks", "move", "keep", "pp", "pv", "vv"),
    *("move_half", "pp_half", "start_pp", "start_pv", "sway", "news", "memory", "floor_change", "floor_ratio"),
]
STEP = np.dtype([(name, "f8") for name in _STEP])
"""What a time step does to a track, as in filter.py."""


class Ground(NamedTuple):
    """A store's plans as the kernel reads them: `cells` has an index of `spots` for each cell of each level.

    `roles` has bits of streams/dwell/trail.py for the same cells, `model` is one record of parameters, `steps` what
    they come to by length of a time step. The tiles are those of streams/dwell/tiles.py.
    """

    levels: Records
    cells: NDArray[np.int32]
    roles: NDArray[np.uint8]
    spots: Records
    model: Records
    steps: Records
    mosaics: Records
    planes: NDArray[np.float32]
    firsts: NDArray[np.int32]
    pieces: Records
    weights: NDArray[np.float64]
    """Room to add up a spot's weights, in two parts; all are 0 in between."""


class State(NamedTuple):
    """One store's phones, the pools of cells and of waiting pings, and a record of use for each of the pools."""

    phones: Records
    cells: Records
    waits: Records
    book: Records


class Out(NamedTuple):
    """Room for answers; `counts` says how much of settled, moments, shares, visits and finished cells is filled."""

    settled: Records
    moments: Records
    shares: Records
    visits: Records
    finished: Records
    counts: NDArray[np.int64]


def new_state(phones: int = 64, cells: int = 8192, waits: int = 256) -> State:
    return State(np.zeros(phones, PHONE), np.zeros(cells, CELL), np.zeros(waits, WAIT), new_book(0, 0))


def new_work() -> Records:
    """One record of WORK, whose fields lie as the processor takes them up fastest."""
    room = np.zeros(WORK.itemsize + LINE, np.uint8)
    start = -room.ctypes.data % LINE
    return room[start : start + WORK.itemsize].view(WORK)


def new_book(cells: int, waits: int) -> Records:
    """Of pools whose first `cells` and `waits` records are taken."""
    return np.array([(cells, -1), (waits, -1)], BOOK)


def new_out(rows: int) -> Out:
    """Room for at least `rows` more answers of each kind."""
    kinds = (SETTLED, MOMENT, SHARE, VISIT, CELL)
    settled, moments, shares, visits, finished = (np.zeros(rows, kind) for kind in kinds)
    return Out(settled, moments, shares, visits, finished, np.zeros(5, np.int64))


def grown(records: Records, size: int) -> Records:
    """A copy with room for at least `size` records, doubling."""
    bigger = np.zeros(max(size, 2 * len(records)), records.dtype)
    bigger[: len(records)] = records
    return bigger
