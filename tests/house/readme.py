"""README's map and settings, made from what the files say of themselves: `python -m tests.house.readme [--write]`."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path, PurePosixPath

from aislewise.configuration import variable
from models.settings import Settings
from tests.house.project import ROOT, packages, tracked

README = ROOT / "README.md"
SILENT = {
    ".dockerignore": "what the image is built from",
    ".gitignore": "what git leaves out",
    "LICENSE": "Apache-2.0",
    "pyproject.toml": "the distribution, its dependencies, and the settings of every tool",
    "requirements.lock": "every dependency with version and hashes",
}
"""Files that cannot say what they are."""
FILE_BY_FILE = {*packages(), "benchmarks"}


def map_table() -> str:
    """A row for each tracked file of the packages and the root, and for each folder of tests, documents and data."""
    rows = {row: about(row) for row in map(_row, tracked())}
    return _table(("path", "what"), [(f"`{path}`", what) for path, what in sorted(rows.items())])


def settings_table() -> str:
    rows = [
        (f"`{variable(one.name)}`", f"`{one.default}`" if one.default != "" else "none", one.metadata["about"])
        for one in fields(Settings)
    ]
    return _table(("variable", "default", "meaning"), rows)


def about(path: str) -> str:
    """The first sentence a file, or a folder's __init__.py or README.md, says of itself; empty when it says nothing."""
    if path in SILENT:
        return SILENT[path]
    if path.endswith("/"):
        voices = [ROOT / path / name for name in ("__init__.py", "README.md")]
        return next((_first_sentence(voice) for voice in voices if voice.exists()), "")
    return _first_sentence(ROOT / path)


def _row(path: str) -> str:
    """The map's row that a file belongs to: its own, or its folder's with a slash at the end."""
    parent = PurePosixPath(path).parent
    if path.endswith("__init__.py"):
        return f"{parent}/"
    if parent == PurePosixPath(".") or path.split("/")[0] in FILE_BY_FILE or path.startswith("."):
        return path
    return f"{parent}/"


def _first_sentence(path: Path) -> str:
    paragraph = " ".join((_says(path) or "").strip().split("\n\n")[0].split())
    return re.split(r"(?<=[.])\s(?=[A-Z`])", paragraph, maxsplit=1)[0].rstrip(".")


def _says(path: Path) -> str | None:
    text = path.read_text()
    if path.suffix == ".py":
        return ast.get_docstring(ast.parse(text))
    if path.suffix == ".md":
        return text.lstrip("# ")
    if found := re.search(r"<title>(.+?)</title>|/\*+\s*(.+?)\s*\*/|<!--\s*(.+?)\s*-->", text, re.DOTALL):
        return str(next(filter(None, found.groups())))
    if found := re.search(r"^(?:#|//)(?!!) *(.+)$", text, re.MULTILINE):
        return found[1]
    return None


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(map(_cell, line))} |\n" for line in lines)


def _cell(text: str) -> str:
    return re.sub(r"([|<])", r"\\\1", text)


TABLES = {"Map": map_table, "Settings": settings_table}


def with_tables(text: str) -> str:
    """README's text with the first table below each of TABLES' headings as the code has it."""
    for heading, table in TABLES.items():
        # a function, since a replacement text would read backslashes
        pattern = re.compile(rf"(^## {heading}\n.*?)(?:^\|.*?\n)+", re.MULTILINE | re.DOTALL)
        text = pattern.sub(lambda found, table=table: found[1] + table(), text, count=1)  # type: ignore[misc]
    return text


if __name__ == "__main__":
    if "--write" in sys.argv:
        README.write_text(with_tables(README.read_text()))
    else:
        print("\n".join(f"## {heading}\n\n{table()}" for heading, table in TABLES.items()))
