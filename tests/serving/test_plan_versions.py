"""Which plan versions may be added or taken back, on a disk and on S3, with the time as an argument."""

from __future__ import annotations

import copy
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from models import folders, plans
from models.folders import AnyPath
from models.web.problems import Problem
from serving.plan_versions import Versions, parsed
from tests.serving.store import PLAN

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
TOMORROW = date(2026, 7, 2)


@pytest.fixture(params=["disk", "s3"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> AnyPath:
    if request.param == "disk":
        return folders.at(tmp_path / "plans")
    return folders.at(f"s3://{request.getfixturevalue('bucket')}/plans")


def changed(name: str, timezone: str = "Europe/London") -> dict[str, Any]:
    """The small plan with a department that is called otherwise, so of another version."""
    plan: dict[str, Any] = copy.deepcopy(PLAN)
    plan["aislewise"]["timezone"] = timezone
    plan["features"][0]["properties"]["name"] = name
    return plan


def save(folder: AnyPath, plan: dict[str, Any], since: date | None, now: datetime = NOW) -> str:
    return Versions(folder, "S1").save(*parsed(plan, "S1"), since, now).version


def names(folder: AnyPath) -> list[str]:
    return [path.name for path in folders.glob(folder, "*")]


def test_the_first_plan_holds_at_once_and_later_ones_from_their_midnight(folder: AnyPath) -> None:
    versions = Versions(folder, "S1")
    assert versions.all(NOW) == []
    first, second = save(folder, changed("A"), None), save(folder, changed("B"), TOMORROW)
    assert names(folder) == ["S1.geojson", "S1@2026-07-02.geojson"]
    assert [(one.version, one.since, one.state) for one in versions.all(NOW)] == [
        (first, None, "now"),
        (second, TOMORROW, "later"),
    ]
    # London is an hour ahead in summer
    midnight = datetime(2026, 7, 1, 23, tzinfo=UTC)
    before, after = (versions.all(midnight + timedelta(seconds=one)) for one in (-1, 0))
    assert [[one.state for one in listed] for listed in (before, after)] == [["now", "later"], ["past", "now"]]
    assert [plan.version for _, plan in plans.load(folder)["S1"].versions] == [first, second]


def test_the_same_again_changes_nothing_even_once_it_has_begun(folder: AnyPath) -> None:
    first, second = save(folder, changed("A"), None), save(folder, changed("B"), TOMORROW)
    before = {name: folders.stamp(folder / name) for name in names(folder)}
    assert save(folder, changed("A"), None) == first
    assert save(folder, changed("B"), TOMORROW, NOW + timedelta(days=9)) == second
    assert {name: folders.stamp(folder / name) for name in names(folder)} == before


@pytest.mark.parametrize(
    ("since", "status", "said"),
    [
        (None, 422, "the store has a plan: say from which date this one holds, 2026-07-02 or later"),
        (date(2026, 7, 1), 422, "2026-07-01 has begun: the earliest date is 2026-07-02"),
        (date(2020, 1, 1), 422, "2020-01-01 has begun: the earliest date is 2026-07-02"),
        (TOMORROW, 409, "another plan is to hold from 2026-07-02: take that back first, or choose another date"),
    ],
)
def test_what_has_held_and_what_is_planned_stays(folder: AnyPath, since: date | None, status: int, said: str) -> None:
    save(folder, changed("A"), None)
    save(folder, changed("B"), TOMORROW)
    with pytest.raises(Problem) as refused:
        save(folder, changed("C"), since)
    assert (refused.value.status, refused.value.detail, refused.value.field) == (status, said, "from")
    assert names(folder) == ["S1.geojson", "S1@2026-07-02.geojson"]


def test_a_date_begins_where_the_store_is_and_not_within_the_minute(folder: AnyPath) -> None:
    save(folder, changed("A", "Pacific/Auckland"), None)
    with pytest.raises(Problem, match="2026-07-02 has begun: the earliest date is 2026-07-03"):
        save(folder, changed("B", "Pacific/Auckland"), TOMORROW)
    late = datetime(2026, 7, 2, 11, 59, 1, tzinfo=UTC)
    with pytest.raises(Problem, match="2026-07-03 has begun"):
        save(folder, changed("B", "Pacific/Auckland"), date(2026, 7, 3), late)
    assert save(folder, changed("B", "Pacific/Auckland"), date(2026, 7, 3), late - timedelta(seconds=2))


def test_a_first_plan_with_a_date_has_always_held_and_nothing_comes_before_it(folder: AnyPath) -> None:
    first = save(folder, changed("A"), date(2026, 8, 1))
    (listed,) = Versions(folder, "S1").all(NOW)
    assert (listed.version, listed.since, listed.state) == (first, date(2026, 8, 1), "now")
    with pytest.raises(Problem, match="not after the date of the store's first plan"):
        save(folder, changed("B"), date(2026, 7, 15))
    with pytest.raises(Problem, match="what has held stays"):
        Versions(folder, "S1").take_back(date(2026, 8, 1), NOW)


def test_a_version_is_taken_back_until_it_begins(folder: AnyPath) -> None:
    versions = Versions(folder, "S1")
    save(folder, changed("A"), None)
    save(folder, changed("B"), TOMORROW)
    with pytest.raises(Problem) as refused:
        versions.take_back(TOMORROW, NOW + timedelta(days=1))
    assert (refused.value.status, refused.value.field) == (409, "date")
    for _ in range(2):
        versions.take_back(TOMORROW, NOW)
        assert names(folder) == ["S1.geojson"]
    assert save(folder, changed("C"), TOMORROW)


def test_of_stores_whose_names_begin_alike_each_has_its_own(folder: AnyPath) -> None:
    save(folder, changed("A"), None)
    folders.write(folder / "S10.geojson", b"{")
    folders.write(folder / "S1.0@2026-01-01.geojson", b"{")
    assert len(Versions(folder, "S1").all(NOW)) == 1
