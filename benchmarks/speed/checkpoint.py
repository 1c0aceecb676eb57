"""A checkpoint of 10,000 phones: for how long the stream stands still, and what the thread beside it takes."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager

import numpy as np

from benchmarks import grid
from streams.checkpoints import Checkpoints
from streams.dwell.engine import Engine, warm
from streams.pieces import Pieces
from streams.still import Stills

PHONES, STEPS, RECORD, ROUNDS = 10_000, 60, 1_000, 7
TURN_SECONDS = 0.001


def run() -> None:
    """Prints medians, and the first, whose memory is new."""
    plans = grid.plans()
    warm(plans)
    engine, stills = Engine(plans, 300.0), Stills()
    pings = grid.walks(PHONES, STEPS, 1_700_000_000_000)
    for at in range(0, len(pings), RECORD):
        engine.push(grid.rows(pings, at, at + RECORD))
    rounds = np.array([_round(engine, stills) for _ in range(ROUNDS)])
    held, written, longest, size = np.median(rounds, axis=0)
    print(
        f"{PHONES:,} phones, {size / 1e6:.1f} MB: the stream stands still for {held:.1f} ms (first: {rounds[0, 0]:.0f})"
    )
    print(f"in the thread beside it: hashed and on disk in {written:.0f} ms, others wait for up to {longest:.0f} ms")


def _round(engine: Engine, stills: Stills) -> tuple[float, float, float, int]:
    """Milliseconds of the copy, of the writing, and for which another thread did not come to its turn; bytes."""
    began = time.perf_counter()
    make = stills.of(engine)
    held = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor() as pool:
        writing = pool.submit(_write, make, folder)
        longest, last = 0.0, held
        while not writing.done():
            time.sleep(TURN_SECONDS)
            now = time.perf_counter()
            longest, last = max(longest, now - last - TURN_SECONDS), now
        return 1000 * (held - began), 1000 * (last - held), 1000 * longest, writing.result()


def _write(make: Callable[[], AbstractContextManager[Pieces]], folder: str) -> int:
    with make() as pieces:
        Checkpoints(folder, "dwell", "pings", 0).write({"pings": 1}, *pieces)
        return sum(memoryview(piece).nbytes for piece in pieces)
