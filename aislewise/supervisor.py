"""Children that are started together, started again when they die, and stopped together."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Self

from aislewise.child import STOP_SECONDS, Child

RESTART_SECONDS = 1.0


class Supervisor:
    """`children` by name. One that dies is started again `RESTART_SECONDS` later, unless `revive` is false.

    `restarts` counts how often that was. What was stopped through `end` stays stopped.
    """

    def __init__(self, children: Mapping[str, Child], *, revive: bool = True) -> None:
        self.children = children
        self.restarts = dict.fromkeys(children, 0)
        self._wanted: set[str] = set()
        self._revive, self._ended, self._lock = revive, threading.Event(), threading.Lock()
        self._watcher = threading.Thread(target=self._watch, name="supervisor", daemon=True)

    def __getitem__(self, name: str) -> Child:
        return self.children[name]

    def start(self, timeout: float = 180.0) -> Self:
        """Returns when all are ready. Raises AwayError, with all stopped, when one is not after `timeout` seconds."""
        try:
            for name in self.children:
                self.launch(name)
            for child in self.children.values():
                child.wait_ready(timeout)
        except BaseException:
            self.stop()
            raise
        self._watcher.start()
        return self

    def launch(self, name: str) -> Child:
        """Starts one without waiting."""
        with self._lock:
            self._wanted.add(name)
            return self.children[name].start()

    def end(self, name: str) -> int:
        """Stops one by SIGTERM and leaves it stopped; its exit code."""
        with self._lock:
            self._wanted.discard(name)
        return self.children[name].stop()

    def stop(self) -> None:
        """SIGTERM to all, SIGKILL to those that have not ended 15 s later."""
        with self._lock:
            self._wanted.clear()
        running = [child for child in self.children.values() if child.running]
        for child in running:
            child.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for child in running:
            child.wait(max(deadline - time.monotonic(), 0.01))
        # last: a child that the watcher started dies with the watcher's thread
        self._ended.set()
        with suppress(RuntimeError):
            self._watcher.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def _watch(self) -> None:
        while self._revive and not self._ended.wait(0.1):
            dead = [name for name in self._wanted.copy() if not self.children[name].running]
            if dead and not self._ended.wait(RESTART_SECONDS):
                for name in dead:
                    self._restart(name)
        self._ended.wait()

    def _restart(self, name: str) -> None:
        with self._lock:
            if name in self._wanted and not self.children[name].running:
                self.children[name].start()
                self.restarts[name] += 1
