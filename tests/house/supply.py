"""What is installed with Aislewise: the distributions that its own dependencies need, and what tools say of them."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.project import pyproject


def shipped() -> set[str]:
    """Names of the distributions that run in production, as far as this platform needs them; ours is not among them."""
    found: set[str] = set()
    waiting = [Requirement(line) for line in pyproject()["project"]["dependencies"]]
    asked: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        one = waiting.pop()
        name, extras = canonicalize_name(one.name), frozenset(one.extras)
        if (name, extras) in asked:
            continue
        asked.add((name, extras))
        try:
            lines = requires(one.name) or []
        except PackageNotFoundError:
            continue
        found.add(name)
        for needed in map(Requirement, lines):
            if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in ("", *extras)):
                waiting.append(needed)
    return found


def tool(name: str, *words: str) -> subprocess.CompletedProcess[str]:
    """A program of the environment that this one runs in."""
    return subprocess.run([Path(sys.executable).with_name(name), *words], capture_output=True, text=True)


def licences() -> dict[str, str]:
    """By distribution, what it says its licence is."""
    rows = json.loads(tool("pip-licenses", "--format=json", "--from=mixed").stdout)
    return {canonicalize_name(row["Name"]): row["License"] for row in rows}
