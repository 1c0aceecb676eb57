"""Which offsets go into one file of the lake: a range that has been begun by one worker is ended by any other alike.

A worker that was stopped for longer than its session, or is cut off, goes on as if nothing had been, while another has
its partitions. So the end of a range is agreed before the first of its files is written: `<first offset>.range` beside
the checkpoints holds its last offset, and who comes second takes it from there. Both write the same rows under the same
name, and what a checkpoint stands for already is written by nobody.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from models import lake
from streams.checkpoints import Checkpoints

_SUFFIX = ".range"


class Ranges:
    """Those of one topic's partition, in the folder of its checkpoints."""

    def __init__(self, checkpoints: Checkpoints) -> None:
        self._checkpoints = checkpoints

    def begun(self, first: int) -> int | None:
        """The last offset of the range that begins at `first`, None where nobody has begun it."""
        try:
            return int(self._path(first).read_text())
        except FileNotFoundError:
            return None

    def agree(self, first: int, last: int) -> tuple[int, bool]:
        """Until where the range from `first` on goes, `last` if nobody has begun it, and whether the lake has it."""
        agreed = self.begun(first)
        if agreed is None:
            _create(self._path(first), str(last))
            agreed = self.begun(first)
        # asked last: what is forgotten below is forgotten after such a checkpoint was written
        done = self._checkpoints.beyond(first)
        return (last if agreed is None else agreed, False) if done is None else (done - 1, True)

    def forget(self) -> None:
        """Those that no worker can begin again, since even the older checkpoint is beyond them."""
        for path in self._checkpoints.folder.glob(f"*{_SUFFIX}"):
            if int(path.stem) < self._checkpoints.oldest():
                path.unlink(missing_ok=True)

    def _path(self, first: int) -> Path:
        return self._checkpoints.folder / f"{first}{_SUFFIX}"


def _create(path: Path, text: str) -> None:
    """A file with this text, unless there is one: then that one stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        temporary.write_text(text)
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        # a link is made only where there is none, and never half of one
        with suppress(FileExistsError):
            os.link(temporary, path)
        lake.sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)
