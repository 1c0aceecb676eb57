"""Groups stay together, staff work all day, things never move; a phone with a changed id stays one in the truth."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import combinations, pairwise

import numpy as np
import pytest

from models.errors import InputError
from simulation import layouts
from simulation.crowd import Crowd
from simulation.day import STAFF_DEVICE, Day
from simulation.path import Path
from simulation.sensors import Sensor
from simulation.store import Store
from tests.simulation.conftest import START_MS

CROWD = Crowd(grouped=0.6, staff=4, things=4)


@pytest.fixture(scope="module", params=sorted(layouts.BUILDERS))
def full(request: pytest.FixtureRequest) -> Day:
    return Day(Store.build(2, "S2", layout=request.param), 5, START_MS, 1800, 60, crowd=CROWD)


def paths_of(day: Day) -> dict[str, Path]:
    return dict(zip(day.devices, day.paths, strict=True))


def groups(day: Day) -> list[list[str]]:
    found = defaultdict(list)
    for row in day.truth_visits():
        if row["group_id"]:
            found[row["group_id"]].append(row["device_id"])
    return list(found.values())


def test_the_stated_share_comes_in_groups_of_two_to_four(full: Day) -> None:
    sizes = [len(group) for group in groups(full)]
    assert set(sizes) <= {2, 3, 4}
    assert sum(sizes) / len(full.shoppers) == pytest.approx(0.6, abs=0.2)
    assert not groups(Day(full.store, 5, START_MS, 600, 20))


def test_a_group_stays_together_and_now_and_then_parts(full: Day) -> None:
    """Two of a group are within a few metres most of the time, two strangers are not."""
    paths, near, far = paths_of(full), [], []
    for group in groups(full):
        for one, other in combinations(group, 2):
            first = max(paths[one].enters_s, paths[other].enters_s)
            last = min(paths[one].leaves_s, paths[other].leaves_s)
            a, b = (paths[who].at(np.arange(first, last, 2.0)) for who in (one, other))
            apart = np.hypot(a.x_m - b.x_m, a.y_m - b.y_m)
            near += apart[a.floor == b.floor].tolist()
            far.append(apart.max())
    assert np.median(near) < 3
    assert np.mean(np.array(near) < 5) > 0.7
    assert max(far) > 10


def test_one_of_a_group_pays_and_all_leave_together(full: Day) -> None:
    by_device = {shopper.person.device_id: shopper for shopper in full.shoppers}
    for group in groups(full):
        members = [by_device[device] for device in group]
        assert sum(bool(member.basket) for member in members) <= 1
        assert len({member.till for member in members}) == 1
        leaves = [member.path.leaves_s for member in members]
        assert max(leaves) - min(leaves) < 30


def test_staff_work_all_day_and_everywhere(full: Day) -> None:
    rows = [row for row in full.truth_visits() if row["kind"] == "staff"]
    assert len(rows) == 4
    paths, presence = paths_of(full), full.end_ms - START_MS
    for row in rows:
        assert row["last_ts"] - row["first_ts"] >= presence
    zones = Counter(row["kind"] for row in full.truth() if row["device_id"] in {one["device_id"] for one in rows})
    assert zones["display"] >= 4
    assert all(
        np.hypot(np.diff(paths[r["device_id"]].x_m), np.diff(paths[r["device_id"]].y_m)).sum() > 20 for r in rows
    )
    tills = [zone.area for zone in full.store.layout.tills]
    at_till = 0
    for phone in full.presence.phones:
        if phone.kind == "staff":
            at = phone.path.at(np.arange(0, presence / 1000, 5.0))
            at_till += sum(((t.x0 < at.x_m) & (at.x_m < t.x1) & (t.y0 < at.y_m) & (at.y_m < t.y1)).sum() for t in tills)
    assert at_till > 0


def test_things_never_move_and_one_is_left_behind_later(full: Day) -> None:
    rows = [row for row in full.truth_visits() if row["kind"] == "fixed"]
    paths = paths_of(full)
    assert len(rows) == 5
    assert rows[-1]["device_id"] == STAFF_DEVICE
    assert all(np.ptp(paths[row["device_id"]].x_m) == 0 for row in rows)
    assert sum(row["first_ts"] > START_MS for row in rows) == 1


def test_a_changed_id_is_one_phone_in_the_truth() -> None:
    store = Store.build(2)
    plain, day = (Day(store, 5, START_MS, 1800, 40, crowd=Crowd(rotations_h=rate)) for rate in (0.0, 8.0))
    rows = {row["device_id"]: row for row in day.truth_visits()}
    later = {device: row["continues"] for device, row in rows.items() if row["continues"]}
    assert len(later) > 10
    assert len(set(rows)) == len(day.devices) == len(plain.devices) + len(later)
    pings = day.pings
    assert set(range(len(day.devices))) == set(pings.device.tolist())
    for device, before in later.items():
        assert rows[device]["first_ts"] == rows[before]["last_ts"]
        earlier = pings.true_ms[pings.device == day.devices.index(before)]
        mine = pings.true_ms[pings.device == day.devices.index(device)]
        assert earlier.max() <= rows[device]["first_ts"] + 1 <= mine.min() + 2
        assert day.react(device, 0, 0, START_MS, "apples-01", None).device_id in rows
    dwelt = [sum(row["dwell_s"] for row in one.truth()) for one in (plain, day)]
    assert dwelt[0] == pytest.approx(dwelt[1])
    error = pings.x_m - day.places(pings.device, pings.true_ms).x_m
    assert np.median(np.abs(error)) < 1


def test_who_is_impossible_is_refused() -> None:
    with pytest.raises(InputError, match="between 0 and 1"):
        Crowd(grouped=1.5)
    with pytest.raises(InputError, match="not below 0"):
        Crowd(staff=-1)


def sleepy(**changes: float) -> Day:
    return Day(Store.build(2), 5, START_MS, 1800, 30, sensor=Sensor(gaps_h=0, late_share=0, copy_share=0, **changes))


def test_a_phone_that_has_slept_sends_what_it_has_stored_in_a_burst() -> None:
    pings = sleepy(sleeps_h=10, sleep_s=60).pings
    waited = pings.arrives_ms - pings.true_ms
    asleep = waited > 1000
    assert 0.03 < asleep.mean() < 0.5
    assert waited.max() > 30_000
    for device in np.unique(pings.device):
        mine = pings.take(np.flatnonzero(pings.device == device))
        assert (np.diff(mine.ts_ms) >= 0).all()
        bursts = np.diff(mine.arrives_ms)[(mine.arrives_ms - mine.true_ms > 1000)[1:]]
        assert np.median(bursts) < 100 if len(bursts) > 20 else True


def test_clocks_are_off_by_phone_and_jump() -> None:
    day = sleepy(clock_spread_s=5, clock_jumps_h=6, clock_jump_s=20)
    pings = day.pings
    off = (pings.ts_ms - pings.true_ms) / 1000
    firsts, jumps = [], 0
    for device in np.unique(pings.device):
        mine = off[pings.device == device]
        firsts.append(mine[0])
        steps = np.abs([b - a for a, b in pairwise(mine)])
        jumps += (steps > 0.5).sum()
        assert np.mean(steps < 0.01) > 0.95
    assert np.std(firsts) == pytest.approx(5, rel=0.5)
    assert jumps > 5
    error = pings.x_m - day.places(pings.device, pings.true_ms).x_m
    assert np.median(np.abs(error)) < 1
