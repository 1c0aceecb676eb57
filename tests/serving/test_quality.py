"""GET quality: late and stray positions, sizes of errors and zones that do not fit, worked out by hand."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import httpx
import pytest

from models import floorplan
from models.board import iso
from models.plans import StorePlans
from serving.reports.quality import Quality, Unfit, quality
from tests.serving import history
from tests.serving.client import bearer
from tests.serving.store import PLAN

NOW_MS = history.at(history.DAY, 16)
PLANS = StorePlans.always(floorplan.parse(json.dumps(PLAN).encode(), "S1.geojson"))
CATEGORIES = ("Boots", "tents", "tea")


def ping(row: int, ago_s: float, phone: str = "a", **more: Any) -> dict[str, Any]:
    """Rows are in the order in which they came."""
    place = {"store_id": "S1", "x_m": 3.0, "y_m": 7.0, "floor": 0, "sigma_m": 1.0}
    return {**place, "device_id": phone, "ts": NOW_MS - int(ago_s * 1000), "row": row, **more}


def found(root: Path, *rows: dict[str, Any], categories: tuple[str, ...] = CATEGORIES) -> Quality:
    if rows:
        history.write(root, "pings", history.DAY, rows)
    return quality(root, "S1", PLANS, categories, NOW_MS)


def test_late_is_behind_ones_phone_or_far_behind_the_store(tmp_path: Path) -> None:
    rows = [
        ping(0, 600),
        ping(1, 603),
        ping(2, 603.001),
        ping(3, 601, "b"),
        ping(4, 2401, "c"),
        ping(5, 2400, "d"),
        ping(6, 599),
        ping(7, 10, "e", store_id="S2"),
        ping(8, 3601, "f"),
    ]
    one = found(tmp_path, *rows)
    assert (one.positions, one.phones, one.late) == (7, 4, pytest.approx(2 / 7))
    assert one.newest == iso(NOW_MS - 599_000)


def test_outside_is_beyond_what_the_floor_has(tmp_path: Path) -> None:
    """The plan is 24 by 10 m, on one floor."""
    places = [{"x_m": -5.0}, {"x_m": -5.01}, {"x_m": 29.0}, {"y_m": 15.01}, {"floor": 1}, {"x_m": math.nan}, {}, {}]
    rows = [ping(n, 100 - n, **place) for n, place in enumerate(places)]
    assert found(tmp_path, *rows).outside == 4 / 8


def test_sizes_of_errors(tmp_path: Path) -> None:
    rows = [ping(n, 100 - n, sigma_m=None if n >= 20 else float(n + 1)) for n in range(25)]
    one = found(tmp_path, *rows)
    assert one.sigma_m == pytest.approx(10.5)
    assert one.sigma_p95_m == pytest.approx(19.05)
    assert one.without_sigma == pytest.approx(0.2)


def test_without_positions_nothing_is_said_of_them(tmp_path: Path) -> None:
    one = found(tmp_path)
    assert (one.positions, one.phones, one.newest, one.late, one.outside, one.sigma_m) == (0, 0, None, None, None, None)


def test_displays_without_products_and_zones_of_no_plan(tmp_path: Path) -> None:
    dwell = history._dwell(history.visit(history.DAY, "v", NOW_MS - 60_000, pings=9), "gone", 30.0)
    history.write(tmp_path, "dwells", history.DAY, [{**dwell, "store_id": store} for store in ("S1", "S2")])
    assert found(tmp_path, categories=("tea", "boots")).zones == [
        Unfit("tents", "Tents", "no product"),
        Unfit("gone", "gone", "not in the plan"),
    ]
    assert found(tmp_path, categories=()).zones == [Unfit("gone", "gone", "not in the plan")]


def test_it_is_a_managers(client: httpx.Client) -> None:
    path = "/v1/stores/S1/quality"
    assert client.get(path).status_code == 403
    answer = client.get(path, headers=bearer(role="manager"))
    assert (answer.status_code, answer.json()["positions"]) == (200, 0)
    assert client.get(path, headers=bearer("S404", "manager")).status_code == 403
    assert client.get("/v1/stores/S404/quality", headers=bearer("S404", "manager")).status_code == 404
