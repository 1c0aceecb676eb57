"""docs/data.md is what records.py says, and says something of every column."""

from __future__ import annotations

from pathlib import Path

from models.dictionary import OWN, document, meaning
from models.records import TABLES

PAGE = Path(__file__).parents[2] / "docs" / "data.md"


def test_the_page_is_what_the_generator_writes() -> None:
    assert PAGE.read_text() == document(), "run: python -m models.dictionary"


def test_every_column_has_a_meaning_and_no_meaning_is_left_over() -> None:
    for table in TABLES.values():
        assert all(meaning(table.name, column).endswith(".") for column in table.schema.names)
    assert {name: set(columns) - set(TABLES[name].schema.names) for name, columns in OWN.items()} == {
        name: set() for name in OWN
    }
