"""Where compiled kernels are kept: a folder named by the digest of the sources that they were compiled from.

numba looks only at the file of the function it caches, so a change in another file would leave stale machine code.
"""

from __future__ import annotations

import os
from hashlib import blake2b
from pathlib import Path
from typing import Any

from llvmlite import ir
from numba import config, njit, types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

_COMPILED = (
    *("arrays", "backward", "cells", "companions", "compiled", "filter", "histogram", "kernel", "lanes", "listing"),
    *("posterior", "smoother", "tiles", "trail", "walk"),
)
_sources = b"".join(Path(__file__).with_name(f"{name}.py").read_bytes() for name in _COMPILED)
_cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
config.CACHE_DIR = str(_cache / "aislewise" / blake2b(_sources, digest_size=8).hexdigest())

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
