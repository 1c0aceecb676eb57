"""What needs a whole system is in one of the two pieces of work that are begun first."""

from __future__ import annotations

import pytest

from tests.sharing import SYSTEMS

BIG = {"kafka_jars", "chromium"}


def test_whatever_needs_kafka_or_a_browser_is_among_the_systems(request: pytest.FixtureRequest) -> None:
    """Of all tests that this run has collected."""
    needing = {item.nodeid for item in request.session.items if BIG.intersection(getattr(item, "fixturenames", ()))}
    assert [nodeid for nodeid in sorted(needing) if not nodeid.startswith(SYSTEMS)] == []


def test_no_name_of_a_system_is_left_over(pytestconfig: pytest.Config) -> None:
    assert [name for name in SYSTEMS if not (pytestconfig.rootpath / name).exists()] == []
