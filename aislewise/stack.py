"""Our own processes as children: started together, restarted when they die, stopped together."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from types import TracebackType
from typing import Self

from aislewise.child import STOP_SECONDS, Child, answers, free_ports, says
from aislewise.configuration import variable
from models.settings import Settings

PROCESSES = ("gateway", "worker dwell", "worker prompts", "worker history", "serve")
RESTART_SECONDS = 1.0
READY = r"(?<!not )\bready\b"
"""What a worker writes after an assignment; Faust's own `Ready` has a capital."""


class Stack:
    """`processes` by their command's name, with `settings` in their environment and their output in `folder`.

    One that dies is started again `RESTART_SECONDS` later, unless `revive` is false or it was stopped through here.
    """

    def __init__(
        self, settings: Settings, folder: Path, processes: Sequence[str] = PROCESSES, *, revive: bool = True
    ) -> None:
        ports = free_ports(2)
        self.gateway_url, self.serving_url = (f"http://127.0.0.1:{port}" for port in ports)
        self._addresses = {"gateway": self.gateway_url, "serve": self.serving_url}
        self.folder, self.environment = folder, environment(settings)
        self.children = {name: self._child(name) for name in processes}
        self.restarts = dict.fromkeys(processes, 0)
        self._wanted: set[str] = set()
        self._revive, self._ended, self._lock = revive, threading.Event(), threading.Lock()
        self._watcher = threading.Thread(target=self._watch, name="stack", daemon=True)

    def __getitem__(self, name: str) -> Child:
        return self.children[name]

    def start(self, timeout: float = 90.0) -> Self:
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
        started = [child for child in self.children.values() if child.running]
        for child in started:
            child.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for child in started:
            child.wait(max(deadline - time.monotonic(), 0.01))
        # last: a child that the watcher started dies with the watcher's thread
        self._ended.set()
        with suppress(RuntimeError):
            self._watcher.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def _child(self, name: str) -> Child:
        command = [sys.executable, "-m", "aislewise", *name.split()]
        if address := self._addresses.get(name):
            command += ["--host", "127.0.0.1", "--port", address.rpartition(":")[2]]
        ready: Callable[[Child], bool] = answers(f"{address}/readyz") if address else says(READY)
        return Child(name, command, self.folder / f"{name.replace(' ', '-')}.log", ready, self.environment)

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


def environment(settings: Settings) -> dict[str, str]:
    """Our environment with every setting in it."""
    given = {variable(one.name): str(getattr(settings, one.name)) for one in fields(Settings)}
    return {**os.environ, "PYTHONUNBUFFERED": "1", **given}
