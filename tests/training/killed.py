"""Runs nights that kill themselves: a line in is "<touch> <lake> <bundles>", a line out is "killed" or "done".

Each night is a fork, so that the libraries are imported once. It ends by SIGKILL at its n-th touch of a file.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from training import nightly

TOUCHES = {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir"}


def night(touch: int, lake: Path, bundles: Path) -> None:
    """Does not return where the night touches that many files."""
    left = touch
    ours = (str(lake), str(bundles))

    def count(event: str, given: tuple[object, ...]) -> None:
        nonlocal left
        left -= event in TOUCHES and str(given[0]).startswith(ours)
        if left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)
    nightly.run(lake, bundles)


def main() -> None:
    for line in sys.stdin:
        touch, lake, bundles = line.split()
        child = os.fork()
        if child == 0:
            night(int(touch), Path(lake), Path(bundles))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print("done" if status == 0 else "killed", flush=True)


if __name__ == "__main__":
    main()
