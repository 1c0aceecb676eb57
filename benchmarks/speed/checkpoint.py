"""A checkpoint of 10,000 phones: for how long the stream stands still, and what the thread beside it takes."""

from __future__ import annotations

import tempfile
import time

import msgspec
import numpy as np

from benchmarks import grid
from streams.checkpoints import Checkpoint, Checkpoints
from streams.dwell.engine import Engine, warm
from streams.still import Stills

PHONES, STEPS, RECORD, ROUNDS = 10_000, 60, 1_000, 7


def run() -> None:
    """Prints medians, and the first, whose memory is new."""
    plans = grid.plans()
    warm(plans)
    engine, stills = Engine(plans, 300.0), Stills()
    pings = grid.walks(PHONES, STEPS, 1_700_000_000_000)
    for at in range(0, len(pings), RECORD):
        engine.push(grid.rows(pings, at, at + RECORD))
    rounds = np.array([_round(engine, stills) for _ in range(ROUNDS)])
    held, made, written, size = np.median(rounds, axis=0)
    print(
        f"{PHONES:,} phones, {size / 1e6:.1f} MB: the stream stands still for {held:.1f} ms (first: {rounds[0, 0]:.0f})"
    )
    print(f"in the thread beside it: serialised in {made:.0f} ms, hashed and on disk in {written:.0f} ms")


def _round(engine: Engine, stills: Stills) -> tuple[float, float, float, int]:
    """Milliseconds of each part, and bytes."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        make = stills.of(engine)
        held = time.perf_counter()
        state = msgspec.msgpack.encode({grid.STORE: {"engine": make()}})
        made = time.perf_counter()
        Checkpoints(folder, "dwell", "pings", 0).write(Checkpoint({"pings": 1}, state))
        written = time.perf_counter()
    return 1000 * (held - began), 1000 * (made - held), 1000 * (written - made), len(state)
