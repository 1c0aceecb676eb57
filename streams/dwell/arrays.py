"""The engine's state and answers as flat arrays of records, which numba fills and a checkpoint writes in one piece."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.dwell.companions import GROUP
from streams.dwell.trail import SUMS, TRAIL

PENDING = 32
"""Pings of one phone that may wait for their 3 s of lateness: ten a second."""
RING = 26
"""Filtered positions of one phone that wait for the smoother: two lags of it at a ping a second."""
NOWHERE = -1
"""The zone code of being in no department, or at no display."""

Records = NDArray[Any]

FIX = np.dtype(
    [("ts", "i8"), ("seq", "i8"), ("x", "f8"), ("y", "f8"), ("sigma", "f8"), ("floor", "i2")],
)
"""A ping that waits: `seq` counts arrivals, x and y are metres in the plan's frame, sigma is NaN where unknown."""

TRACK = np.dtype(
    [
        ("ts", "i8"),
        ("x", "f8"),
        ("vx", "f8"),
        ("y", "f8"),
        ("vy", "f8"),
        ("pxx", "f8"),
        ("pxv", "f8"),
        ("pvv", "f8"),
        ("floor", "i2"),
    ]
)
"""A Gaussian over position and velocity at a time; both axes share their covariance (m², m²/s, m²/s²)."""

WALK = np.dtype(
    [
        ("pings", "i4"),
        ("id_seq", "i8"),
        ("id_ts", "i8"),
        ("first", "i8"),
        ("last", "i8"),
        ("department", "i4"),
        ("challenger", "i4"),
        ("challenged", "i8"),
        ("track", TRACK),
    ]
)
"""A visit as far as it was walked: 0 pings before the first, `id_seq` and `id_ts` are those of the first to arrive."""

POINTS = 9
"""Places at which the zones under a Gaussian are looked up."""
WHOLE = 36
"""Probabilities are counted in 36ths, the weights of those places: their sums are exact."""

BELIEF = np.dtype(
    [
        ("departments", "i1"),
        ("displays", "i1"),
        ("department", "i4", (POINTS,)),
        ("display", "i4", (POINTS,)),
        ("department_n", "i1", (POINTS,)),
        ("display_n", "i1", (POINTS,)),
    ]
)
"""Zones and their probabilities in 36ths; `departments` and `displays` say how many are filled, each sums to WHOLE."""

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
        # as far as it is settled, and as of the newest ping: the answer that is given at once
        ("walk", WALK),
        ("belief", BELIEF),
        ("live", WALK),
        ("live_belief", BELIEF),
        ("waiting", "i4"),
        ("pending", FIX, (PENDING,)),
        ("ringed", "i4"),
        ("smoothed", "i8"),
        ("ring", TRACK, (RING,)),
        # pings of the visit when it was last listed, and of one that had only begun then
        ("written", "i4"),
        ("next_id_ts", "i8"),
        ("next_written", "i4"),
        # where the visit has been, coarsely, and with whom
        ("trail", TRAIL),
        ("group", GROUP),
    ]
)
"""`smoothed` is the time up to which the smoother has spent, −1 before a visit's first position."""

CELL = np.dtype(
    [
        ("zone", "i4"),
        ("next", "i4"),
        ("due_s", "i4"),
        ("evidence", "i4"),
        ("live_s", "f8"),
        ("now_s", "f8"),
        ("dwell_s", "f8"),
        ("variance", "f8"),
        ("first", "i8"),
        ("last", "i8"),
    ]
)
"""What one visit has spent in one zone: `live_s` of it is settled, `now_s` is that and what the waiting pings add.

A visit's cells are a linked list through `next`; `due_s` is the next moment's threshold, `evidence` as in cells.py."""

BOOK = np.dtype([("used", "i8"), ("free", "i8")])
"""How many cells were ever used, and the first of the list of free ones, or −1."""

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
and where its cells begin in `Ground.spots`, row by row."""

WORK = np.dtype([("belief", BELIEF), ("ring", TRACK, (RING,))])
"""What the kernel writes on: the belief about a smoothed position, the ring as it is smoothed."""


class Ground(NamedTuple):
    """A store's plans as the kernel reads them. A spot is (department code + 1) × 65,536 + display code + 1."""

    levels: Records
    spots: NDArray[np.int32]
    roles: NDArray[np.uint8]
    """Bits of streams/dwell/trail.py by the same cells."""


class State(NamedTuple):
    """One store's phones and their cells, and one record of how many cells were ever used and the first free one."""

    phones: Records
    cells: Records
    book: Records


class Out(NamedTuple):
    """Room for answers; `counts` says how much of settled, moments, shares, visits and finished cells is filled."""

    settled: Records
    moments: Records
    shares: Records
    visits: Records
    finished: Records
    counts: NDArray[np.int64]


def new_state(phones: int = 64, cells: int = 8192) -> State:
    return State(np.zeros(phones, PHONE), np.zeros(cells, CELL), new_book(0))


def new_book(used: int) -> Records:
    """Of a pool whose first `used` cells are taken."""
    return np.array([(used, -1)], BOOK)


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
