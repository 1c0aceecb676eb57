"""The forecast of reach: shoppers of the last day before today who stood long enough at a display."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from aislewise.stack import Stack
from models import floorplan, lake
from models.records import TABLES, conform, rows_to_table
from serving.reach import Days
from tests.parts.kafka import Cluster
from tests.serving.client import until
from tests.serving.shelf import MANAGER, Shelf, body
from tests.serving.store import write_plan

DAY = timedelta(days=1)
TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def visit(visit_id: str, day: datetime, **more: Any) -> dict[str, Any]:
    ts = int(day.timestamp() * 1000) + 36_000_000
    row = {
        "store_id": "S1",
        "visit_id": visit_id,
        "device_id": f"d-{visit_id}",
        "first_ts": ts,
        "last_ts": ts + 1,
        "pings": 5,
    }
    return {**row, **more}


def dwell(visit_id: str, day: datetime, zone_id: str, live_s: float, **more: Any) -> dict[str, Any]:
    seconds = {"live_s": live_s, "dwell_s": live_s, "lower_s": 0.0, "upper_s": live_s}
    return {**visit(visit_id, day), "kind": "display", "zone_id": zone_id, **seconds, **more}


def write(root: Path, day: datetime, visits: list[dict[str, Any]], dwells: list[dict[str, Any]]) -> None:
    """A day as the history worker lays it down."""
    for table, rows in (("visits", visits), ("dwells", dwells)):
        path = root / table / f"date={day.date()}" / f"{table}-0-0-9.parquet"
        lake.write(path, conform(rows_to_table(table, rows), TABLES[table].schema))


def fill(root: Path) -> None:
    """Yesterday: three shoppers and one of staff; today and the day before: others."""
    people = [visit("a", TODAY - DAY), visit("b", TODAY - DAY, kind="shopper"), visit("c", TODAY - DAY)]
    staff, old = visit("s", TODAY - DAY, kind="staff"), visit("a", TODAY - DAY, pings=2)
    stood = [
        dwell("a", TODAY - DAY, "boots", 25.0),
        dwell("a", TODAY - DAY, "boots", 90.0, pings=2),
        dwell("b", TODAY - DAY, "boots", 20.0),
        dwell("b", TODAY - DAY, "tents", 19.9),
        dwell("c", TODAY - DAY, "shoes", 99.0, kind="department"),
        dwell("s", TODAY - DAY, "boots", 99.0),
        dwell("x", TODAY - DAY, "boots", 99.0, store_id="S2"),
    ]
    write(root, TODAY - DAY, [*people, staff, old, visit("x", TODAY - DAY, store_id="S2")], stood)
    for day in (TODAY, TODAY - 2 * DAY):
        write(root, day, [visit("z", day)], [dwell("z", day, "tents", 50.0)])


def test_shoppers_of_yesterday_who_stood_long_enough(tmp_path: Path) -> None:
    fill(tmp_path / "lake")
    write_plan(tmp_path)
    path = tmp_path / "S1.geojson"
    plan = floorplan.parse(path.read_bytes(), path)
    day = Days(str(tmp_path / "lake"), 20.0).last("S1")
    assert day is not None
    assert (day.date, day.shoppers) == (str((TODAY - DAY).date()), 3)
    boots, tents, hats = (day.reach(plan, name, 20.0) for name in (" Boots", "tents", "hats"))
    assert (boots.reached, boots.displays) == (2, ["Boots"])
    assert (tents.reached, tents.displays) == (0, ["Tents"])
    assert (hats.reached, hats.displays) == (0, [])
    assert day.reach(None, "boots", 20.0).displays == []


def test_today_counts_where_there_is_nothing_before(tmp_path: Path) -> None:
    days = Days(str(tmp_path), 20.0)
    assert days.last("S1") is None
    write(tmp_path, TODAY, [visit("z", TODAY)], [dwell("z", TODAY, "tents", 50.0)])
    found = days.last("S1")
    assert found is not None
    assert (found.date, found.stood) == (str(TODAY.date()), {"tents": frozenset({"z"})})
    assert days.last("S2") is None


def test_a_lake_that_cannot_be_read_is_not_known(tmp_path: Path) -> None:
    path = tmp_path / "visits" / f"date={TODAY.date()}" / "visits-0-0-1.parquet"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"PAR1")
    assert Days(str(tmp_path), 20.0).last("S1") is None


@pytest.fixture
def yesterday(serving: Stack, kafka: Cluster) -> Iterator[httpx.Client]:
    """A manager whose lake has a yesterday."""
    root = Path(serving["serve"].environment["AISLEWISE_LAKE"])
    fill(root)
    with Shelf(kafka.bootstrap), httpx.Client(base_url=serving.serving_url, headers=MANAGER, timeout=10) as client:
        until(lambda: "ropes" in client.get("/v1/stores/S1/offers").json()["categories"])
        yield client
    for path in (*root.rglob("visits-*"), *root.rglob("dwells-*")):
        path.unlink()


def test_an_offer_says_whom_it_may_reach(yesterday: httpx.Client) -> None:
    made = yesterday.post("/v1/stores/S1/offers", json=body(offer_id=f"reach-{time.time_ns()}")).json()
    assert made["reached"] == 2
    listed = yesterday.get("/v1/stores/S1/offers").json()
    assert listed["day"] == {"date": str((TODAY - DAY).date()), "shoppers": 3, "seconds": 20.0}
    of_product = yesterday.get("/v1/stores/S1/reach", params={"sku": "boot-1"}).json()
    assert (of_product["name"], of_product["reach"]["reached"], of_product["reach"]["displays"]) == (
        "Alpine boot",
        2,
        ["Boots"],
    )
    assert yesterday.get("/v1/stores/S1/reach", params={"category": "ropes"}).json()["reach"]["displays"] == []
    unknown = yesterday.get("/v1/stores/S1/reach", params={"sku": "hat"})
    assert (unknown.status_code, unknown.json()["field"]) == (422, "sku")
