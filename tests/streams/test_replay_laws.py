"""A simulated store's pings through the command: arrival within 3 s, copies and batch cuts change no dwell by a bit."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from models.records import TS
from simulation.day import Day
from simulation.layout import Size
from simulation.sensors import of
from simulation.store import DEFAULT_TODAY_MS, Store
from tests.aislewise.command import run

Table = pa.Table
Change = Callable[[Table, np.random.Generator], Table]
NAMED = ("visit_id", "id_ts")
"""What depends on which ping of a visit came first."""


@pytest.fixture(scope="module")
def store() -> Store:
    return Store.build(5, "S1", size=Size(departments=4, floors=2))


@pytest.fixture(scope="module")
def pings(store: Store) -> Table:
    """A quarter of an hour of a store with all that a harsh sensor does, and one phone of 40 pings a second."""
    seen = Day(store, 2, DEFAULT_TODAY_MS, 900, 20, sensor=of(2.0, 2.0, "harsh")).pings
    first = np.unique(np.column_stack([seen.device, seen.ts_ms]), axis=0, return_index=True)[1]
    rows = np.sort(first)
    columns = {
        "store_id": ["S1"] * len(rows),
        "device_id": [f"phone {number}" for number in seen.device[rows].tolist()],
        "ts": seen.ts_ms[rows],
        "x_m": seen.x_m[rows],
        "y_m": seen.y_m[rows],
        "floor": seen.floor[rows],
        "sigma_m": seen.sigma_m[rows],
    }
    table = pa.table(columns)
    slow = table.filter(pc.equal(table["device_id"], table["device_id"][0]))
    at = np.arange(0, 60_000, 25) + DEFAULT_TODAY_MS + 60_000
    fast = {name: np.resize(slow[name].to_numpy(), len(at)) for name in ("x_m", "y_m", "sigma_m")}
    fast |= {"store_id": ["S1"] * len(at), "device_id": ["fast"] * len(at), "ts": at, "floor": np.zeros(len(at), "i2")}
    both = pa.concat_tables([table, pa.table({name: fast[name] for name in table.column_names}, table.schema)])
    return both.take(np.argsort(both["ts"].to_numpy(), kind="stable"))


@pytest.fixture(scope="module")
def replay(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Table], Mapping[str, Table]]:
    """Rows in the order of arrival to the three tables."""
    folder = tmp_path_factory.mktemp("replays")
    (folder / "S1.geojson").write_text(json.dumps(store.plan_geojson))
    done: list[Path] = []

    def replayed(arrived: Table, group: int = 100_000) -> Mapping[str, Table]:
        path, out = folder / f"{len(done)}.parquet", folder / f"out-{len(done)}"
        done.append(out)
        times = arrived["ts"].cast(pa.timestamp("ms")).cast(TS)
        pq.write_table(arrived.set_column(2, "ts", times), path, row_group_size=group)
        code, _, err = run("replay", "--plan", folder / "S1.geojson", "--pings", path, "--out", out, cwd=folder)
        assert code == 0, err
        return {name: pq.read_table(out / f"{name}.parquet") for name in ("zones", "dwells", "visits")}

    return replayed


def permuted(table: Table, rng: np.random.Generator) -> Table:
    """Each ping is up to 3 s under way."""
    arrives = table["ts"].to_numpy() + rng.integers(0, 3_001, len(table))
    return table.take(np.argsort(arrives, kind="stable"))


def duplicated(table: Table, rng: np.random.Generator) -> Table:
    """Every fifth ping comes again, soon or much later, and says something else then."""
    rows = rng.choice(len(table), len(table) // 5, replace=False)
    wrong = table.take(rows).set_column(3, "x_m", pa.array(rng.uniform(-50, 50, len(rows))))
    places = np.concatenate([np.arange(len(table)), rows + rng.choice([0.5, 40.5, 5_000.5], len(rows))])
    return pa.concat_tables([table, wrong]).take(np.argsort(places, kind="stable"))


def rows(tables: Mapping[str, Table], name: str) -> list[dict[str, Any]]:
    kept = tables[name].drop_columns([column for column in NAMED if column in tables[name].column_names])
    found: list[dict[str, Any]] = kept.to_pylist()
    return sorted(found, key=lambda row: json.dumps(row, default=str))


@pytest.fixture(scope="module")
def in_order(pings: Table, replay: Callable[[Table], Mapping[str, Table]]) -> Mapping[str, Table]:
    tables = replay(pings)
    assert len(tables["zones"]) == len(pings)
    assert tables["zones"]["department_p"].null_count < 0.02 * len(pings), "few are late"
    assert len(tables["dwells"]) > 60
    return tables


@pytest.mark.parametrize("change", [permuted, duplicated, lambda table, rng: duplicated(permuted(table, rng), rng)])
@pytest.mark.parametrize("seed", [1, 2])
def test_order_within_three_seconds_and_copies_change_nothing_to_the_bit(
    pings: Table,
    replay: Callable[[Table], Mapping[str, Table]],
    in_order: Mapping[str, Table],
    change: Change,
    seed: int,
) -> None:
    tables = replay(change(pings, np.random.default_rng(seed)))
    for name in ("zones", "dwells", "visits"):
        assert rows(tables, name) == rows(in_order, name), name


@pytest.mark.parametrize("group", [1, 7, 1_000])
def test_batch_cuts_change_nothing_to_the_bit(
    pings: Table, replay: Callable[..., Mapping[str, Table]], in_order: Mapping[str, Table], group: int
) -> None:
    few = pings.slice(0, 3_000) if group == 1 else pings
    expected = replay(few) if group == 1 else in_order
    tables = replay(few, group)
    for name in ("zones", "dwells", "visits"):
        assert tables[name].equals(expected[name]), name


def test_no_row_says_anything_but_numbers_in_their_order(in_order: Mapping[str, Table]) -> None:
    presence = {row["visit_id"]: (row["last_ts"] - row["first_ts"]).total_seconds() for row in rows_of(in_order)}
    sums = dict.fromkeys(presence, 0.0)
    for row in in_order["dwells"].to_pylist():
        assert 0 <= row["lower_s"] <= row["dwell_s"] <= row["upper_s"] <= presence[row["visit_id"]]
        assert 0 <= row["live_s"] <= presence[row["visit_id"]] + 1e-3
        sums[row["visit_id"]] += row["dwell_s"] if row["kind"] == "department" else 0
    assert all(sums[visit] <= presence[visit] + 1e-3 for visit in sums)


def rows_of(tables: Mapping[str, Table]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tables["visits"].to_pylist()
    return found
