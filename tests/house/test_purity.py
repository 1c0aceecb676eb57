"""The engine and the recommender are functions of what they are given: no clock, no chance, no file."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.project import ROOT

PURE = ("streams/dwell", "models/recommender")
COMPILER = ROOT / "streams/dwell/compiled.py"
"""Says where numba keeps machine code, once, at import; it is no part of an answer."""
IMPURE_MODULES = {"datetime", "os", "pathlib", "random", "secrets", "socket", "subprocess", "tempfile", "time", "uuid"}
IMPURE_PARTS = {"pyarrow.fs", "pyarrow.parquet", "pyarrow.dataset", "numpy.random"}
IMPURE_CALLS = {"open", "print", "input"}


def modules() -> list[Path]:
    return [path for folder in PURE for path in sorted((ROOT / folder).rglob("*.py")) if path != COMPILER]


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_module_is_pure(path: Path) -> None:
    tree = ast.parse(path.read_text())
    imported = set(_imported(tree))
    assert {name for name in imported if name.split(".")[0] in IMPURE_MODULES} == set()
    assert {part for part in IMPURE_PARTS if any(f"{name}.".startswith(f"{part}.") for name in imported)} == set()
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    assert {call.id for call in calls if isinstance(call, ast.Name)} & IMPURE_CALLS == set()


def _imported(tree: ast.Module) -> Iterator[str]:
    """Full names of what a module imports: `from a import b` is `a.b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
