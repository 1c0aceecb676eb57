"""README's tables, from what the code says of itself: `python -m tests.house.readme` prints, `--write` writes them.

Each stands below its heading: `## Map`, `## Commands`, `## Settings`; the text around them is README's own.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path, PurePosixPath

import click

from aislewise.configuration import variable
from models.settings import Settings
from tests.house.commands import every_command, examples
from tests.house.project import ROOT, tracked

README = ROOT / "README.md"
SILENT = {
    ".dockerignore": "what the image is built from",
    ".gitignore": "what git leaves out",
    "LICENSE": "Apache-2.0",
    "pyproject.toml": "the distribution, its dependencies, and the settings of every tool",
    "requirements.lock": "every dependency with version and hashes",
    "docs/": "the picture of the tablet's page",
    "serving/tablet/icon.svg": "the tablet's icon",
}
"""Files that cannot say what they are."""
PICTURES_AND_DATA = {".gif", ".ico", ".npz", ".parquet", ".png", ".webp"}


def map_table() -> str:
    """A row for each tracked file, a package's for its __init__.py, and for each folder of tests, pictures and data."""
    rows = {row: about(row) for row in map(_row, tracked())}
    return _table(("path", "what"), [(f"`{path}`", what) for path, what in sorted(rows.items())])


def commands_table() -> str:
    """A row for each command: what its help says first, and its example."""
    rows = [(f"`{name}`", _help(command), f"`{examples(command, name)[0]}`") for name, command in every_command()]
    return _table(("command", "does", "example"), rows)


def _help(command: click.Command) -> str:
    return " ".join((command.help or "").split("\n\n")[0].split()).rstrip(".")


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
    pure = PurePosixPath(path)
    by_folder = pure.parts[0] == "tests" or pure.name == "__init__.py" or pure.suffix in PICTURES_AND_DATA
    return f"{pure.parent}/" if by_folder else path


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


TABLES = {"Map": map_table, "Commands": commands_table, "Settings": settings_table}


def with_tables(text: str) -> str:
    """README's text with each of TABLES in its section: in the place of the first table there, else at its end."""
    for heading, table in TABLES.items():
        head, found, rest = text.partition(f"\n## {heading}\n")
        section, mark, after = rest.partition("\n## ")
        text = head + found + (_with_table(section, table()) if found else section) + mark + after
    return text


def _with_table(section: str, table: str) -> str:
    rows = re.compile(r"(?:^\|.*\n)+", re.MULTILINE)
    if not rows.search(section):
        return f"{section.rstrip()}\n\n{table}"
    # a function, since a replacement text would read backslashes
    return rows.sub(lambda _: table, section, count=1)


if __name__ == "__main__":
    if "--write" in sys.argv:
        README.write_text(with_tables(README.read_text()))
    else:
        print("\n".join(f"## {heading}\n\n{table()}" for heading, table in TABLES.items()))
