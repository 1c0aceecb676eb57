"""`python -m benchmarks speed [part …]`: kernel, checkpoint, replay, worker, peers, stages, prompt; or all."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence

from benchmarks.speed import checkpoint, kernel, peers, prompt, replay, stages, worker

PARTS: Mapping[str, Callable[[], None]] = {
    "kernel": kernel.run,
    "checkpoint": checkpoint.run,
    "replay": replay.run,
    "worker": worker.run,
    "peers": peers.run,
    "stages": stages.run,
    "prompt": prompt.run,
}


def run(words: Sequence[str] = ()) -> None:
    """Exits for a word that is no part."""
    if unknown := set(words) - set(PARTS):
        sys.exit(f"benchmarks speed: no {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    for name in words or PARTS:
        print(f"\nspeed {name}", flush=True)
        PARTS[name]()
