"""Pings per CPU second of the dwell engine alone (no Kafka, no Faust, no Redis, one thread), and its bytes a phone."""

from __future__ import annotations

import time

from benchmarks import grid
from streams.dwell.engine import Engine, warm

MOST, LEAST_STEPS, MOST_STEPS, RECORD, ROUNDS = 1_000_000, 20, 5_000, 1_000, 3
PHONES = (10, 100, 1_000, 10_000, 100_000)
"""The more phones, the less of their state lies in the processor's caches."""
SIZES = ((5, 1), (10, 10), (40, 25))
"""10, 200 and 2,000 zones."""
FEW = 1_000
"""Phones while the number of zones changes."""


def run() -> None:
    """Prints the best of some rounds for each number of phones, and of zones."""
    for phones in PHONES:
        _say(phones, (grid.COLUMNS, grid.ROWS))
    for size in SIZES:
        _say(FEW, size)


def state_bytes(engine: Engine) -> int:
    """What a checkpoint holds: phones and their visits' cells."""
    return len(engine.snapshot())


def _say(phones: int, size: grid.Size) -> None:
    plans = grid.plans(size)
    warm(plans)
    pings = grid.walks(phones, min(MOST_STEPS, max(LEAST_STEPS, MOST // phones)), 1_700_000_000_000, size=size)
    rate, state = max(_round(Engine(plans, 300.0), pings) for _ in range(ROUNDS))
    zones = 2 * size[0] * size[1]
    print(
        f"{phones:>7,} phones, {zones:>5,} zones, {len(pings):>9,} pings: {rate:>9,.0f} pings a CPU second, "
        f"{state / phones:,.0f} bytes a phone",
        flush=True,
    )


def _round(engine: Engine, pings: grid.Pings) -> tuple[float, int]:
    before = time.process_time()
    for at in range(0, len(pings), RECORD):
        engine.push(grid.rows(pings, at, at + RECORD))
    return len(pings) / (time.process_time() - before), state_bytes(engine)
