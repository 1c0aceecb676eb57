"""The lake's dwells and visits beside those of `aislewise replay` on the lake's own pings: equal to the bit."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.parquet as pq

from models import folders
from models.visits import holding
from tests.contract.world import Rows, World

NOT_OF_THE_ENGINE = ("holdout", "customer_id")


def of_the_lake(world: World, store: str, before_ms: int) -> dict[str, Rows]:
    """Rows of dwells and visits as they hold."""
    visits, dwells = holding(folders.at(world.settings.lake))
    return _before({"dwells": dwells, "visits": visits}, store, before_ms)


def by_replay(world: World, store: str, before_ms: int) -> dict[str, Rows]:
    """The same of the lake's pings."""
    out = world.folder / f"replayed-{store}"
    plan = folders.at(world.settings.plans) / f"{store}.geojson"
    silence = ("--silence", world.settings.silence_seconds)
    world.aislewise("replay", "--plan", plan, "--pings", world.settings.lake, "--out", out, *silence)
    return _before({name: pq.read_table(out / f"{name}.parquet") for name in ("dwells", "visits")}, store, before_ms)


def assert_same(world: World, store: str, before_ms: int) -> dict[str, Rows]:
    """What both have."""
    replayed, stored = by_replay(world, store, before_ms), of_the_lake(world, store, before_ms)
    for name, rows in replayed.items():
        assert stored[name] == rows, name
    return replayed


def _before(tables: Mapping[str, pa.Table], store: str, before_ms: int) -> dict[str, Rows]:
    """Without the visits that began at `before_ms` or later: the worker may have ended them or not."""
    rows = {name: _sorted(table, store) for name, table in tables.items()}
    late = {row["visit_id"] for row in rows["visits"] if row["first_ts"].timestamp() * 1000 >= before_ms}
    return {name: [row for row in found if row["visit_id"] not in late] for name, found in rows.items()}


def _sorted(table: pa.Table, store: str) -> Rows:
    kept = table.drop_columns([name for name in NOT_OF_THE_ENGINE if name in table.column_names])
    rows = [row for row in kept.to_pylist() if row["store_id"] == store]
    return sorted(rows, key=lambda row: (row["visit_id"], row.get("kind") or "", row.get("zone_id") or ""))
