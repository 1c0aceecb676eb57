"""Of what was written about a visit, only the last answer holds, and a visit that was joined to another is void."""

from __future__ import annotations

from typing import Any

import pytest

from models.records import DWELLS, VISITS, rows_to_table
from models.visits import newest, without_void


def dwell(visit: str, zone: str, pings: int | None, dwell_s: float) -> dict[str, object]:
    numbers = dict.fromkeys(("live_s", "lower_s", "upper_s"), 0.0) | {"dwell_s": dwell_s}
    names = {"store_id": "S1", "visit_id": visit, "device_id": "d", "kind": "display", "zone_id": zone}
    return {**names, **numbers, "first_ts": 0, "last_ts": 0, "pings": pings}


def test_of_a_visit_only_the_rows_with_the_most_pings_hold() -> None:
    rows = [
        dwell("v1", "a", 5, 1.0),
        dwell("v2", "a", None, 2.0),
        dwell("v1", "a", 9, 3.0),
        dwell("v1", "b", 9, 4.0),
        dwell("v1", "c", 5, 5.0),
        dwell("v1", "b", 9, 4.0),
        dwell("v2", "b", None, 6.0),
    ]
    kept = newest(rows_to_table("dwells", rows))
    assert kept.schema == DWELLS
    assert kept.column("dwell_s").to_pylist() == [2.0, 3.0, 4.0, 6.0]
    assert len(newest(DWELLS.empty_table())) == 0


def test_of_a_visit_written_twice_alike_one_row_holds() -> None:
    row = {"store_id": "S1", "visit_id": "v", "device_id": "d", "first_ts": 0, "last_ts": 1}
    again = rows_to_table(
        "visits", [row | {"pings": 3}, row | {"pings": 2}, row | {"pings": 3}, row | {"store_id": "S2"}]
    )
    kept = newest(again)
    assert [(one["store_id"], one["pings"]) for one in kept.to_pylist()] == [("S1", 3), ("S2", None)]


def visit(name: str, first: int, last: int, device: str = "d", store: str = "S1") -> dict[str, Any]:
    ids = {"store_id": store, "visit_id": name, "device_id": device}
    return {**ids, "first_ts": first, "last_ts": last, "pings": 3}


@pytest.mark.parametrize(
    ("rows", "kept"),
    [
        ([visit("a", 0, 400), visit("b", 350, 350)], ["a"]),
        ([visit("b", 350, 400), visit("a", 0, 400)], ["a"]),
        ([visit("a", 0, 400), visit("b", 10, 20), visit("c", 300, 310), visit("next", 800, 900)], ["a", "next"]),
        ([visit("a", 0, 50), visit("b", 350, 400)], ["a", "b"]),
        ([visit("a", 0, 400), visit("b", 350, 350, device="e"), visit("c", 350, 350, store="S2")], ["a", "b", "c"]),
        ([], []),
    ],
)
def test_a_visit_within_another_of_its_phone_is_void(rows: list[dict[str, Any]], kept: list[str]) -> None:
    dwells = [dwell(row["visit_id"], "zone", 3, 1.0) | {"store_id": row["store_id"]} for row in rows]
    tables = without_void(rows_to_table("visits", rows), rows_to_table("dwells", dwells))
    assert [table.schema for table in tables] == [VISITS, DWELLS]
    assert [sorted(table.column("visit_id").to_pylist()) for table in tables] == [kept, kept]
