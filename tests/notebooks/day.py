"""A small lake with two nights: a day without prompts, and one on which its bundle prompts half of the visits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from aislewise import simulated
from models import bundle, folders, ids, lake
from models.keys import LakeFile
from models.recommender.decide import decide
from models.recommender.situation import Past, Situation
from models.records import PINGS, rows_to_table
from simulation.day import Day
from simulation.store import DEFAULT_TODAY_MS, Store
from tests.aislewise.command import run
from tests.training.toy import DAY_MS
from training import nightly

LOOKED_S, LENGTH_S, SHOPPERS = 20.0, 1800.0, 40


@dataclass(frozen=True)
class Folders:
    lake: Path
    bundles: Path
    plans: Path


def two_days(folder: Path) -> Folders:
    """By the simulation, `aislewise replay` and the night."""
    made = Folders(folder / "lake", folder / "bundles", folder / "plans")
    store = Store.build(1)
    for number in range(2):
        day, out = Day(store, number, DEFAULT_TODAY_MS + number * DAY_MS, LENGTH_S, SHOPPERS), folder / f"day{number}"
        simulated.write(out, store, [day])
        folders.write(made.plans / "S1.geojson", (out / "plan.geojson").read_bytes())
        words = ("replay", "--plan", out / "plan.geojson", "--pings", out / "pings.parquet", "--out", out)
        code, _, err = run(*words, cwd=folder)
        assert code == 0, err
        if number:
            prompts, outcomes = prompted(made, day, out)
            simulated.write(out, store, [day])
            keep(made.lake, "prompts", number, rows_to_table("prompts", prompts))
            keep(made.lake, "outcomes", number, rows_to_table("outcomes", outcomes))
        for table in ("purchases", "checkins", "visits", "dwells", "pings"):
            keep(made.lake, table, number, pq.read_table(out / f"{table}.parquet"))
        for table in ("products", "offers", "stock"):
            lake.write(made.lake / f"{table}.parquet", pq.read_table(out / f"{table}.parquet"))
        nightly.run(made.lake, made.bundles, made.plans)
    return made


def prompted(made: Folders, day: Day, out: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What the champion prompts at each first look of LOOKED_S, and what the shoppers say; all tablets look."""
    path = bundle.latest(made.bundles)
    assert path is not None
    champion = bundle.load(path)
    prompts, outcomes = [], []
    for visit, device, ts, department, display, dwell in looks(out):
        held = ids.uniform("", "holdout", visit) < 0.5
        here = Situation(
            f"{visit[:8]}{len(prompts):08x}", visit, "S1", ts, "display", display, dwell=dwell, department=department
        )
        decided = decide(here, champion, champion.catalog, Past(), slots=1, explore=0.3, prompts_per_visit=5)[0]
        row = decided.row(held, False)
        prompts.append(row)
        if row["shown"]:
            said = day.react(device, 0, 0, ts, row["sku"], row["offer_id"]).kind
            kinds = ("shown",) if said == "ignored" else ("shown", said)
            base = {name: row[name] for name in ("prompt_id", "store_id", "visit_id", "ts")}
            outcomes += [{**base, "outcome_id": f"{row['prompt_id']}-{kind}", "kind": kind} for kind in kinds]
    return prompts, outcomes


def looks(out: Path) -> Iterator[tuple[str, str, int, str, str, dict[str, float]]]:
    """(visit, device, ts, department, display, dwell so far) where a display's live time passes LOOKED_S."""
    visit = {row["device_id"]: row["visit_id"] for row in pq.read_table(out / "visits.parquet").to_pylist()}
    zones = pq.read_table(out / "zones.parquet")
    zones = zones.set_column(zones.schema.get_field_index("ts"), "ts", zones.column("ts").cast(pa.int64()))
    device, before, dwell = "", 0, dict[str, float]()
    for row in zones.sort_by([("device_id", "ascending"), ("ts", "ascending")]).to_pylist():
        if row["device_id"] != device:
            device, before, dwell = row["device_id"], row["ts"], {}
        lasted, before = (row["ts"] - before) / 1000, row["ts"]
        display, passed = row["display"], dwell.get(row["display"], 0.0)
        for zone in filter(None, (row["department"], display)):
            dwell[zone] = dwell.get(zone, 0.0) + lasted
        if display and passed < LOOKED_S <= dwell[display]:
            yield visit[device], device, row["ts"], row["department"], display, dict(dwell)


def keep(root: Path, table: str, number: int, rows: pa.Table) -> None:
    """As the history worker names the day's file."""
    if table == "pings":
        for name in ("partition", "offset", "row"):
            field = PINGS.field(name)
            rows = rows.append_column(field, pa.array(np.arange(len(rows)) * (name == "row"), field.type))
    date = datetime.fromtimestamp(DEFAULT_TODAY_MS / 1000 + number * 86_400, UTC).date().isoformat()
    lake.write(root / LakeFile(table, date, 0, 0, len(rows)).path, rows)
