"""The engine's state and answers as flat arrays of records, which numba fills and a checkpoint writes in one piece."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

PENDING = 32
"""Pings of one phone that may wait for their 3 s of lateness: ten a second."""
RING = 20
"""Filtered positions of one phone that wait for the smoother."""
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

PHONE = np.dtype(
    [
        ("phone", "u8"),
        ("used", "i1"),
        ("changed", "i1"),
        ("newest", "i8"),
        ("waiting", "i4"),
        ("pending", FIX, (PENDING,)),
        # the visit as far as it is settled
        ("pings", "i4"),
        ("written", "i4"),
        ("next_id_ts", "i8"),
        ("next_written", "i4"),
        ("id_seq", "i8"),
        ("id_ts", "i8"),
        ("first", "i8"),
        ("last", "i8"),
        ("department", "i4"),
        ("challenger", "i4"),
        ("challenged", "i8"),
        ("track", TRACK),
        ("ringed", "i4"),
        ("ring", TRACK, (RING,)),
        ("smoothed", TRACK),
        ("cells", "i4"),
        ("cell_count", "i4"),
        # the answer given at once: settled and pending pings together
        ("live_id_ts", "i8"),
        ("live_first", "i8"),
        ("live_x", "f8"),
        ("live_y", "f8"),
        ("live_floor", "i2"),
        ("live_department", "i4"),
        ("live_display", "i4"),
    ]
)

CELL = np.dtype(
    [
        ("zone", "i4"),
        ("next", "i4"),
        ("fired", "i4"),
        ("solid", "i1"),
        ("live_s", "f8"),
        ("pending_s", "f8"),
        ("dwell_s", "f8"),
        ("variance", "f8"),
        ("first", "i8"),
        ("last", "i8"),
    ]
)
"""What one visit has spent in one zone; a visit's cells are a linked list through `next`."""

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
    ]
)
"""`start` and `stop` bound the visit's cells in the array of finished cells."""


class Ground(NamedTuple):
    """A plan as the kernel reads it: zone codes by cell, shape (floors, rows, columns), and where the cells lie."""

    floors: NDArray[np.int16]
    department: NDArray[np.int32]
    display: NDArray[np.int32]
    corner: NDArray[np.float64]
    """x, y of the lower-left corner and the side of a cell, m."""
    is_display: NDArray[np.bool_]
    """By zone code."""


class State(NamedTuple):
    """One store's phones and their cells. `meta` is (cells ever used, first free cell or −1)."""

    phones: Records
    cells: Records
    meta: NDArray[np.int64]


class Out(NamedTuple):
    """Room for answers; `counts` says how much of settled, moments, shares, visits and finished cells is filled."""

    settled: Records
    moments: Records
    shares: Records
    visits: Records
    finished: Records
    counts: NDArray[np.int64]


def new_state(phones: int = 64, cells: int = 8192) -> State:
    return State(np.zeros(phones, PHONE), np.zeros(cells, CELL), np.array([0, -1]))


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
