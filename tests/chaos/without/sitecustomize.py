"""Takes one safeguard away from the processes of a run, to see that the run notices. Python imports it by its name."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any


def acks() -> None:
    """A record is acked, and a checkpoint written, before what it sent is durable."""
    from streams.delivery import Delivery

    add = Delivery._add

    def early(self: Any, running: Any, durable: Any, event: Any, write: Any) -> None:
        add(self, running, (), event, write)

    Delivery._add = early  # type: ignore[method-assign]


def sources() -> None:
    """What was sent again under the same source counts again."""
    from streams.records import Passed

    Passed.again = lambda self, source: False  # type: ignore[method-assign]


def offsets() -> None:
    """A checkpoint says that it has one record more than it has."""
    from streams.checkpoints import Checkpoints

    write = Checkpoints.write

    def ahead(self: Any, offsets: Mapping[str, int], *state: Any) -> None:
        write(self, {name: offset + 1 for name, offset in offsets.items()}, *state)

    Checkpoints.write = ahead  # type: ignore[method-assign]


def ranges() -> None:
    """Two workers may write the same offsets in files of different ends."""
    from streams.history_worker import Ranges

    Ranges.agree = lambda self, first, last: (last, False)  # type: ignore[method-assign]


SAFEGUARDS: Mapping[str, Callable[[], None]] = {one.__name__: one for one in (acks, sources, offsets, ranges)}

if chosen := os.environ.get("AISLEWISE_CHAOS_WITHOUT"):
    SAFEGUARDS[chosen]()
