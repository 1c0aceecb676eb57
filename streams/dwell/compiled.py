"""Where compiled kernels are kept: a folder named by the digest of the sources that they were compiled from.

numba looks only at the file of the function it caches, so a change in another file would leave stale machine code.
"""

from __future__ import annotations

import os
from hashlib import blake2b
from pathlib import Path

from numba import config, njit

_COMPILED = ("arrays", "cells", "filter", "kernel", "listing", "posterior", "smoother", "walk")
_sources = b"".join(Path(__file__).with_name(f"{name}.py").read_bytes() for name in _COMPILED)
_cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
config.CACHE_DIR = str(_cache / "aislewise" / blake2b(_sources, digest_size=8).hexdigest())

compiled = njit(cache=True)
"""Decorator of every function that numba compiles."""
