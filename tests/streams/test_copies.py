"""Copies are known for ten minutes at least, ids for seven days, and through a restart."""

from __future__ import annotations

import msgspec
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.copies import IDS_KEEP_MS, IdCopies, PingCopies

MINUTE = 60_000
KEYS = st.lists(st.tuples(st.integers(0, 2**64 - 1), st.integers(0, 2**62)) | st.tuples(st.integers(0, 3), st.just(0)))


def fresh(copies: PingCopies, keys: list[tuple[int, int]], record_ms: int) -> list[bool]:
    phone = np.array([key[0] for key in keys], np.uint64)
    return list(copies.new(phone, np.array([key[1] for key in keys], np.int64), record_ms).tolist())


def reloaded(copies: PingCopies) -> PingCopies:
    return PingCopies.load(msgspec.msgpack.decode(msgspec.msgpack.encode(copies.save())))


@settings(deadline=None)
@given(st.lists(KEYS, max_size=5), st.booleans())
def test_the_first_of_a_key_is_new_and_no_other(batches: list[list[tuple[int, int]]], restarted: bool) -> None:
    copies, known = PingCopies(), set()
    for number, keys in enumerate(batches):
        expected = []
        for key in keys:
            expected.append(key not in known)
            known.add(key)
        assert fresh(copies, keys, number * MINUTE) == expected
        copies = reloaded(copies) if restarted else copies


def test_a_copy_is_known_for_ten_minutes_whenever_it_came_first() -> None:
    for first in range(0, 20 * MINUTE, 77_777):
        copies = PingCopies()
        assert fresh(copies, [(1, 2)], first) == [True]
        fresh(copies, [(9, 9)], first + 3 * MINUTE)
        assert fresh(reloaded(copies), [(1, 2)], first + 10 * MINUTE) == [False]
        assert fresh(copies, [(1, 2)], first + 10 * MINUTE) == [False]


def test_what_is_older_makes_room() -> None:
    copies = PingCopies()
    for minute in range(0, 300, 5):
        fresh(copies, [(phone, minute) for phone in range(100)], minute * MINUTE)
    sizes = [len(part[0]) // 8 for part in (copies.save()["now"], copies.save()["before"])]
    assert sum(sizes) <= 400


def test_a_clock_that_goes_back_forgets_nothing() -> None:
    copies = PingCopies()
    fresh(copies, [(1, 1)], 60 * MINUTE)
    assert fresh(copies, [(2, 2)], 0) == [True]
    assert fresh(copies, [(1, 1), (2, 2)], 60 * MINUTE) == [False, False]


def test_many_keys_are_told_apart() -> None:
    copies = PingCopies()
    keys = [(phone, ts) for phone in range(200) for ts in range(0, 100_000, 2_000)]
    assert all(fresh(copies, keys, 0))
    assert not any(fresh(reloaded(copies), keys[::-1], 0))


def test_ids_are_known_for_seven_days() -> None:
    seen = IdCopies()
    assert [seen.new("a", 0), seen.new("a", 5), seen.new("b", 10)] == [True, False, True]
    kept = IdCopies(seen.save(IDS_KEEP_MS + 5))
    assert [kept.new("a", IDS_KEEP_MS + 5), kept.new("b", IDS_KEEP_MS + 5)] == [True, False]
