"""A fixed seed of the faults: `make chaos` has hundreds."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from tests.chaos.run import run
from tests.chaos.schedule import BY_NAME, KINDS, schedule

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(600)]

SEED, FAULTS, SECONDS = 7, 20, 80.0


def test_a_schedule_is_a_function_of_its_seed_and_never_takes_two_brokers_of_three() -> None:
    for seed in range(50):
        faults = schedule(seed, 60, 300.0)
        assert faults == schedule(seed, 60, 300.0)
        assert len(faults) == 60
        assert {one.kind for one in faults} == set(BY_NAME)
        brokers = [one for one in faults if "broker" in one.kind]
        assert all(one.until_s <= two.at_s for one, two in pairwise(brokers))
    assert schedule(1, 60, 300.0) != schedule(2, 60, 300.0)
    assert len(schedule(1, 3, 60.0)) == 3
    assert len(KINDS) == len(BY_NAME)


def test_nothing_is_lost_and_nothing_is_twice_whatever_goes_wrong(kafka_jars: None, tmp_path: Path) -> None:
    with run(tmp_path, schedule(SEED, FAULTS, SECONDS), SECONDS) as lived:
        lived.check()
        assert len(lived.done) == FAULTS
