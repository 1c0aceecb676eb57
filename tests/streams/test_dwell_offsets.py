"""Where a plan's origin lies is nobody's business: far away as in UTM, or another one from midnight on."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from shapely.affinity import translate
from shapely.geometry import mapping, shape

from models import floorplan
from models.plans import StorePlans
from models.records import TS
from tests.aislewise.command import run as command
from tests.streams.toy import FEATURES, T0, Ping, Visit, plan_bytes, run, store_plans, zone

ANNEX = zone("annex", "staff", (-130.25, -77.5, -110, -60))
"""Left of and below all else: with it, the plan has another corner. Nobody goes there."""
MIDNIGHT = date(2026, 9, 24)


def moved(by: tuple[float, float]) -> list[dict[str, Any]]:
    return [{**one, "geometry": mapping(translate(shape(one["geometry"]), *by))} for one in FEATURES]


def browsing(start: float, count: int = 200, by: tuple[float, float] = (0, 0)) -> list[Ping]:
    rng = np.random.default_rng(4)
    places = np.cumsum(rng.normal(0, 1.2, (count, 2)), axis=0) % [26, 8] + [8, 6] + by  # far from what is not drawn
    return [Ping(1, start + 3 * i, x, y, 1.0) for i, (x, y) in enumerate(places.tolist())]


def assert_alike(one: Visit, other: Visit) -> None:
    assert one.zones.keys() == other.zones.keys()
    for name, found in one.zones.items():
        expected = other.zones[name]
        assert found.live_s == pytest.approx(expected.live_s, abs=0.05)
        assert found.dwell_s == pytest.approx(expected.dwell_s, abs=0.05)
        assert found.variance == pytest.approx(expected.variance, rel=5e-3, abs=0.1)


@pytest.mark.parametrize("by", [(500_000.0, 5_000_000.0), (-3_000.0, 250_000.25), (1e7, -1e7)])
def test_a_plan_and_its_pings_far_away_have_the_same_dwell(by: tuple[float, float]) -> None:
    there = run(browsing(0, by=by), store_plans(plan_bytes(moved(by)))).visits
    here = run(browsing(0)).visits
    assert len(here) == len(there) == 1
    assert_alike(there[0], here[0])


def changing(features: list[Any]) -> StorePlans:
    later = floorplan.parse(plan_bytes(features))
    return StorePlans([(date.min, store_plans().newest), (MIDNIGHT, later)])


def test_a_plan_with_another_corner_from_midnight_on_tears_no_visit() -> None:
    plans = changing([ANNEX, *FEATURES])
    start = (plans.starts_ms[1] - T0) / 1000 - 300
    (across,), (ever,) = run(browsing(start), plans).visits, run(browsing(start)).visits
    assert_alike(across, ever)


def test_what_moves_at_midnight_is_where_it_is_drawn_on_either_side() -> None:
    """The positions move along with the plan: somebody's system was set up anew."""
    by = (500_000.0, 5_000_000.0)
    plans = changing(moved(by))
    start = (plans.starts_ms[1] - T0) / 1000
    # a visit before, one after the silence
    pings = [*browsing(start - 700), *browsing(start + 300, by=by)]
    before, after = run(pings, plans).visits
    assert_alike(after, before)


def test_replay_of_a_night_with_a_new_plan_is_that_of_one_plan(tmp_path: Path) -> None:
    (tmp_path / "S1.geojson").write_bytes(plan_bytes())
    (tmp_path / "alone.geojson").write_bytes(plan_bytes())
    (tmp_path / f"S1@{MIDNIGHT}.geojson").write_bytes(plan_bytes([ANNEX, *FEATURES]))
    start = (changing(FEATURES).starts_ms[1] - T0) / 1000 - 300
    pings = browsing(start)
    columns: dict[str, Any] = {"store_id": ["S1"] * len(pings), "device_id": ["anna"] * len(pings)}
    columns |= {"x_m": [one.x for one in pings], "y_m": [one.y for one in pings], "sigma_m": [1.0] * len(pings)}
    columns["ts"] = pa.array([one.ts for one in pings], pa.timestamp("ms")).cast(TS)
    pq.write_table(pa.table(columns), tmp_path / "pings.parquet")
    found = {}
    for name in ("S1", "alone"):
        words = ("--plan", f"{name}.geojson", "--pings", "pings.parquet", "--out", name)
        code, _, err = command("replay", *words, cwd=tmp_path)
        assert code == 0, err
        found[name] = pq.read_table(tmp_path / name / "dwells.parquet").to_pylist()
    assert [row["zone_id"] for row in found["S1"]] == [row["zone_id"] for row in found["alone"]]
    for both in zip(found["S1"], found["alone"], strict=True):
        for column in ("live_s", "dwell_s", "lower_s", "upper_s"):
            one, other = (row[column] for row in both)
            assert one == pytest.approx(other, abs=0.1), column
