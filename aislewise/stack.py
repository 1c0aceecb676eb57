"""Our own processes as children of this one, with the settings in their environment."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from aislewise.child import Child, answers, free_ports, says
from aislewise.configuration import variable
from aislewise.supervisor import Supervisor
from models.settings import Settings

PROCESSES = ("gateway", "worker dwell", "worker prompts", "worker history", "serve")
READY = r"(?<!not )\bready\b"
"""What a worker writes after an assignment; Faust's own `Ready` has a capital."""


class Stack(Supervisor):
    """`processes` by their command, on free ports of 127.0.0.1; their output lies in `folder`."""

    def __init__(
        self, settings: Settings, folder: Path, processes: Sequence[str] = PROCESSES, *, revive: bool = True
    ) -> None:
        self.gateway_url, self.serving_url = (f"http://127.0.0.1:{port}" for port in free_ports(2))
        urls = {"gateway": self.gateway_url, "serve": self.serving_url}
        inherited = environment(settings)
        super().__init__({name: _child(name, urls.get(name), folder, inherited) for name in processes}, revive=revive)


def _child(name: str, url: str | None, folder: Path, inherited: dict[str, str]) -> Child:
    command = [sys.executable, "-m", "aislewise", *name.split()]
    log = folder / f"{name.replace(' ', '-')}.log"
    if url is None:
        return Child(name, command, log, says(READY), inherited)
    where = ["--host", "127.0.0.1", "--port", url.rpartition(":")[2]]
    return Child(name, [*command, *where], log, answers(f"{url}/readyz"), inherited)


def environment(settings: Settings) -> dict[str, str]:
    """Our environment with every setting in it."""
    given = {variable(one.name): str(getattr(settings, one.name)) for one in fields(Settings)}
    return {**os.environ, "PYTHONUNBUFFERED": "1", **given}
