"""An engine as it is now, so that a checkpoint can be made of it in another thread while the engine goes on."""

from __future__ import annotations

import copy
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from streams.dwell.arrays import Records, State
from streams.dwell.engine import Engine

Room = tuple[NDArray[np.uint8], NDArray[np.uint8]]


class Stills:
    """Snapshots of one engine after another. The memory is used again: to get new pages takes longer than to copy."""

    def __init__(self) -> None:
        self._rooms: list[Room] = []

    def of(self, engine: Engine) -> Callable[[], bytes]:
        """Copies what there is now; called, in any thread, it gives `Engine.snapshot` of that."""
        phones, cells, book = engine._state
        phones, cells = phones[: len(engine._slots) + len(engine._free)], cells[: int(book["used"][0])]
        room = self._room(phones.nbytes, cells.nbytes)
        held = copy.copy(engine)
        held._state = State(_copied(phones, room[0]), _copied(cells, room[1]), book.copy())
        held._slots, held._free, held.codes = dict(engine._slots), list(engine._free), list(engine.codes)

        def made() -> bytes:
            snapshot = held.snapshot()
            self._rooms.append(room)
            return snapshot

        return made

    def _room(self, phones: int, cells: int) -> Room:
        room = self._rooms.pop() if self._rooms else (_empty(0), _empty(0))
        return (
            room[0] if len(room[0]) >= phones else _empty(2 * phones),
            room[1] if len(room[1]) >= cells else _empty(2 * cells),
        )


def _empty(size: int) -> NDArray[np.uint8]:
    return np.empty(size, np.uint8)


def _copied(records: Records, room: NDArray[np.uint8]) -> Records:
    held = room[: records.nbytes]
    held[:] = records.view(np.uint8)
    return held.view(records.dtype)
