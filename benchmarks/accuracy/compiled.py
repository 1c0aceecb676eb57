"""Decorator of a function that numba compiles, once, and keeps beside its file.

The engine keeps its own machine code by the digest of its sources: with it ours would be compiled anew at each of its
changes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from numba import config, njit

Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """All that it calls, compiled too, is in its own file: numba looks at no other."""
    kept_in, config.CACHE_DIR = config.CACHE_DIR, ""
    try:
        made: Function = njit(cache=True, fastmath=True, error_model="numpy")(function)
    finally:
        config.CACHE_DIR = kept_in
    return made
