"""Checkpoints: a worker's state and the offsets that it stands for, in one file, written whole or not at all.

`<folder>/<worker>/<topic>-<partition>/<offset>`: a digest, then msgpack. The highest valid one wins, two are kept.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import suppress
from hashlib import blake2b

import msgspec

from models import folders
from models.folders import AnyPath
from streams import pieces

log = logging.getLogger("aislewise.checkpoints")
_DIGEST = 16
KEPT = 2


class Checkpoint(msgspec.Struct, frozen=True):
    """`offsets` are the next ones to read, by topic; `state` is the worker's own."""

    offsets: dict[str, int]
    state: memoryview


class Checkpoints:
    """Those of one worker for one topic and partition."""

    def __init__(self, root: str | AnyPath, worker: str, topic: str, partition: int) -> None:
        self._folder, self._topic = folders.at(root) / worker / f"{topic}-{partition}", topic

    def newest(self) -> Checkpoint | None:
        while True:
            with suppress(FileNotFoundError):  # removed since it was listed: there are newer ones
                return self._newest()

    def _newest(self) -> Checkpoint | None:
        for path in sorted(self._paths(), key=lambda one: -int(one.name)):
            if (found := _read(path)) is not None:
                return found
            log.warning("checkpoint %s is not valid, the one before is taken", path)
        return None

    def write(self, offsets: Mapping[str, int], *state: bytes | memoryview) -> None:
        """`state` is in pieces, one after the other. Durable when it returns."""
        body = pieces.last({"offsets": offsets}, "state", state)
        digest = blake2b(digest_size=_DIGEST)
        for piece in body:
            digest.update(piece)
        folders.write(self._folder / str(offsets[self._topic]), digest.digest(), *body)
        folders.remove(sorted(self._paths(), key=lambda one: -int(one.name))[KEPT:])

    def beyond(self, offset: int) -> int | None:
        """The next offset to read of the newest that stands for `offset`, and more; None where there is none."""
        if all(int(path.name) <= offset for path in self._paths()):
            return None
        newest = self.newest()
        return newest.offsets[self._topic] if newest and newest.offsets[self._topic] > offset else None

    def oldest(self) -> int:
        """The least offset that a worker may go on from."""
        return min((int(path.name) for path in self._paths()), default=0)

    def _paths(self) -> list[AnyPath]:
        return [path for path in folders.glob(self._folder, "*") if path.name.isdecimal()]


def _read(path: AnyPath) -> Checkpoint | None:
    data = memoryview(path.read_bytes())
    if blake2b(data[_DIGEST:], digest_size=_DIGEST).digest() != data[:_DIGEST]:
        return None
    try:
        return msgspec.msgpack.decode(data[_DIGEST:], type=Checkpoint)
    except msgspec.DecodeError:
        return None
