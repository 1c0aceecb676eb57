"""Commands of `aislewise` as processes that need not import everything again: each is a fork of one that has.

A template is `python -m tests.aislewise.forked FD`. It is asked over a socket and answers with the exit code.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import runpy
import socket
import subprocess
import sys
import threading
import traceback
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
LOADED = (
    "streams.replay.run",
    "streams.calibrate.difference",
    "training.nightly",
    "training.policies",
    "simulation.day",
)
"""What takes long to import, of what commands import when they are called."""
HASH_SEEDS = (1, 2)
"""One template each, by turns: what a command writes twice must not depend on the order of sets."""
LONGEST_SECONDS = 300.0
_LENGTH = 4
_turns = count()


def run(words: Sequence[str], environment: Mapping[str, str], cwd: Path, given: bytes) -> tuple[int, bytes, bytes]:
    """(exit code, standard output, standard error) of `aislewise words` through pipes."""
    template = _template(HASH_SEEDS[next(_turns) % len(HASH_SEEDS)])
    (stdin, feed), (out, stdout), (err, stderr) = os.pipe(), os.pipe(), os.pipe()
    asked = json.dumps({"words": list(words), "environment": dict(environment), "cwd": str(cwd)}).encode()
    socket.send_fds(template, [len(asked).to_bytes(_LENGTH, "big")], [stdin, stdout, stderr])
    template.sendall(asked)
    for end in (stdin, stdout, stderr):
        os.close(end)
    read: dict[int, bytes] = {}
    readers = [threading.Thread(target=_read, args=(end, read)) for end in (out, err)]
    for reader in readers:
        reader.start()
    _write(feed, given)
    code = int.from_bytes(_exactly(template, _LENGTH), "big", signed=True)
    for reader in readers:
        reader.join()
    return code, read[out], read[err]


def home() -> dict[str, str]:
    """Where the compiled kernels are found: without it each process would compile its own, for a minute."""
    return {name: os.environ[name] for name in ("HOME", "XDG_CACHE_HOME") if name in os.environ}


def _read(end: int, read: dict[int, bytes]) -> None:
    with os.fdopen(end, "rb") as pipe:
        read[end] = pipe.read()


def _write(end: int, given: bytes) -> None:
    try:
        with os.fdopen(end, "wb") as pipe:
            pipe.write(given)
    except BrokenPipeError:
        pass  # it has ended without reading


@cache
def _template(hash_seed: int) -> socket.socket:
    ours, theirs = socket.socketpair()
    environment = {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": str(hash_seed)} | home()
    command = [sys.executable, "-m", "tests.aislewise.forked", str(theirs.fileno())]
    process = subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, pass_fds=[theirs.fileno()]
    )
    theirs.close()
    ours.settimeout(LONGEST_SECONDS)
    atexit.register(process.wait)
    atexit.register(ours.close)  # first of the two: then the template ends
    return ours


def _exactly(connection: socket.socket, size: int) -> bytes:
    """Raises EOFError where the other side has ended."""
    found = b""
    while len(found) < size:
        if not (more := connection.recv(size - len(found))):
            raise EOFError
        found += more
    return found


def _serve(connection: socket.socket) -> None:
    """Answers until the other side ends. Comes back in a child too, as the command, which then has to be run."""
    while True:
        size, ends, _, _ = socket.recv_fds(connection, _LENGTH, 3)
        if not size:
            sys.exit()
        asked = json.loads(_exactly(connection, int.from_bytes(size, "big")))
        if not (child := os.fork()):
            connection.close()
            for number, end in enumerate(ends):
                os.dup2(end, number)
                os.close(end)
            os.environ.clear()
            os.environ.update(asked["environment"])
            os.chdir(asked["cwd"])
            sys.argv[1:] = asked["words"]
            return
        for end in ends:
            os.close(end)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        connection.sendall(code.to_bytes(_LENGTH, "big", signed=True))


if __name__ == "__main__":
    commands = import_module("aislewise.cli").COMMANDS
    for name in (*LOADED, *commands.values()):
        import_module(name)
    gc.collect()
    gc.freeze()  # else each child looks through all of it, and so makes a copy of its own
    _serve(socket.socket(fileno=int(sys.argv[1])))
    code: Any = 0
    try:
        runpy.run_module("aislewise", run_name="__main__", alter_sys=True)
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
        code = 1
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code or 0)  # to tidy up all that was imported takes longer than the command
