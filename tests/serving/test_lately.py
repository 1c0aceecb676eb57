"""GET heat: where people stood in the last hour, read from the newest files alone."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from aislewise.stack import Stack
from models.errors import InputError
from serving.reports.lately import lately
from tests.serving import history
from tests.serving.client import bearer

NOW_MS = history.at(history.DAY, 16)
Row = dict[str, Any]


def stays(phones: int, minutes_ago: float, x_m: float = 3.4, now_ms: int = NOW_MS, store: str = "S1") -> list[Row]:
    """Phones that stood at a place for a minute, with a position every ten seconds."""
    start = now_ms - int(minutes_ago * 60_000)
    place = {"store_id": store, "x_m": x_m, "y_m": 7.2, "floor": 0, "sigma_m": 1.0}
    return [
        {**place, "device_id": f"phone-{n}-{x_m}", "ts": start + 10_000 * step}
        for n in range(phones)
        for step in range(7)
    ]


def moment(phone: str, shopper_p: float | None, ts: int = NOW_MS - 60_000) -> Row:
    named = {"store_id": "S1", "moment_id": f"m-{phone}", "visit_id": f"v-{phone}", "device_id": phone}
    told = {"holdout": False, "zone_id": "boots", "kind": "display", "live_s": 20.0}
    return {**named, **told, "ts": ts, "zones": [], "zone_live_s": [], "features": [], "shopper_p": shopper_p}


def cells(root: Path) -> dict[int, tuple[float, int]]:
    return {cell["cell_x_m"]: (cell["seconds"], cell["visits"]) for cell in lately(root, "S1", NOW_MS)["cells"]}


def test_seconds_of_the_last_hour_where_there_were_five(tmp_path: Path) -> None:
    rows = stays(6, 30) + stays(4, 20, x_m=10.0) + stays(9, 90, x_m=15.0) + stays(9, 10, x_m=20.0, store="S2")
    history.write(tmp_path, "pings", history.DAY, rows)
    assert cells(tmp_path) == {3: (6 * 60.0, 6)}
    assert lately(tmp_path, "S1", NOW_MS)["as_of"] == NOW_MS - 19 * 60_000


def test_who_is_hardly_a_shopper_counts_for_nothing(tmp_path: Path) -> None:
    history.write(tmp_path, "pings", history.DAY, stays(7, 30))
    judged = [moment("phone-0-3.4", 0.02), moment("phone-1-3.4", 0.9), moment("phone-2-3.4", None)]
    history.write(tmp_path, "moments", history.DAY, judged)
    assert cells(tmp_path) == {3: (6 * 60.0, 6)}


def test_old_files_are_not_opened_and_a_broken_new_one_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "pings" / f"date={history.DAY}"
    history.write(tmp_path, "pings", history.DAY, stays(9, 200), first=100, last=199)
    (folder / "pings-0-0-99.parquet").write_bytes(b"nobody reads this")
    history.write(tmp_path, "pings", history.DAY, stays(6, 30), first=200, last=299)
    assert cells(tmp_path) == {3: (6 * 60.0, 6)}
    (folder / "pings-0-300-399.parquet").write_bytes(b"half")
    with pytest.raises(InputError, match="pings-0-300-399"):
        lately(tmp_path, "S1", NOW_MS)


def test_without_history_there_are_no_cells(tmp_path: Path) -> None:
    assert lately(tmp_path, "S1", NOW_MS) == {"as_of": None, "minutes": 60, "withheld_below": 5, "cells": []}


def test_salespeople_of_the_store_may_see_it_and_it_is_kept_for_a_minute(client: httpx.Client, serving: Stack) -> None:
    lake = Path(serving["serve"].environment["AISLEWISE_LAKE"])
    now = datetime.now(UTC)
    rows = stays(6, 5, now_ms=int(now.timestamp() * 1000), store="S1")
    history.write(lake, "pings", now.date(), rows, 9000, 9001)
    try:
        first = client.get("/v1/stores/S1/heat").json()
        assert [(cell["cell_x_m"], cell["visits"]) for cell in first["cells"]] == [(3, 6)]
    finally:
        shutil.rmtree(lake / "pings" / f"date={now.date()}")
    assert client.get("/v1/stores/S1/heat").json() == first
    assert client.get("/v1/stores/S1/heat", headers=bearer("S2")).status_code == 403
