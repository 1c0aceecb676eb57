"""`aislewise simulate` by subprocess: the files, their schemas, and what it refuses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from models import floorplan, lake
from models.records import TABLES


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "aislewise", "simulate", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("simulated") / "new"
    done = run(
        "--out", folder, "--shoppers", 12, "--minutes", 10, "--days", 2, "--store", "S4", "--start", "2026-03-01T10:00"
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return folder


def test_all_files_are_there_and_readable(out: Path) -> None:
    tables = ("purchases", "checkins", "products", "offers", "stock")
    assert {path.name for path in out.iterdir()} == {"plan.geojson", "pings.parquet", "truth.parquet"} | {
        f"{name}.parquet" for name in tables
    }
    for name in tables:
        assert len(lake.read(out, name)) > 0
        assert pq.read_schema(out / f"{name}.parquet").equals(TABLES[name].schema)
    assert floorplan.parse((out / "plan.geojson").read_bytes()).store == "S4"


def test_pings_have_the_columns_of_the_contract(out: Path) -> None:
    pings = pq.read_table(out / "pings.parquet")
    assert pings.column_names == ["store_id", "device_id", "ts", "x_m", "y_m", "floor", "sigma_m"]
    assert set(pings["store_id"].to_pylist()) == {"S4"}
    days = {ts.date().isoformat() for ts in pings["ts"].to_pylist()}
    assert days == {"2026-03-01", "2026-03-02"}
    assert pc.min(pings["sigma_m"]).as_py() > 0
    assert len(set(pings["device_id"].to_pylist())) > 12


def test_no_purchase_names_a_visit(out: Path) -> None:
    purchases = lake.read(out, "purchases")
    assert purchases["visit_id"].null_count == len(purchases)
    assert set(purchases["sku"].to_pylist()) <= set(lake.read(out, "products")["sku"].to_pylist())
    assert 0 < purchases["customer_id"].null_count < len(purchases)


def test_truth_is_of_the_phones_and_zones(out: Path) -> None:
    truth = pq.read_table(out / "truth.parquet").to_pylist()
    plan = floorplan.parse((out / "plan.geojson").read_bytes())
    kinds = {zone.id: zone.kind for zone in plan.zones}
    phones = set(pq.read_table(out / "pings.parquet")["device_id"].to_pylist())
    assert truth
    assert all(kinds[row["zone_id"]] == row["kind"] and row["device_id"] in phones for row in truth)
    assert {row["kind"] for row in truth} == {"department", "display"}
    assert all(row["dwell_s"] > 0 and row["first_ts"] <= row["last_ts"] for row in truth)


def test_the_same_seed_gives_the_same_files_and_another_others(tmp_path: Path) -> None:
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        assert run("--out", tmp_path / name, "--shoppers", 3, "--minutes", 2, "--seed", seed).returncode == 0
    a, b, c = (pq.read_table(tmp_path / name / "pings.parquet") for name in "abc")
    assert a.equals(b)
    assert not a.equals(c)


def test_a_day_without_shoppers_is_files_too(tmp_path: Path) -> None:
    assert run("--out", tmp_path / "empty", "--shoppers", 0, "--minutes", 1).returncode == 0
    assert len(lake.read(tmp_path / "empty", "purchases")) == 0
    assert len(pq.read_table(tmp_path / "empty" / "pings.parquet")) > 100


def test_a_folder_that_is_not_empty_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    done = run("--out", tmp_path)
    assert done.returncode == 2
    assert done.stderr == f"aislewise: {tmp_path}: the folder is not empty (name a folder that is new or empty)\n"
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    assert run("--out", tmp_path / "mine.txt").returncode == 2


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("--start", "yesterday", "'yesterday' is no time like"),
        ("--store", "a/b", "'a/b' is no store id"),
        ("--timezone", "Mars/Base", "'Mars/Base' is no IANA time zone"),
        ("--seed", "-1", "-1 is not in the range"),
        ("--minutes", "0", "0 is not in the range"),
    ],
)
def test_wrong_input_is_named_without_a_traceback(tmp_path: Path, option: str, value: str, says: str) -> None:
    done = run("--out", tmp_path / "new", option, value)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "new").exists()


def test_help_has_an_example() -> None:
    assert "aislewise simulate --out day" in run("--help").stdout
