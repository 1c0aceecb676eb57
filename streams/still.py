"""An engine as it is now, so that a checkpoint can be made of it in another thread while the engine goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import numpy as np
from numpy.typing import NDArray

from streams.dwell.arrays import Records, State
from streams.dwell.engine import Engine
from streams.pieces import Pieces

Room = list[NDArray[np.uint8]]


class Stills:
    """Snapshots of one engine after another. The memory is used again: to get new pages takes longer than to copy."""

    def __init__(self) -> None:
        self._rooms: list[Room] = []

    def of(self, engine: Engine) -> Callable[[], AbstractContextManager[Pieces]]:
        """Copies what there is now; entered once, in any thread, it gives `Engine.pieces` of that until it is left."""
        pools = engine.pools()
        room = self._rooms.pop() if self._rooms else [_empty(0) for _ in pools]
        room = [_wide_enough(part, pool.nbytes) for part, pool in zip(room, pools, strict=True)]
        still = engine.still(State(*map(_copied, pools, room)))

        @contextmanager
        def made() -> Iterator[Pieces]:
            yield still.pieces()
            self._rooms.append(room)

        return made


def _wide_enough(part: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    return part if len(part) >= size else _empty(2 * size)


def _empty(size: int) -> NDArray[np.uint8]:
    return np.empty(size, np.uint8)


def _copied(records: Records, room: NDArray[np.uint8]) -> Records:
    copied = room[: records.nbytes]
    copied[:] = records.view(np.uint8)
    return copied.view(records.dtype)
