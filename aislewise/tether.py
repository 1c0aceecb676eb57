"""Becomes the given command, tied to its parent: `tether.py PARENT_PID COMMAND …`. Linux kills it when the parent dies.

A file of its own, run before the command, because work between fork and exec is not safe in a parent with threads.
Elsewhere than on Linux it only becomes the command.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(parent: int, command: list[str]) -> None:
    """Does not return. The parent may have died before the kernel was asked: then there is nothing left to do."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            sys.exit(1)
    os.execvp(command[0], command)  # nosec B606 # the command of our own parent


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
