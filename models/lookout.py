"""Looks at a folder again and again without keeping anybody waiting: each look is a thread of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Lookout:
    """`look` once every `seconds` at most, never twice at a time; it has to catch its own errors."""

    def __init__(self, look: Callable[[], None], seconds: float) -> None:
        self._look, self._seconds = look, seconds
        self._due = time.monotonic() + seconds
        self._thread: threading.Thread | None = None

    def ask(self) -> None:
        """Returns at once; what is seen is there later."""
        if time.monotonic() < self._due or (self._thread and self._thread.is_alive()):
            return
        self._due = time.monotonic() + self._seconds
        self._thread = threading.Thread(target=self._look, name="lookout")
        self._thread.start()
