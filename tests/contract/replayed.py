"""The lake's dwells and visits beside those of `aislewise replay` on the lake's own pings: equal to the bit."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq

from models import folders, lake
from tests.contract.world import Rows, World

NOT_OF_THE_ENGINE = ("holdout", "customer_id")


def of_the_lake(world: World, table: str, store: str) -> Rows:
    return _sorted(lake.only_newest_visits(world.table(table)), store)


def by_replay(world: World, store: str, before_ms: int) -> dict[str, Rows]:
    """Rows of dwells and visits; what began at `before_ms` or later is still open in the worker and left out."""
    out = world.folder / f"replayed-{store}"
    plan = folders.at(world.settings.plans) / f"{store}.geojson"
    silence = ("--silence", world.settings.silence_seconds)
    world.aislewise("replay", "--plan", plan, "--pings", world.settings.lake, "--out", out, *silence)
    tables = {name: pq.read_table(out / f"{name}.parquet") for name in ("dwells", "visits")}
    starts = {row["visit_id"]: row["first_ts"].timestamp() * 1000 for row in tables["visits"].to_pylist()}
    return {
        name: [row for row in _sorted(table, store) if starts[row["visit_id"]] < before_ms]
        for name, table in tables.items()
    }


def assert_same(world: World, store: str, before_ms: int) -> dict[str, Rows]:
    """What both have."""
    replayed = by_replay(world, store, before_ms)
    for name, rows in replayed.items():
        assert of_the_lake(world, name, store) == rows, name
    return replayed


def _sorted(table: pa.Table, store: str) -> Rows:
    kept = table.drop_columns([name for name in NOT_OF_THE_ENGINE if name in table.column_names])
    rows = [row for row in kept.to_pylist() if row["store_id"] == store]
    return sorted(rows, key=lambda row: (row["visit_id"], row.get("kind") or "", row.get("zone_id") or ""))
