"""Runs the benchmarks, or those that are named: `python -m benchmarks [engine] [throughput] [delay] [nights]`.

`python -m benchmarks accuracy [options]` takes options of its own.
"""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

from benchmarks import calibration, delay, engine, nights, throughput
from benchmarks.accuracy import command

ALL = {
    "accuracy": command.run,
    "calibration": calibration.run,
    "engine": engine.run,
    "throughput": throughput.run,
    "delay": delay.run,
    "nights": nights.run,
}


def machine() -> str:
    """What these figures were measured on."""
    info = Path("/proc/cpuinfo")
    names = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
    return f"{names[0] if names else platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def main() -> None:
    """Exits 2 for a name that is no benchmark."""
    if sys.argv[1:2] == ["accuracy"]:
        command.run(sys.argv[2:])
        return
    wanted = sys.argv[1:] or list(ALL)
    if unknown := set(wanted) - set(ALL):
        sys.exit(f"benchmarks: no {', '.join(sorted(unknown))}; there are {', '.join(ALL)}")
    print(f"machine: {machine()}", flush=True)
    for name in wanted:
        print(f"\n{name}", flush=True)
        ALL[name]()


main()
