"""One store and one of its days, shared by tests that only look."""

from __future__ import annotations

import pytest

from simulation.day import Day, Event
from simulation.layout import Size
from simulation.store import DEFAULT_TODAY_MS, Store

START_MS = DEFAULT_TODAY_MS


@pytest.fixture(scope="session")
def store() -> Store:
    return Store.build(7, "S7", "Europe/London", Size(departments=10, floors=2))


@pytest.fixture(scope="session")
def day(store: Store) -> Day:
    return Day(store, 3, START_MS, 1800, 40)


@pytest.fixture(scope="session")
def events(day: Day) -> list[Event]:
    return list(day.events())
