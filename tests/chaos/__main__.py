"""`make chaos`: faults by the hundred, a run after the other, each with the next seed; a table of what they took.

python -m tests.chaos [--seed 1] [--faults 300] [--of 30] [--kind killed …] [--without acks|sources|offsets|ranges]

`--without` takes a safeguard away: then something has to be lost or twice, or the harness proves nothing.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from tests.chaos.faults import Done
from tests.chaos.run import run
from tests.chaos.schedule import BY_NAME, Kind, schedule
from tests.parts.kafka import prepare

SECONDS_A_FAULT = 4.5
WITHOUT = Path(__file__).parent / "without"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    for option, default, what in (
        ("--seed", 1, "of the first run"),
        ("--faults", 300, "in all"),
        ("--of", 30, "faults a run"),
    ):
        parser.add_argument(option, type=int, default=default, help=f"{what} (%(default)s)")
    parser.add_argument("--kind", action="append", choices=list(BY_NAME), help="only these kinds of faults")
    parser.add_argument("--without", choices=["acks", "sources", "offsets", "ranges"], help="a safeguard to take away")
    asked = parser.parse_args()
    if asked.without:
        os.environ |= {"AISLEWISE_CHAOS_WITHOUT": asked.without, "PYTHONPATH": str(WITHOUT)}
    prepare()
    done, lost = list[Done](), list[int]()
    for number in range(-(-asked.faults // asked.of)):
        seed, began = asked.seed + number, time.monotonic()
        found = one(seed, asked.of, [BY_NAME[name] for name in asked.kind or BY_NAME], done)
        print(f"seed {seed}: {found or 'nothing lost, nothing twice'} ({time.monotonic() - began:.0f} s)", flush=True)
        lost += [seed] if found else []
    print(table(done))
    if lost:
        print(f"again: python -m tests.chaos --faults {asked.of} --of {asked.of} --seed {lost[0]}", file=sys.stderr)
    return 1 if lost else 0


def one(seed: int, faults: int, kinds: Sequence[Kind], done: list[Done]) -> str:
    """What did not hold in a run, empty where everything did; what was done is added to `done`."""
    seconds = faults * SECONDS_A_FAULT
    with tempfile.TemporaryDirectory(prefix="aislewise-chaos-") as folder:
        try:
            with run(Path(folder), schedule(seed, faults, seconds, kinds), seconds) as lived:
                done += lived.done
                lived.check()
        except AssertionError as error:
            return f"DOES NOT HOLD: {str(error) or repr(error)}"[:2000]
    return ""


def table(done: list[Done]) -> str:
    """A row a kind of fault and part: how often, and seconds until it was ready again."""
    by = defaultdict[tuple[str, str], list[float]](list)
    for each in done:
        by[each.fault.kind, each.fault.part.removesuffix(" 2")].append(each.recovered_s)
    rows = [
        f"| {kind} | {part} | {len(times)} | {statistics.median(times):.1f} | {max(times):.1f} |"
        for (kind, part), times in sorted(by.items())
    ]
    return "\n".join(["| fault | part | times | median s | longest s |", "|---|---|---|---|---|", *rows])


if __name__ == "__main__":
    sys.exit(main())
