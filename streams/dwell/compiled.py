"""Where compiled kernels are kept: a folder named by the digest of the sources that they were compiled from.

numba looks only at the file of the function it caches, so a change in another file would leave stale machine code.
"""

from __future__ import annotations

import fcntl
import os
import platform
import subprocess  # nosec B404 # our own interpreter, our own module
import sys
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numba
from llvmlite import binding, ir
from numba import config, njit, types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

_COMPILED = (
    *("arrays", "backward", "cells", "companions", "compiled", "filter", "histogram", "kernel", "lanes", "listing"),
    *("posterior", "smoother", "tiles", "trail", "walk"),
)
_files = [Path(__file__).with_name(f"{name}.py") for name in _COMPILED]
_sources = b"".join(path.read_bytes() for path in _files)
_cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
config.CACHE_DIR = str(_cache / "aislewise" / blake2b(_sources, digest_size=8).hexdigest())

_COMPILING = "AISLEWISE_COMPILING"
"""In the environment of a process that is there to compile."""

compiled = njit(cache=True, forceinline=False, nogil=True)
"""Decorator of a function that numba compiles, beside which other threads run. Left unsaid, the next one's option is
handed on to all that it calls."""
inlined = njit(cache=True, forceinline=True)
"""Of one that every ping goes through: a call costs more than what it does."""

_LOOSE = {"fastmath": {"reassoc", "contract", "arcp", "nsz", "nnan"}, "error_model": "numpy"}
fast = njit(cache=True, forceinline=False, **_LOOSE)
"""Of one that goes through many numbers, none of them NaN: the processor takes eight at a time, in an order of its own,
which is the same each time."""
fast_inlined = njit(cache=True, forceinline=True, **_LOOSE)


@intrinsic
def borrowed(typing: Any, array: Any) -> Any:
    """The same array without its owner: no reference is counted, atomically, at each call that it is handed to.

    Only for a function whose caller holds the array until it returns.
    """

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        lent = make_array(array)(context, builder, value=arguments[0])
        lent.meminfo = cgutils.get_null_value(lent.meminfo.type)
        lent.parent = cgutils.get_null_value(lent.parent.type)
        return lent._getvalue()

    return array(array), build


@intrinsic
def by_its_bits(typing: Any, bits: Any) -> Any:
    """The float32 of an int32: numba cannot look for the greatest of floats in eight at a time, of integers it can."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.FloatType())

    return types.float32(types.int32), build


@cache
def ahead() -> None:
    """Has another process compile the kernels where that was not done yet, so that this one loads them.

    Who compiles a function goes on with other copies of what it calls than who loads it; in loose floating point they
    differ in the last bits, and dwell has to be the same in every process.
    """
    if config.DISABLE_JIT or _COMPILING in os.environ:
        return
    folder = Path(config.CACHE_DIR)
    done = folder / f"{_stamp()}.complete"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # of several processes that begin at once, one compiles and the others wait for it
        with (folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not done.exists() and _compile():
                done.touch()
    except OSError:
        return  # nothing can be kept here: everybody compiles alone


def _compile() -> bool:
    """Whether it went well; if not, this process will meet the same error and say so."""
    path = os.pathsep.join(filter(None, (str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH"))))
    environment = os.environ | {_COMPILING: "1", "PYTHONPATH": path}
    if sys.stderr.isatty():
        sys.stderr.write("compiling the dwell engine for this machine, once: a minute\n")
    command = [sys.executable, "-m", "streams.dwell"]
    return subprocess.run(command, env=environment, capture_output=True).returncode == 0  # nosec B603


def _stamp() -> str:
    """Of all that numba looks at before it takes a kernel from its cache."""
    stats = [(str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in _files]
    machine = numba.__version__, platform.python_version(), binding.get_host_cpu_name()
    features = sorted(binding.get_host_cpu_features().items())
    return blake2b(repr((machine, features, stats)).encode(), digest_size=8).hexdigest()
