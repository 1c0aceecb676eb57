"""A child process that never outlives us: a session of its own, its output in a file, ready when it says so."""

from __future__ import annotations

import os
import re
import secrets
import signal
import socket
import subprocess  # nosec B404 # only commands that we build ourselves
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from models.errors import AwayError

STOP_SECONDS = 15.0
TETHER = Path(__file__).with_name("tether.py")


class Child:
    """One process. `ready` is asked with the child until it is true; output is appended to `log`."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        log: Path,
        ready: Callable[[Child], bool],
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.name, self.command, self.log, self._ready = name, list(command), log.resolve(), ready
        self.environment = dict(os.environ if environment is None else environment)
        self._process: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """Raises RuntimeError before the first start."""
        if self._process is None:
            raise RuntimeError(f"{self.name} was never started")
        return self._process

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> Self:
        """Starts it, again too; does not wait. On Linux it ends with the thread that calls this."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        tether = [sys.executable, "-I", "-S", str(TETHER), str(os.getpid())]
        with self.log.open("ab") as output:
            self._log_start = output.tell()
            self._process = subprocess.Popen(  # nosec B603 # no shell, our own command
                [*tether, *self.command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self.environment,
                cwd=self.log.parent,
                start_new_session=True,  # Ctrl-C is ours to hear; the child gets a SIGTERM from us
            )
        return self

    def wait_ready(self, timeout: float = 60.0) -> Self:
        """Raises AwayError with the end of its output when it ends before, or is not ready in `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while not self._ready(self):
            if not self.running:
                raise AwayError(f"{self.name} ended with {self.process.returncode}: {self.tail()}", f"see {self.log}")
            if time.monotonic() > deadline:
                raise AwayError(f"{self.name} is not ready after {timeout:.0f} s: {self.tail()}", f"see {self.log}")
            time.sleep(0.05)
        return self

    def output(self) -> str:
        """What it has written since its last start."""
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            return log.read().decode(errors="replace")

    def tail(self, lines: int = 5) -> str:
        return " | ".join(self.output().strip().splitlines()[-lines:])

    def terminate(self) -> None:
        """SIGTERM; does not wait."""
        if self.running:
            self.process.terminate()

    def stop(self, timeout: float = STOP_SECONDS) -> int:
        """SIGTERM, then SIGKILL after `timeout` seconds; the exit code."""
        self.terminate()
        return self.wait(timeout)

    def wait(self, timeout: float) -> int:
        """The exit code; SIGKILL after `timeout` seconds."""
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            return self.kill()

    def kill(self) -> int:
        """SIGKILL; the exit code, −9 unless it had ended before."""
        self.process.kill()
        return self.process.wait()

    def pause(self) -> None:
        """SIGSTOP: there, but answering nobody. `resume` undoes it."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def __enter__(self) -> Self:
        self.start()
        try:
            return self.wait_ready()
        except BaseException:
            self.stop()
            raise

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()


def says(pattern: str) -> Callable[[Child], bool]:
    """Ready when a line of the output since the start has `pattern`, a regular expression."""
    expression = re.compile(pattern)
    return lambda child: expression.search(child.output()) is not None


def listens(port: int) -> Callable[[Child], bool]:
    """Ready when 127.0.0.1:`port` takes a connection."""

    def asked(child: Child) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    return asked


def answers(url: str) -> Callable[[Child], bool]:
    """Ready when a GET of `url` is answered with 200."""

    def asked(child: Child) -> bool:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:  # nosec B310 # http on loopback
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    return asked


def free_ports(count: int) -> list[int]:
    """Ports on 127.0.0.1 that were free a moment ago.

    From below the range that systems take outgoing connections from: else a client that waits for a killed server may
    be given the server's own port.
    """
    with ExitStack() as held:
        return [_hold_one(held) for _ in range(count)]


def _hold_one(held: ExitStack) -> int:
    while True:
        probe = held.enter_context(socket.socket())
        port = 20_000 + secrets.randbelow(12_000)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return port
