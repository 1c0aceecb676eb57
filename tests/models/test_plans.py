"""Which plan of a store holds when."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from models import plans
from models.errors import PlanError
from models.plans import PlanFolder
from tests.streams.toy import FEATURES, plan_bytes


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def test_a_later_plan_holds_from_local_midnight_on(tmp_path: Path) -> None:
    (tmp_path / "S1.geojson").write_bytes(plan_bytes())
    (tmp_path / "S1@2026-07-01.geojson").write_bytes(plan_bytes(FEATURES[:2]))
    (tmp_path / "S1@2026-12-01.geojson").write_bytes(plan_bytes(FEATURES[:1]))
    store = plans.load(tmp_path)["S1"]
    first, summer, winter = (plan.version for _, plan in store.versions)
    assert len({first, summer, winter}) == 3
    at = {text: store.at(ms(text)).version for text in ("1970-01-01", "2026-06-30T22:59:59", "2026-06-30T23:00")}
    assert list(at.values()) == [first, first, summer]  # London is an hour ahead in summer
    assert [store.at(ms(f"2026-{text}")).version for text in ("11-30T23:59:59", "12-01")] == [summer, winter]
    assert store.newest.version == winter


def test_the_local_date_is_the_stores(tmp_path: Path) -> None:
    (tmp_path / "S1.geojson").write_bytes(plan_bytes(timezone="Pacific/Auckland"))
    store = plans.load(tmp_path)["S1"]
    assert store.local_date(ms("2026-07-01T11:59:59")) == date(2026, 7, 1)
    assert store.local_date(ms("2026-07-01T12:00")) == date(2026, 7, 2)


@pytest.mark.parametrize(
    ("name", "said"),
    [("S2.geojson", "is the plan of store 'S1'"), ("S1@soon.geojson", "is not named <store>.geojson")],
)
def test_a_file_under_a_wrong_name_is_refused(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / name).write_bytes(plan_bytes())
    with pytest.raises(PlanError, match=said):
        plans.load(tmp_path)


@pytest.mark.parametrize("day", ["2026-02-30", "2026-13-01"])
def test_a_date_that_is_none_is_refused(tmp_path: Path, day: str) -> None:
    (tmp_path / f"S1@{day}.geojson").write_bytes(plan_bytes())
    with pytest.raises(PlanError, match=f"{day} is no date"):
        plans.load(tmp_path)


def test_a_running_process_takes_new_plans_and_keeps_the_old_where_one_is_broken(tmp_path: Path) -> None:
    path = tmp_path / "S1.geojson"
    path.write_bytes(plan_bytes())
    folder = PlanFolder(tmp_path)
    before = folder.stores["S1"].newest.version
    assert not folder.look(at_once=True)
    path.write_bytes(b"{")
    os.utime(path, ns=(1, 1))
    assert not folder.look(at_once=True)
    assert folder.stores["S1"].newest.version == before
    path.write_bytes(plan_bytes(FEATURES[:1]))
    os.utime(path, ns=(2, 2))
    assert not folder.look()  # not at every call
    assert folder.look(at_once=True)
    assert folder.stores["S1"].newest.version != before


def test_a_plan_that_cannot_be_read_is_named_and_leaves_those_before(tmp_path: Path) -> None:
    (tmp_path / "S1.geojson").write_bytes(plan_bytes())
    folder = PlanFolder(tmp_path)
    (tmp_path / "S1@2026-12-01.geojson").mkdir()
    with pytest.raises(PlanError, match=r"S1@2026-12-01\.geojson: cannot be read: Is a directory"):
        plans.load(tmp_path)
    assert not folder.look(at_once=True)
    assert len(folder.stores["S1"].versions) == 1
