"""The table of who may make which call is what the code says, and names no call that is gone."""

from __future__ import annotations

from aislewise import access, openapi


def test_the_table_is_as_the_code_has_it() -> None:
    assert access.table() in access.FILE.read_text(), "run: python -m aislewise.access"


def test_only_calls_that_exist_are_named() -> None:
    names = {name for *_, name, _ in openapi.calls()}
    assert names >= access.SENDERS | access.ASSOCIATES | access.EVERYBODY | access.OF_NO_STORE


def test_writing_again_changes_nothing_else() -> None:
    text = f"# A\n\n| kept |\n{access.HEADING}\nBefore.\n\n| a |\n| b |\n\nAfter.\n\n| kept too |\n"
    once = access.with_table(text)
    assert once == access.with_table(once)
    assert once == text.replace("| a |\n| b |\n", access.table())
