"""The command `aislewise` as a person runs it: a process of its own, with nothing of our environment but AWS's and
where home is: the compiled kernels lie there.

The first time a command runs it starts from nothing; then it is forked from a process that has imported what it needs.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.aislewise import forked

SECRET = "a secret of the tests"
_started: set[str] = set()
"""Commands that have run from nothing."""


def start(
    *words: object, cwd: Path, stdin: int = subprocess.PIPE, stderr: int = subprocess.PIPE, **settings: object
) -> subprocess.Popen[bytes]:
    """`settings` are AISLEWISE_* variables, in small letters and without the prefix."""
    command = [sys.executable, "-m", "aislewise", *map(str, words)]
    pipes: dict[str, Any] = {"stdin": stdin, "stdout": subprocess.PIPE, "stderr": stderr}
    return subprocess.Popen(command, cwd=cwd, env=_environment(settings), **pipes)


def run(*words: object, cwd: Path, given: bytes = b"", **settings: object) -> tuple[int, bytes, str]:
    """(exit code, standard output, standard error)"""
    name = str(words[0]) if words else ""
    if name in _started:
        code, out, err = forked.run([str(word) for word in words], _environment(settings), cwd, given)
        return code, out, err.decode()
    _started.add(name)
    with start(*words, cwd=cwd, **settings) as process:
        out, err = process.communicate(given, timeout=300)
    return process.returncode, out, err.decode()


def _environment(settings: Mapping[str, object]) -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items() if name.startswith("AWS_")} | forked.home()
    environment |= {f"AISLEWISE_{name.upper()}": str(value) for name, value in {"secret": SECRET, **settings}.items()}
    return {"PYTHONPATH": str(forked.ROOT), **environment}


def refused(*words: object, cwd: Path, given: bytes = b"", **settings: object) -> str:
    """The one line on standard error of a command that exits 2."""
    code, out, err = run(*words, cwd=cwd, given=given, **settings)
    assert (code, out) == (2, b""), err
    assert "Traceback" not in err
    (line,) = err.splitlines()
    return line
