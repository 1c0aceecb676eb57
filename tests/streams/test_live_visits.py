"""The board's queue: each slot once, none for ever behind the others."""

from __future__ import annotations

import numpy as np

from streams.live_visits import Queue


def test_each_slot_has_its_turn_while_all_keep_coming() -> None:
    queue, taken = Queue(), list[int]()
    for _ in range(4):
        queue.add(np.arange(10))
        taken += queue.take(3).tolist()
    assert taken == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]


def test_what_waits_is_taken_once() -> None:
    queue = Queue()
    queue.add(np.array([7, 2]))
    queue.add(np.array([2]))
    assert queue.take(9).tolist() == [2, 7]
    assert queue.take(9).tolist() == []
