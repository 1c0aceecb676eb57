"""Pings per CPU second of the dwell engine alone: no Kafka, no Faust, no Redis, one thread."""

from __future__ import annotations

import json
import time

from benchmarks import grid
from models import floorplan
from models.plans import StorePlans
from streams.dwell.engine import Engine, warm

STEPS, MOST, RECORD, ROUNDS = 400, 1_000_000, 1_000, 3
PHONES = (200, 2_000, 20_000)
"""The more phones, the less of their state lies in the processor's caches."""


def run() -> None:
    """Prints the best of some rounds for each number of phones."""
    plans = StorePlans.always(floorplan.parse(json.dumps(grid.plan()).encode()))
    warm(plans)
    for phones in PHONES:
        pings = grid.walks(phones, min(STEPS, MOST // phones), 1_700_000_000_000)
        best = max(_round(plans, pings) for _ in range(ROUNDS))
        print(f"{phones:>6,} phones, {len(pings):>9,} pings: {best:,.0f} pings a CPU second")


def _round(plans: StorePlans, pings: grid.Pings) -> float:
    engine = Engine(plans, 300.0)
    before = time.process_time()
    for at in range(0, len(pings), RECORD):
        engine.push(grid.rows(pings, at, at + RECORD))
    return len(pings) / (time.process_time() - before)
