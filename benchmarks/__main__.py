"""Runs the benchmarks, or one: `python -m benchmarks [NAME [option …]]`."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import attribution, calibration, canary, kinds, null, streams, tablet
from benchmarks.accuracy import command as accuracy
from benchmarks.nights import exploration, favourites, rankings
from benchmarks.nights import run as nights
from benchmarks.offpolicy import command as offpolicy
from benchmarks.recommender import command as recommender
from benchmarks.speed import command as speed

ALL: dict[str, Callable[[Sequence[str]], None]] = {
    "accuracy": accuracy.run,
    "speed": speed.run,
    "nights": nights.run,
    "exploration": exploration.run,
    "rankings": rankings.run,
    "favourites": lambda _: favourites.run(),
    "kinds": lambda _: kinds.run(),
    "recommender": recommender.run,
    "offpolicy": lambda _: offpolicy.run(),
    "canary": canary.run,
    "null": null.run,
    "calibration": lambda _: calibration.run(),
    "attribution": lambda _: attribution.run(),
    "streams": streams.run,
    "tablet": lambda _: tablet.run(),
}


def machine() -> str:
    """What these figures were measured on."""
    info = Path("/proc/cpuinfo")
    names = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
    return f"{names[0] if names else platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def main() -> None:
    """Exits for a name that is no benchmark."""
    name, options = (sys.argv[1], sys.argv[2:]) if sys.argv[1:] else (None, [])
    if name is not None and name not in ALL:
        sys.exit(f"benchmarks: no {name}; there are {', '.join(ALL)}")
    print(f"machine: {machine()}", flush=True)
    for one in ALL if name is None else (name,):
        print(f"\n{one}", flush=True)
        ALL[one](options)


main()
