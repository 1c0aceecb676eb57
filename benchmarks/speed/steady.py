"""A process that works off a topic that is full already: its CPU seconds from the end of its warm-up to the end."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from aislewise.child import Child
from benchmarks.speed.load import cpu_s

POLL_SECONDS = 0.1
LONGEST_SECONDS = 240.0


@dataclass(frozen=True)
class Steady:
    """What was measured: CPU seconds until the process had done its warm-up, and pings per CPU second from there."""

    start_up_s: float
    pings_per_cpu_s: float


def measure(child: Child, done: Callable[[], int], total: int, warm_up: int, pings_of_one: int) -> Steady:
    """`done` says how many records it has done; the first `warm_up` of `total` don't count."""
    first: tuple[int, float] | None = None
    deadline = time.monotonic() + LONGEST_SECONDS
    while True:
        at, spent = done(), cpu_s(child.process.pid)
        if first is None and at >= warm_up:
            first = (at, spent)
        if first is not None and (at >= total or time.monotonic() > deadline) and at > first[0]:
            return Steady(first[1], (at - first[0]) * pings_of_one / (spent - first[1]))
        if time.monotonic() > deadline + 30 or not child.running:
            raise TimeoutError(f"{child.name} has done {at} of {total} records: {child.tail()}")
        time.sleep(POLL_SECONDS)
