"""What a test needs: a skip that says what to install, and a failure with CI=true; or real data that lies beside."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

Test = TypeVar("Test", bound=Callable[..., None])


def need(reason: str) -> None:
    """Skips with `reason` where it is not empty; in CI that is a failure."""
    if reason and os.environ.get("CI") == "true":
        pytest.fail(f"{reason}; in CI it has to be there")
    if reason:
        pytest.skip(reason)


def real_data(folder: Path) -> Callable[[Test], Test]:
    """Marks a test that reads data which may not be committed."""
    there = pytest.mark.skipif(not folder.is_dir(), reason=f"{folder.name} is not in ../shared/data; see its README")

    def marked(test: Test) -> Test:
        both: Test = pytest.mark.data(there(test))
        return both

    return marked
