"""Our own processes for tests: the stack over a fresh folder, with settings that keep tests quick."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aislewise.stack import PROCESSES, Stack
from models.settings import Settings

SECRET = "a secret of the tests, long enough for a key"
QUICK = {"history_seconds": 1.0, "flush_ms": 50, "checkpoint_seconds": 1.0, "session_timeout_seconds": 6.0}


def settings(folder: Path, kafka: str, redis: str, **given: Any) -> Settings:
    """Settings with every folder below `folder`; the folders of plans, lake, bundles and salts are there."""
    folders = {name: str(folder / name) for name in ("lake", "bundles", "plans", "pictures", "salts", "checkpoints")}
    for path in folders.values():
        Path(path).mkdir(parents=True, exist_ok=True)
    return Settings(**{"kafka": kafka, "redis": redis, "secret": SECRET, **folders, **QUICK, **given})


def stack(settings: Settings, folder: Path, processes: Sequence[str] = PROCESSES, *, revive: bool = False) -> Stack:
    """Not started yet; what is killed stays dead unless `revive`. Logs lie in `folder`/logs."""
    return Stack(settings, folder / "logs", processes, revive=revive)


@contextmanager
def demo(command: Sequence[str], folder: Path) -> Iterator[list[str]]:
    """A demo that runs in `folder`: what it prints up to the word Ctrl-C. In the end Ctrl-C has to end it, with 0."""
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True, preexec_fn=_heeds_ctrl_c) as running:
        try:
            yield list(_until_ready(running))
            running.send_signal(signal.SIGINT)
            assert running.wait(40) == 0
        finally:
            running.terminate()  # its own processes end with it


def _heeds_ctrl_c() -> None:
    """Whoever was started in the background of a shell without jobs ignores it, and so do its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _until_ready(running: subprocess.Popen[str]) -> Iterator[str]:
    assert running.stdout
    for line in running.stdout:
        yield line.strip()
        if "Ctrl-C" in line:
            return
