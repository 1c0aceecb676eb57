"""Who came together: the same way at the same time, not the same queue, shelf or shift."""

from __future__ import annotations

from itertools import groupby

import numpy as np
import pytest

from streams.dwell.results import visits_table
from tests.streams.test_kinds import BOOTS, DOORWAY, OFFICE, TILL, Place, heard, shopping
from tests.streams.toy import Ping, Run, batch

Stays = list[tuple[Place, float]]


def phone(number: int, stays: Stays, begins: float = 0.0, sigma: float = 2.0, beside: float = 0.0) -> list[Ping]:
    walk = heard(stays, sigma, 4.0, seed=100 + number)
    return [one._replace(phone=number, at=one.at + begins, y=one.y + beside) for one in walk]


def groups(*phones: list[Ping]) -> dict[int, str | None]:
    """The groups' ids by phone, of visits that are listed as event time goes on, then all at the end."""
    pings = sorted((ping for one in phones for ping in one), key=lambda ping: (ping.ts, ping.phone))
    between, whole = Run(), Run()
    rows = []
    for _, part in groupby(pings, lambda ping: ping.ts // 30_000):
        for answers in (between.engine.push(batch(part)), between.engine.close_due(between.engine.newest)):
            rows += visits_table(between.engine, "S1", answers, str).to_pylist()
        between.restart()
    rows += visits_table(between.engine, "S1", between.engine.finish(), str).to_pylist()
    named = {int(row["device_id"]): row["group_id"] for row in rows}
    at_once = [whole.engine.push(batch(pings)), whole.engine.finish()]
    again = [row for answers in at_once for row in visits_table(whole.engine, "S1", answers, str).to_pylist()]
    assert {int(row["device_id"]): row["group_id"] for row in again} == named
    return named


@pytest.mark.parametrize("sigma", [0.5, 2.0, 4.0])
def test_a_family_is_one_group(sigma: float) -> None:
    way = shopping()
    found = groups(*(phone(n, way, begins=2.0 * n, sigma=sigma, beside=0.6 * n) for n in range(3)))
    assert found[0]
    assert set(found.values()) == {found[0]}


def test_who_came_alone_has_none() -> None:
    assert groups(phone(1, shopping())) == {1: None}


@pytest.mark.parametrize("first", [1, 2])
def test_the_group_has_one_id_whoever_leaves_first(first: int) -> None:
    way, other = shopping(), 3 - first
    found = groups(phone(first, way[:-2]), phone(other, [*way[:-1], (BOOTS, 900), *way[-2:]], begins=3.0))
    assert found[1]
    assert found[1] == found[2]


def test_strangers_who_come_at_the_same_time_are_none() -> None:
    ways = [shopping(seed=number) for number in range(1, 7)]
    found = groups(*(phone(n, way, begins=10.0 * n) for n, way in enumerate(ways)))
    assert set(found.values()) == {None}


def test_neighbours_in_a_queue_are_none() -> None:
    queue = [(TILL, 400.0), (DOORWAY, 5.0)]
    found = groups(phone(1, [*shopping(seed=1)[:9], *queue]), phone(2, [*shopping(seed=2)[:9], *queue], beside=1.0))
    assert set(found.values()) == {None}


def test_who_stands_at_one_shelf_by_chance_is_none() -> None:
    one, other = [(DOORWAY, 5.0), (BOOTS, 900.0), (DOORWAY, 5.0)], [(DOORWAY, 5.0), (BOOTS, 900.0), (TILL, 60.0)]
    assert set(groups(phone(1, one), phone(2, other, begins=20.0)).values()) == {None}


def test_two_of_the_staff_are_none() -> None:
    shift = [(OFFICE, 600.0), (TILL, 3600.0), (OFFICE, 900.0), (BOOTS, 1200.0), (TILL, 3600.0), (OFFICE, 600.0)]
    assert set(groups(phone(1, shift), phone(2, shift, beside=1.0)).values()) == {None}


def test_the_way_of_another_day_is_not_walked_together() -> None:
    way = shopping()
    found = groups(phone(1, way), phone(2, way, begins=900.0), phone(1, way, begins=4000.0))
    assert set(found.values()) == {None}


def test_two_families_in_a_row_stay_two() -> None:
    ways = (shopping(seed=1), shopping(seed=2))
    members = [phone(n, ways[n // 2], begins=45.0 * (n // 2) + n % 2, beside=0.5 * (n % 2)) for n in range(4)]
    found = groups(*members)
    assert found[0] == found[1] != found[2] == found[3]
    assert None not in found.values()


def test_a_ping_a_minute_is_enough() -> None:
    """One member's fall between the other's."""
    way = [(place, 4 * seconds) for place, seconds in shopping()]
    walks = [heard(way, 2.0, 5.0, seed=n)[6 * n :: 12] for n in range(2)]
    found = groups(*([one._replace(phone=n) for one in walk] for n, walk in enumerate(walks)))
    assert found[0]
    assert found[0] == found[1]


def test_chance_is_no_group_in_a_crowd() -> None:
    rng = np.random.default_rng(3)
    crowd = [phone(n, shopping(seed=50 + n), begins=float(rng.uniform(0, 600))) for n in range(40)]
    found = groups(*crowd)
    assert sum(name is not None for name in found.values()) <= 2
