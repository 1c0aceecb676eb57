"""Msgpack in pieces: what is large in it stays where it lies until it is on disk.

To copy tens of megabytes as `bytes` holds Python's lock, and whatever else the process does stands still meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

Pieces = Sequence[bytes | memoryview]
"""One after the other they are the bytes of one value."""
_EMPTY = msgspec.msgpack.encode(b"")


def last(small: Mapping[str, Any], name: str, large: Pieces) -> Pieces:
    """A map whose last value is the bytes of `large`."""
    head = msgspec.msgpack.encode({**small, name: b""})
    size = sum(memoryview(piece).nbytes for piece in large)
    return [head.removesuffix(_EMPTY), b"\xc6" + size.to_bytes(4, "big"), *large]


def by_name(values: Mapping[str, Pieces]) -> Pieces:
    """A map of values that are in pieces themselves."""
    found: list[bytes | memoryview] = [b"\xdf" + len(values).to_bytes(4, "big")]
    for name, pieces in values.items():
        found += (msgspec.msgpack.encode(name), *pieces)
    return found
