"""Event time is the pings' own; a silent store's goes on by what clocks have advanced, never by their value."""

from __future__ import annotations

import json

import pytest

from streams.event_time import EventTime

HOUR = 3_600_000


@pytest.mark.parametrize("ahead", [0, 5 * HOUR, -5 * HOUR])
def test_a_gateways_clock_may_be_hours_off(ahead: int) -> None:
    time, clock = EventTime(), 1_790_000_000_000 + ahead
    assert time.pings(1_000_000, "g", clock) == 1_000_000
    assert [time.idle("g", clock + gone) for gone in (10_000, 20_000, 303_000)] == [1_010_000, 1_020_000, 1_303_000]
    assert time.pings(1_305_000, "g", clock + 304_000) == 1_305_000
    assert time.idle("g", clock + 314_000) == 1_315_000


def test_it_does_not_go_back_while_a_store_is_silent() -> None:
    time = EventTime()
    time.pings(1_000_000, "g", 500_000)
    assert [time.idle("g", clock) for clock in (510_000, 505_000, 400_000, 520_000)] == [
        1_010_000,
        1_010_000,
        1_010_000,
        1_020_000,
    ]


def test_another_gateway_counts_from_when_it_is_heard() -> None:
    time = EventTime()
    time.pings(1_000_000, "one", 500_000)
    assert time.idle("one", 510_000) == 1_010_000
    assert time.idle("other", 9 * HOUR) == 1_010_000
    assert time.idle("other", 9 * HOUR + 10_000) == 1_020_000
    assert time.idle("one", 520_000) == 1_020_000


def test_a_restart_goes_on_where_it_was() -> None:
    time = EventTime()
    time.pings(1_000_000, "g", 500_000)
    time.idle("g", 510_000)
    again = EventTime(json.loads(json.dumps(time.save())))
    assert again.idle("g", 530_000) == time.idle("g", 530_000) == 1_030_000


def test_before_any_ping_nothing_is_due() -> None:
    assert EventTime().idle("g", 1_790_000_000_000) == 0
