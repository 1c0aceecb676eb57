"""`aislewise simulate` by subprocess: the files, their schemas, and what it refuses."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
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
    assert {path.name for path in out.iterdir()} == {"plan.geojson"} | {
        f"{name}.parquet"
        for name in (*tables, "pings", "truth_dwells", "truth_visits", "truth_places", "truth_receipts")
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


def test_every_receipt_is_somebodys(out: Path) -> None:
    whose = pq.read_table(out / "truth_receipts.parquet")
    assert sorted(whose["receipt_id"].to_pylist()) == sorted(set(lake.read(out, "purchases")["receipt_id"].to_pylist()))
    assert set(whose["device_id"].to_pylist()) <= set(
        pq.read_table(out / "truth_visits.parquet")["device_id"].to_pylist()
    )


def test_no_purchase_names_a_visit(out: Path) -> None:
    purchases = lake.read(out, "purchases")
    assert purchases["visit_id"].null_count == len(purchases)
    assert set(purchases["sku"].to_pylist()) <= set(lake.read(out, "products")["sku"].to_pylist())
    assert 0 < purchases["customer_id"].null_count < len(purchases)


def test_truth_is_of_the_phones_and_zones(out: Path) -> None:
    truth = pq.read_table(out / "truth_dwells.parquet").to_pylist()
    plan = floorplan.parse((out / "plan.geojson").read_bytes())
    kinds = {zone.id: zone.kind for zone in plan.zones}
    phones = set(pq.read_table(out / "pings.parquet")["device_id"].to_pylist())
    assert truth
    assert all(kinds[row["zone_id"]] == row["kind"] and row["device_id"] in phones for row in truth)
    assert {row["kind"] for row in truth} == {"department", "display"}
    assert all(row["dwell_s"] > 0 and row["first_ts"] <= row["last_ts"] for row in truth)


def test_places_are_of_the_pings_row_by_row(out: Path) -> None:
    pings, places = (pq.read_table(out / f"{name}.parquet") for name in ("pings", "truth_places"))
    for name in ("device_id", "ts"):
        assert pings[name].to_pylist() == places[name].to_pylist()
    apart = np.hypot(
        pings["x_m"].to_numpy() - places["x_m"].to_numpy(), pings["y_m"].to_numpy() - places["y_m"].to_numpy()
    )
    assert 1 < np.median(apart) < 4
    assert pings["floor"].to_pylist() == places["floor"].to_pylist()
    plan = floorplan.parse((out / "plan.geojson").read_bytes())
    home = {zone.id: zone.department for zone in plan.of_kind("display")}
    rows = [row for row in places.to_pylist() if row["display"]]
    assert len(rows) > 100
    assert all(home[row["display"]] == row["department"] for row in rows)
    assert all(row["ts"] == row["true_ts"] for row in rows)


def test_visits_know_kinds_and_groups_and_hold_their_dwells(out: Path) -> None:
    visits = pq.read_table(out / "truth_visits.parquet").to_pylist()
    assert Counter(row["kind"] for row in visits) == {"shopper": 24, "staff": 6, "fixed": 6}
    groups = Counter(row["group_id"] for row in visits if row["group_id"])
    assert set(groups.values()) <= {2, 3, 4, 6, 8}
    assert groups
    lasts = {(row["device_id"], row["first_ts"].date()): row for row in visits}
    for row in pq.read_table(out / "truth_dwells.parquet").to_pylist():
        visit = lasts[row["device_id"], row["first_ts"].date()]
        assert visit["first_ts"] <= row["first_ts"] <= row["last_ts"] <= visit["last_ts"]
        assert row["dwell_s"] <= (visit["last_ts"] - visit["first_ts"]).total_seconds() + 0.01


def test_everything_that_can_be_wrong_at_once(tmp_path: Path) -> None:
    hard = ("--layout", "supermarket", "--sensor", "harsh", "--sigma", 3, "--period", 5, "--reported", "missing")
    people = ("--groups", 0.5, "--staff", 2, "--things", 1, "--rotations", 10, "--sleeps", 5, "--clocks", 2)
    done = run("--out", tmp_path / "hard", "--shoppers", 15, "--minutes", 15, *hard, *people)
    assert (done.returncode, done.stderr) == (0, "")
    pings, places = (pq.read_table(tmp_path / "hard" / f"{name}.parquet") for name in ("pings", "truth_places"))
    assert pings["sigma_m"].null_count == len(pings)
    off = np.array([(row["ts"] - row["true_ts"]).total_seconds() for row in places.to_pylist()])
    assert 0.5 < off.std() < 6
    visits = pq.read_table(tmp_path / "hard" / "truth_visits.parquet").to_pylist()
    ids = {row["device_id"] for row in visits}
    assert any(row["continues"] for row in visits)
    assert all(row["continues"] in ids for row in visits if row["continues"])
    assert set(pings["device_id"].to_pylist()) <= ids


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
        ("--layout", "kiosk", "'kiosk' is not one of"),
        ("--period", "0.5", "0.5 is not in the range"),
        ("--reported", "never", "'never' is not one of"),
    ],
)
def test_wrong_input_is_named_without_a_traceback(tmp_path: Path, option: str, value: str, says: str) -> None:
    done = run("--out", tmp_path / "new", option, value)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "new").exists()


def test_a_size_that_the_layout_cannot_have_is_named(tmp_path: Path) -> None:
    done = run("--out", tmp_path / "new", "--layout", "open", "--floors", 2)
    assert done.returncode == 2
    assert "the number of floors of the layout open is 1" in done.stderr


def test_help_has_an_example() -> None:
    assert "aislewise simulate --out day" in run("--help").stdout
