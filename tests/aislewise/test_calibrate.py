"""`aislewise calibrate` as a person runs it: a table, a plan, and a replay that takes the plan's word."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.aislewise.command import refused, run
from tests.aislewise.test_replay import WALK, parquet
from tests.streams.toy import plan_bytes


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("calibrate")
    words = ("--out", "day", "--seed", 5, "--shoppers", 40, "--reported", "missing", "--sigma", 1.5)
    code, _, said = run("simulate", *words, cwd=folder)
    assert code == 0, said
    return folder


def calibrated(folder: Path, *more: object) -> tuple[int, str, str]:
    code, out, err = run("calibrate", "--plan", "day/plan.geojson", "--pings", "day/pings.parquet", *more, cwd=folder)
    return code, out.decode(), err


def test_it_shows_estimates_and_what_they_change_and_writes_the_plan(day: Path) -> None:
    code, shown, said = calibrated(day, "--out", "calibrated.geojson", "--areas", "areas.csv")
    assert code == 0, said
    assert said.endswith("values in calibrated.geojson\n")
    lines = {line.split()[0]: line for line in shown.splitlines() if line}
    assert "pings" in lines["sigma_m"]
    assert "no pings" in lines["sigma_factor"]
    assert "default" in lines["sigma_factor"]
    assert "visits" in lines["sigma_doubt"]
    assert "–" in lines["correlation_s"]
    assert "department" in shown.split("dwell_s that the estimates change")[1]
    areas = (day / "areas.csv").read_text().splitlines()
    assert areas[0] == "floor,x_m,y_m,sigma_m,pings"
    assert len(areas) > 10
    plain, plan = (json.loads((day / name).read_text()) for name in ("day/plan.geojson", "calibrated.geojson"))
    values = plan["aislewise"].pop("calibration")
    assert plan == plain
    assert 0.75 * 1.5 < values["sigma_m"] < 1.35 * 1.5


def test_a_replay_takes_the_plans_word_and_running_again_changes_nothing(day: Path) -> None:
    code, first, said = calibrated(day, "--out", "again.geojson")
    assert code == 0, said
    content = (day / "again.geojson").read_bytes()
    words = ("--plan", "again.geojson", "--pings", "day/pings.parquet")
    code, second, said = run("calibrate", *words, "--out", "again.geojson", "--force", cwd=day)
    assert (code, second) == (0, first.encode()), said
    assert (day / "again.geojson").read_bytes() == content
    dwells = []
    for plan in ("day/plan.geojson", "again.geojson"):
        code, _, said = run("replay", "--plan", plan, "--pings", "day/pings.parquet", "--out", "replayed", cwd=day)
        assert code == 0, said
        dwells.append(pq.read_table(day / "replayed/dwells.parquet").drop_columns("plan_version"))
    assert not dwells[0].equals(dwells[1])


def test_a_plan_that_is_there_is_not_written_over(day: Path) -> None:
    words = ("--plan", "day/plan.geojson", "--pings", "day/pings.parquet", "--out", "day/plan.geojson")
    assert "day/plan.geojson: is there already (--force writes over it)" in refused("calibrate", *words, cwd=day)


def test_too_few_pings_keep_the_defaults_and_say_so(tmp_path: Path) -> None:
    (tmp_path / "plan.geojson").write_bytes(plan_bytes())
    parquet(tmp_path / "pings.parquet", WALK)
    words = ("--plan", "plan.geojson", "--pings", "pings.parquet", "--out", "out.geojson")
    code, out, said = run("calibrate", *words, cwd=tmp_path)
    assert code == 0, said
    assert "fewer than 300 pings" in out.decode()
    assert "Nothing was estimated" in out.decode()
    assert json.loads((tmp_path / "out.geojson").read_text())["aislewise"]["calibration"] == {}


def test_what_cannot_be_used_is_refused_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "plan.geojson").write_bytes(plan_bytes())
    (tmp_path / "other.geojson").write_bytes(plan_bytes(store="S9"))
    (tmp_path / "bad.geojson").write_bytes(plan_bytes(calibration={"walk_s": -3}))
    parquet(tmp_path / "pings.parquet", WALK)
    for plan, pings, reason in (
        ("plan.geojson", "-", "field --pings: reads the pings twice"),
        ("nowhere.geojson", "pings.parquet", "nowhere.geojson: no such file"),
        ("plan.geojson", "nowhere.parquet", "nowhere.parquet: no such file"),
        ("other.geojson", "pings.parquet", "no pings of the plan's store 'S9'"),
        ("bad.geojson", "pings.parquet", "field aislewise.calibration.walk_s: -3 is not a positive finite number"),
    ):
        assert reason in refused("calibrate", "--plan", plan, "--pings", pings, cwd=tmp_path)
