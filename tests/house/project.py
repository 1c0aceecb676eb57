"""What the project consists of: its root, its packages, its tracked files, its pyproject."""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def packages() -> list[str]:
    """The top-level packages of the wheel."""
    return list(pyproject()["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])


def tracked() -> list[str]:
    """Paths of all tracked files, relative to the root."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for path in listed.split("\0") if path and (ROOT / path).is_file()]
