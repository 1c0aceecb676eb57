"""What a test needs installed: a skip that says what to install, and a failure with CI=true."""

from __future__ import annotations

import os

import pytest


def need(reason: str) -> None:
    """Skips with `reason` where it is not empty; in CI that is a failure."""
    if reason and os.environ.get("CI") == "true":
        pytest.fail(f"{reason}; in CI it has to be there")
    if reason:
        pytest.skip(reason)
