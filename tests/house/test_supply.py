"""Licences that may not be shipped are found, and a blind audit is not taken for a clean one."""

from __future__ import annotations

import pytest

from tests.house.audit import BLIND, Audited, judge
from tests.house.licences import FILE, forbidden, free
from tests.house.supply import shipped


@pytest.mark.parametrize("licence", ["MIT", "Apache-2.0 AND MIT", "GPL-3.0 OR MIT", "Apache-2.0 WITH LLVM-exception"])
def test_what_may_be_shipped(licence: str) -> None:
    assert free(licence)


@pytest.mark.parametrize("licence", ["GPL-3.0", "MIT AND GPL-3.0", "AGPL-3.0 OR GPL-3.0", "UNKNOWN", "", "MIT; GPLv2"])
def test_what_may_not(licence: str) -> None:
    assert forbidden({"something": licence})


def test_what_is_shipped_are_our_dependencies_and_theirs_and_no_tools() -> None:
    found = shipped()
    assert {"click", "faust-streaming", "mode-streaming", "numpy", "starlette"} <= found
    assert not {"aislewise", "pytest", "mypy", "playwright", "pip-audit"} & found


def test_every_row_of_the_page_is_free_or_explained() -> None:
    rows = [line.strip("| ").split(" | ") for line in FILE.read_text().splitlines() if line.startswith("| `")]
    assert len(rows) > 50
    assert [row for row in rows if len(row) < 3 and not free(row[1])] == []


HOLE = {"name": "a", "version": "1", "vulns": [{"id": "PYSEC-1"}]}
CLEAN = {"name": "b", "version": "2", "vulns": []}
SKIPPED = {"name": "c", "skip_reason": "not found"}


@pytest.mark.parametrize("known", [[], [SKIPPED], [CLEAN]])
def test_an_audit_that_sees_nothing_says_so(known: Audited) -> None:
    assert judge(known, lambda: [CLEAN], required=False) == (0, [BLIND])
    assert judge(known, lambda: [CLEAN], required=True) == (1, [BLIND])


def test_a_hole_fails_and_what_was_not_audited_is_named() -> None:
    assert judge([HOLE], lambda: [HOLE, CLEAN, SKIPPED], required=False) == (1, ["a 1: PYSEC-1", "2 audited, 1 not: c"])
    assert judge([HOLE], lambda: [CLEAN], required=True) == (0, ["1 audited, 0 not: none"])
    assert judge([HOLE], list, required=False)[0] == 1
