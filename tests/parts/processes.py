"""Our own processes for tests: the stack over a fresh folder, with settings that keep tests quick."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aislewise.stack import PROCESSES, Stack
from models.settings import Settings

SECRET = "a secret of the tests, long enough for a key"
QUICK = {"history_seconds": 1.0, "flush_ms": 50, "checkpoint_seconds": 1.0, "session_timeout_seconds": 6.0}


def settings(folder: Path, kafka: str, redis: str, **given: Any) -> Settings:
    """Settings with every folder below `folder`; the folders of plans, lake, bundles and salts are there."""
    folders = {name: str(folder / name) for name in ("lake", "bundles", "plans", "salts", "checkpoints")}
    for path in folders.values():
        Path(path).mkdir(parents=True, exist_ok=True)
    return Settings(**{"kafka": kafka, "redis": redis, "secret": SECRET, **folders, **QUICK, **given})


def stack(settings: Settings, folder: Path, processes: Sequence[str] = PROCESSES, *, revive: bool = False) -> Stack:
    """Not started yet; what is killed stays dead unless `revive`. Logs lie in `folder`/logs."""
    return Stack(settings, folder / "logs", processes, revive=revive)
