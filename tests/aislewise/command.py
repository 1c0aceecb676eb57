"""The command `aislewise` as a person runs it: a process of its own, with nothing of our environment but AWS's."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

SECRET = "a secret of the tests"


def start(*words: object, cwd: Path, stderr: int = subprocess.PIPE, **settings: object) -> subprocess.Popen[bytes]:
    """`settings` are AISLEWISE_* variables, in small letters and without the prefix."""
    environment = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    environment |= {f"AISLEWISE_{name.upper()}": str(value) for name, value in {"secret": SECRET, **settings}.items()}
    command = [sys.executable, "-m", "aislewise", *map(str, words)]
    pipes: dict[str, Any] = dict.fromkeys(("stdin", "stdout"), subprocess.PIPE) | {"stderr": stderr}
    root = Path(__file__).parents[2]
    return subprocess.Popen(command, cwd=cwd, env={"PYTHONPATH": str(root), **environment}, **pipes)


def run(*words: object, cwd: Path, given: bytes = b"", **settings: object) -> tuple[int, bytes, str]:
    """(exit code, standard output, standard error)"""
    with start(*words, cwd=cwd, **settings) as process:
        out, err = process.communicate(given, timeout=300)
    return process.returncode, out, err.decode()


def refused(*words: object, cwd: Path, given: bytes = b"", **settings: object) -> str:
    """The one line on standard error of a command that exits 2."""
    code, out, err = run(*words, cwd=cwd, given=given, **settings)
    assert (code, out) == (2, b""), err
    assert "Traceback" not in err
    (line,) = err.splitlines()
    return line
