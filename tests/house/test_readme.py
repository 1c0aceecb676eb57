"""README's tables are what the code says, and name everything."""

from __future__ import annotations

from dataclasses import fields

import pytest

from aislewise.configuration import variable
from models.settings import Settings
from tests.house.project import tracked
from tests.house.readme import README, TABLES, map_table, with_tables

AGAIN = "run: python -m tests.house.readme --write"

CONTRACT = {
    *("kafka", "redis", "lake", "bundles", "plans", "salts", "checkpoints", "secret", "partitions", "replication"),
    *("flush_ms", "history_seconds", "holdout", "silence_seconds", "prompt_after_seconds"),
    *("max_age_seconds", "max_ahead_seconds"),
}
"""Settings that others set by name."""


@pytest.mark.parametrize("heading", TABLES)
def test_the_table_is_as_the_code_has_it(heading: str) -> None:
    section = README.read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    assert TABLES[heading]() in section, AGAIN


def test_every_tracked_file_has_a_row_that_says_what_it_is() -> None:
    rows = [line.split(" | ", 1) for line in map_table().splitlines()[2:]]
    assert [path for path, what in rows if not what.strip(" |")] == []
    named = {path.strip("| `") for path, _ in rows}
    assert [path for path in tracked() if not any(path == row or path.startswith(row) for row in named)] == []


def test_writing_the_tables_again_changes_nothing_else() -> None:
    text = "# A\n\n## Map\n\nBefore.\n\n| a |\n| b |\n\nAfter.\n\n## Settings\n\nNone yet.\n\n## Last\n\n| kept |\n"
    once = with_tables(text)
    assert once == with_tables(once)
    assert once.startswith("# A\n\n## Map\n\nBefore.\n\n| path | what |\n")
    assert "|\n\nAfter.\n\n## Settings\n\nNone yet.\n\n| variable |" in once
    assert once.endswith("|\n\n## Last\n\n| kept |\n")


def test_the_settings_of_the_contract_are_there() -> None:
    assert {one.name for one in fields(Settings)} >= CONTRACT
    assert variable("flush_ms") == "AISLEWISE_FLUSH_MS"
