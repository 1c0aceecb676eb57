"""The calls about plans: a manager lists, reads, checks, imports, saves and takes back; nobody else does."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from aislewise.stack import Stack
from models.floorplan import Frame
from tests.serving.client import bearer
from tests.serving.store import PLAN
from tests.serving.test_refusals import assert_problem

NEW = "S7"
"""A store that has no plan."""
LATER = str(date.today() + timedelta(days=30))  # noqa: DTZ011 - far enough from every midnight
CALLS = [
    ("GET", "plans"),
    ("GET", "plans/0a1b2c3d"),
    ("POST", "plans"),
    ("POST", "plans/check"),
    ("POST", "plans/import"),
    ("DELETE", f"plans/{LATER}"),
]


@pytest.fixture
def folder(serving: Stack) -> Iterator[Path]:
    """Where plans lie; afterwards as before."""
    folder = Path(serving["serve"].environment["AISLEWISE_PLANS"])
    before = {path: path.read_bytes() for path in folder.iterdir()}
    yield folder
    for path in folder.iterdir():
        if path not in before:
            path.unlink()


@pytest.fixture
def manager(serving: Stack, folder: Path) -> Iterator[httpx.Client]:
    """Of the new store."""
    headers = bearer(NEW, "manager")
    with httpx.Client(base_url=f"{serving.serving_url}/v1/stores/{NEW}/", headers=headers, timeout=10) as client:
        yield client


def plan(store: str = NEW, **head: Any) -> dict[str, Any]:
    content: dict[str, Any] = copy.deepcopy(PLAN)
    content["aislewise"] |= {"store": store, **head}
    return content


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_only_the_stores_manager_may(nobody: httpx.Client, method: str, path: str) -> None:
    path = f"/v1/stores/S1/{path}"
    assert_problem(nobody.request(method, path), 401, "Authorization")
    assert_problem(nobody.request(method, path, headers=bearer("S1", "associate")), 403)
    assert_problem(nobody.request(method, path, headers=bearer("S2", "manager")), 403)


def test_a_first_plan_holds_at_once_and_a_later_one_later(manager: httpx.Client, folder: Path) -> None:
    assert manager.get("plans").json() == {"plans": []}
    saved = manager.post("plans", json={"plan": plan(), "from": None})
    assert saved.status_code == 201
    assert saved.json()["from"] is None
    assert manager.get("plan").json() == plan()
    later = manager.post("plans", json={"plan": plan(note="rebuilt"), "from": LATER}).json()
    assert later["from"] == LATER
    first, second = manager.get("plans").json()["plans"]
    assert (first["version"], first["state"], first["from"]) == (saved.json()["version"], "now", None)
    assert (second["version"], second["state"], second["from"]) == (later["version"], "later", LATER)
    counts = {"department": 2, "display": 2, "checkout": 1, "entrance": 1, "obstacle": 1}
    assert (first["counts"], first["floors"], first["width_m"], first["depth_m"]) == (counts, [0], 24.0, 12.0)
    assert manager.get(f"plans/{later['version']}").json() == plan(note="rebuilt")
    assert manager.get("plan").json() == plan()
    assert sorted(path.name for path in folder.glob("S7*")) == ["S7.geojson", f"S7@{LATER}.geojson"]


def test_the_same_again_is_answered_alike_and_changes_nothing(manager: httpx.Client, folder: Path) -> None:
    first = manager.post("plans", json={"plan": plan()})
    stamp = (folder / "S7.geojson").stat().st_mtime_ns
    again = manager.post("plans", json={"plan": plan()})
    assert (again.status_code, again.json()) == (201, first.json())
    assert (folder / "S7.geojson").stat().st_mtime_ns == stamp
    assert_problem(manager.post("plans", json={"plan": plan(note="other")}), 422, "from")
    assert_problem(manager.post("plans", json={"plan": plan(note="other"), "from": "2026-01-01"}), 422, "from")
    for date_ in ("soon", "0001-01-01", "9999-12-31", "2026-02-30", 7):
        assert_problem(manager.post("plans", json={"plan": plan(note="other"), "from": date_}), 422, "from")


def test_a_version_that_has_not_begun_is_taken_back(manager: httpx.Client, folder: Path) -> None:
    manager.post("plans", json={"plan": plan()})
    manager.post("plans", json={"plan": plan(note="rebuilt"), "from": LATER})
    assert_problem(manager.post("plans", json={"plan": plan(note="again"), "from": LATER}), 409, "from")
    for _ in range(2):
        assert manager.delete(f"plans/{LATER}").status_code == 204
    assert [one["from"] for one in manager.get("plans").json()["plans"]] == [None]
    assert_problem(manager.delete("plans/2026-02-30"), 422, "date")
    assert (folder / "S7.geojson").exists()


def with_features(*changes: dict[str, Any]) -> dict[str, Any]:
    """The plan with more features: copies of its first with these properties."""
    content = plan()
    for change in changes:
        feature = copy.deepcopy(content["features"][0])
        feature["properties"] |= change
        content["features"].append(feature)
    return content


@pytest.mark.parametrize(
    ("content", "field", "said"),
    [
        (with_features({"id": "more"}), "plan", "departments 'shoes' and 'more' overlap by 120.00 m²"),
        (with_features({}), "plan.features[7].id", "the id 'shoes' stands twice"),
        (with_features({"id": "x", "kind": "display", "department": "none"}), "plan", "unknown department 'none'"),
        (with_features({"id": "x", "floor": 1.5}), "plan.features[7].floor", "1.5 is no floor number"),
        (plan(timezone="Mars/Olympus"), "plan.aislewise.timezone", "no IANA time zone (e.g. Europe/London)"),
        (plan("S1"), "plan.aislewise.store", "the plan is of store S1, not S7"),
        ({"type": "FeatureCollection"}, "plan.aislewise", "the member is missing"),
        ({}, "plan", "not a GeoJSON FeatureCollection"),
    ],
)
def test_a_plan_that_cannot_be_used_is_refused_and_nothing_is_written(
    manager: httpx.Client, folder: Path, content: dict[str, Any], field: str, said: str
) -> None:
    for path in ("plans", "plans/check"):
        answer = manager.post(path, json={"plan": content})
        assert_problem(answer, 422, field)
        assert said in answer.json()["detail"]
    assert list(folder.glob("S7*")) == []


def test_bodies_of_another_shape_are_refused(manager: httpx.Client) -> None:
    assert_problem(manager.post("plans", json={}), 422, "plan")
    assert_problem(manager.post("plans", json={"plan": []}), 422, "plan")
    assert_problem(manager.post("plans/import", json={"file": {}}), 422, "timezone")
    assert_problem(manager.post("plans", content=b"{", headers={"Content-Type": "application/json"}), 400)
    assert_problem(manager.get("plans/none"), 404, "version")


DEEP = b'{"plan": ' + b'{"a":' * 900 + b"1" + b"}" * 900 + b"}"
ENDLESS = json.dumps({"plan": plan()}).replace("12, 0", "1e999, 0").encode()
LIST = b'{"plan": {"type": "FeatureCollection", "aislewise": [], "features": {}}}'


@pytest.mark.parametrize("path", ["plans", "plans/check", "plans/import"])
@pytest.mark.parametrize("body", [DEEP, ENDLESS, LIST, b"[" * 100_000])
def test_hostile_bodies_are_refused_and_nothing_is_written(
    manager: httpx.Client, folder: Path, path: str, body: bytes
) -> None:
    if path == "plans/import":
        body = body.replace(b'{"plan"', b'{"timezone": "UTC", "file"', 1)
    answer = manager.post(path, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422), answer.text
    assert list(folder.glob("S7*")) == []


def test_of_two_plans_for_one_date_at_the_same_instant_one_is_refused(manager: httpx.Client, folder: Path) -> None:
    manager.post("plans", json={"plan": plan()})
    bodies = [{"plan": plan(note=str(number)), "from": LATER} for number in range(8)]
    with ThreadPoolExecutor(8) as hands:
        answers = list(hands.map(lambda body: manager.post("plans", json=body), bodies))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    (saved,) = (answer.json() for answer in answers if answer.status_code == 201)
    assert [one["version"] for one in manager.get("plans").json()["plans"]][1:] == [saved["version"]]


def test_a_check_says_what_the_plan_holds_and_saves_nothing(manager: httpx.Client, folder: Path) -> None:
    answer = manager.post("plans/check", json={"plan": plan()})
    assert answer.status_code == 200
    assert (answer.json()["counts"]["department"], answer.json()["timezone"]) == (2, "Europe/London")
    assert list(folder.glob("S7*")) == []


def test_a_drawing_in_wgs84_becomes_a_plan_in_metres(manager: httpx.Client) -> None:
    frame = Frame(13.4, 52.5)
    corners = [frame.to_wgs84(x, y) for x, y in ((0, 0), (20, 0), (20, 10), (0, 10), (0, 0))]
    room = {"type": "Feature", "properties": {"shop": "shoes", "name": "Shoes"}}
    room["geometry"] = {"type": "Polygon", "coordinates": [corners]}
    file = {"type": "FeatureCollection", "features": [room]}
    answer = manager.post("plans/import", json={"file": file, "timezone": "Europe/Berlin", "floor": 2})
    assert answer.status_code == 200, answer.text
    found = answer.json()["plan"]
    assert found["aislewise"]["store"] == NEW
    assert found["aislewise"]["frame"] == pytest.approx({"lon": 13.4, "lat": 52.5, "rotation_deg": 0.0})
    (feature,) = found["features"]
    assert feature["properties"] == {"id": "2-0", "kind": "department", "name": "Shoes", "floor": 2}
    assert sorted(map(tuple, feature["geometry"]["coordinates"][0][:4])) == [(0, 0), (0, 10), (20, 0), (20, 10)]
    assert manager.post("plans", json={"plan": found}).status_code == 201


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"kinds": "shop=department"}, "kinds"),
        ({"file": {"type": "FeatureCollection", "features": []}}, "file"),
        ({"file": {"features": 7}}, "file"),
        ({"timezone": "Mars/Olympus"}, "file.aislewise.timezone"),
    ],
)
def test_a_drawing_that_cannot_be_read_says_why(manager: httpx.Client, given: dict[str, Any], field: str) -> None:
    body = {"file": plan(), "timezone": "Europe/Berlin", **given}
    assert_problem(manager.post("plans/import", json=body), 422, field)


def test_a_broken_file_of_the_store_is_named(manager: httpx.Client, folder: Path) -> None:
    (folder / "S7.geojson").write_text(json.dumps({"type": "FeatureCollection"}))
    answer = manager.get("plans")
    assert_problem(answer, 409)
    assert "S7.geojson" in answer.json()["detail"]
