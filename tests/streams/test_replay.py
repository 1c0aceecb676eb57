"""A replay in small batches and bounded memory equals one that takes everything at once, whatever arrives when."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from models import floorplan
from models.plans import StorePlans
from streams.replay.columns import PINGS
from streams.replay.run import Replay, replaying
from streams.replay.waiting import ROW
from tests.streams.toy import FEATURES, plan_bytes
from tests.streams.whole import Whole

MINUTE = 60_000
KEYS = {"visits": ("visit_id",), "dwells": ("visit_id", "kind", "zone_id")}


def plans() -> StorePlans:
    """The second version holds from the next midnight on; there the boots are sandals."""
    new = [{**one, "properties": {**one["properties"]}} for one in FEATURES]
    new[2]["properties"]["id"] = "sandals"
    drawn = [floorplan.parse(plan_bytes()), floorplan.parse(plan_bytes(new))]
    return StorePlans([(date.min, drawn[0]), (date(2026, 9, 22), drawn[1])])


STEPS_MS = {300: 0.3, 2_000: 0.6, 9_000: 0.04, 299_000: 0.02, 300_000: 0.02, 75 * MINUTE: 0.02}
"""How long after its last ping a phone sends the next, and how likely."""


def stream(seed: int, pings: int, phones: int) -> pa.RecordBatch:
    """Half a day around midnight in the order of arrival: walks with pauses, late pings, copies early and late."""
    rng = np.random.default_rng(seed)
    times = rng.integers(0, 60 * MINUTE, phones) + plans().starts_ms[1] - 240 * MINUTE
    places = np.full((phones, 2), 10.0)
    rows: list[tuple[int, dict[str, Any]]] = []
    for phone in rng.integers(0, phones, pings).tolist():
        times[phone] += rng.choice(list(STEPS_MS), p=list(STEPS_MS.values()))
        places[phone] = np.clip(places[phone] + rng.normal(0, 2, 2), 0, 60)
        ts = int(times[phone])
        rows.append((ts + int(rng.exponential(900)), _row(phone, ts, places[phone].tolist(), rng)))
    for at in rng.integers(0, len(rows), len(rows) // 8).tolist():
        arrival, row = rows[at]
        ts = row["ts"] - int(rng.choice([0, 0, 1, 3_000, 3_001, 60_000]))
        delay = int(rng.choice([0, 100, 5_000, 40 * MINUTE, 300 * MINUTE]))
        rows.append((arrival + delay, {**row, "ts": ts, "x_m": row["x_m"] + 1}))
    rows.sort(key=lambda one: one[0])
    columns = [pa.array([row[field.name] for _, row in rows], field.type) for field in PINGS]
    return pa.record_batch(columns, schema=PINGS)


def _row(phone: int, ts: int, place: Sequence[float], rng: np.random.Generator) -> dict[str, Any]:
    return {
        "store_id": "S2" if rng.random() < 0.03 else "S1",
        "device_id": f"phone {phone}",
        "ts": ts,
        "x_m": math.nan if rng.random() < 0.01 else place[0],
        "y_m": place[1],
        "floor": int(rng.random() < 0.05),
        "sigma_m": None if rng.random() < 0.1 else 1.5,
    }


def replayed(
    pings: pa.RecordBatch, folder: Path, cuts: Sequence[int], at_once: int
) -> tuple[Replay, Mapping[str, pa.Table]]:
    with replaying(plans(), 300.0, folder, at_once) as done:
        for start, stop in zip([0, *cuts], [*cuts, len(pings)], strict=True):
            done.take(pings.slice(start, stop - start))
        done.finish()
    return done, {name: pq.read_table(folder / f"{name}.parquet") for name in ("zones", "dwells", "visits")}


def rows_of(table: pa.Table, name: str) -> list[Mapping[str, Any]]:
    times = [(field.name, pa.int64()) for field in table.schema if field.name in ("first_ts", "last_ts")]
    for column, kind in times:
        table = table.set_column(table.schema.get_field_index(column), column, table.column(column).cast(kind))
    return sorted(table.to_pylist(), key=lambda row: [row[key] for key in KEYS[name]])


@pytest.mark.parametrize(("seed", "at_once"), [(1, 64), (2, 257), (3, 5), (4, 65_536)])
def test_it_equals_everything_at_once_to_the_bit(tmp_path: Path, seed: int, at_once: int) -> None:
    pings = stream(seed, 3_000, 12)
    cuts = sorted(np.random.default_rng(seed).integers(0, len(pings), 40).tolist())
    done, found = replayed(pings, tmp_path, cuts, at_once)
    whole = Whole(plans(), pings, 300.0)
    assert found["zones"].to_pylist() == whole.zones
    for name, rows in (("visits", whole.visits), ("dwells", whole.dwells)):
        assert rows_of(found[name], name) == sorted(rows, key=lambda row: [row[key] for key in KEYS[name]]), name
    counts = (done.foreign, done.nowhere, done.copies, done.late)
    assert counts == (whole.foreign, whole.nowhere, whole.copies, whole.late)
    assert all(count > 0 for count in counts)
    assert {row["plan_version"] for row in whole.dwells} == {plan.version for _, plan in plans().versions}


def test_rows_stand_in_the_same_order_however_the_input_was_cut(tmp_path: Path) -> None:
    pings = stream(5, 2_000, 12)
    one = replayed(pings, tmp_path / "one", [], 128)[1]
    assert all(
        one[name].equals(other) for name, other in replayed(pings, tmp_path / "two", [7, 7, 900], 128)[1].items()
    )


def test_what_is_settled_is_written_while_others_are_still_to_come(tmp_path: Path) -> None:
    pings = stream(6, 3_000, 12)
    with replaying(plans(), 300.0, tmp_path, 64) as done:
        done.take(pings)
        assert done.tables["zones"].rows > len(pings) / 2
        assert done.tables["visits"].rows > 20
        assert len(done._engine.slots()) < 12
        # a block's place is used again when its rows are written
        assert os.fstat(done._waiting._file.fileno()).st_size < len(pings) / 2 * ROW.itemsize
        done.finish()


def test_a_replay_that_fails_leaves_the_results_before_it(tmp_path: Path) -> None:
    pings = stream(7, 500, 3)
    before = replayed(pings, tmp_path, [], 64)[1]
    with pytest.raises(ZeroDivisionError), replaying(plans(), 300.0, tmp_path, 64) as done:
        done.rows = done.rows // 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dwells.parquet", "visits.parquet", "zones.parquet"]
    assert pq.read_table(tmp_path / "zones.parquet").equals(before["zones"])
