"""docs/security.md names tests that are there."""

from __future__ import annotations

import re

from tests.house.project import ROOT, tracked

PAGE = ROOT / "docs" / "security.md"


def test_every_test_that_is_named_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", PAGE.read_text()))
    files = [path for path in tracked() if path.startswith("tests/") and path.endswith(".py")]
    there = {name for path in files for name in re.findall(r"^def (test_\w+)", (ROOT / path).read_text(), re.MULTILINE)}
    assert len(named) > 30
    assert named - there == set()


def test_a_threat_without_a_test_says_so() -> None:
    threats = re.findall(r"^\| ([STRIDE]) \|(.*)\|$", PAGE.read_text(), re.MULTILINE)
    assert {kind for kind, _ in threats} == set("STRIDE")
    assert [row for _, row in threats if not re.search(r"`test_\w+`|\| none $", row)] == []
