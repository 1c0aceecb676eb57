"""README's tables are what the code says, and it names every command."""

from __future__ import annotations

from dataclasses import fields

from aislewise.configuration import variable
from models.settings import Settings
from tests.house.commands import every_command
from tests.house.project import tracked
from tests.house.readme import README, TABLES, map_table, with_tables

AGAIN = "run: python -m tests.house.readme --write"

CONTRACT = {
    *("kafka", "redis", "lake", "bundles", "plans", "salts", "checkpoints", "secret", "partitions", "replication"),
    *("flush_ms", "history_seconds", "holdout", "silence_seconds", "prompt_after_seconds"),
    *("max_age_seconds", "max_ahead_seconds"),
}
"""Settings that others set by name."""


def test_the_tables_are_as_the_code_has_them() -> None:
    text = README.read_text()
    assert all(f"\n## {heading}\n" in text for heading in TABLES)
    assert with_tables(text) == text, AGAIN


def test_every_tracked_file_has_a_row_that_says_what_it_is() -> None:
    rows = [line.split(" | ", 1) for line in map_table().splitlines()[2:]]
    assert [path for path, what in rows if not what.strip(" |")] == []
    named = {path.strip("| `") for path, _ in rows}
    assert [path for path in tracked() if not any(path == row or path.startswith(row) for row in named)] == []


def test_every_command_is_named() -> None:
    text = README.read_text()
    assert [name for name, _ in every_command() if f"aislewise {name}" not in text] == []


def test_the_settings_of_the_contract_are_there() -> None:
    assert {one.name for one in fields(Settings)} >= CONTRACT
    assert variable("flush_ms") == "AISLEWISE_FLUSH_MS"
