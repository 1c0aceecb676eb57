"""A lake for nights."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.training import nights


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A lake as the history worker writes it."""
    return nights.build(tmp_path / "lake")
