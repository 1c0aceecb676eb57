"""Which offsets go into one file of the lake: a range that has been begun by one worker is ended by any other alike.

A worker that was stopped for longer than its session, or is cut off, goes on as if nothing had been, while another has
its partitions. So the end of a range is agreed before the first of its files is written: the file
`.ranges/<topic>-<partition>/<first offset>` in the lake, hidden from its readers, holds its last offset, and who comes
second takes it from there. Both write the same rows under the same name, and none writes what a checkpoint stands for.
"""

from __future__ import annotations

from models import folders
from models.folders import AnyPath
from streams.checkpoints import Checkpoints


class Ranges:
    """Those of one topic's partition."""

    def __init__(self, lake: AnyPath, topic: str, partition: int, checkpoints: Checkpoints) -> None:
        self._folder, self._checkpoints = lake / ".ranges" / f"{topic}-{partition}", checkpoints

    def begun(self, first: int) -> int | None:
        """The last offset of the range that begins at `first`, None where nobody has begun it."""
        try:
            return int((self._folder / str(first)).read_text())
        except FileNotFoundError:
            return None

    def agree(self, first: int, last: int) -> tuple[int, bool]:
        """Until where the range from `first` on goes, `last` if nobody has begun it, and whether the lake has it."""
        agreed = self.begun(first)
        if agreed is None:
            folders.create(self._folder / str(first), str(last).encode())
            agreed = self.begun(first)
        # asked last: what is forgotten below is forgotten after such a checkpoint was written
        done = self._checkpoints.beyond(first)
        return (last if agreed is None else agreed, False) if done is None else (done - 1, True)

    def forget(self) -> None:
        """Those that no worker can begin again, since even the older checkpoint is beyond them."""
        oldest = self._checkpoints.oldest()
        folders.remove(
            [path for path in folders.glob(self._folder, "*") if path.name.isdecimal() and int(path.name) < oldest]
        )
