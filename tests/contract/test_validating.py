"""`aislewise validate`: the lake of a system at work is sound, and each of many corruptions is found and named."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from simulation.store import DEFAULT_TODAY_MS
from tests.aislewise.command import refused, run
from tests.contract import groceries
from tests.contract.plan import BOOTS, small
from tests.contract.world import World
from tests.serving.client import bearer, until

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300)]

STORE, SILENCE_S = "S1", 8.0


@pytest.fixture(scope="module")
def lake(build: Callable[..., World]) -> Path:
    """Six shoppers stand at boots for a minute, all are prompted, one accepts and buys; a receipt of nobody."""
    world = build({STORE: small(STORE)}, silence_seconds=SILENCE_S, holdout=0, max_age_seconds=1e10, explore=0.0)
    boots = [groceries.Item(f"boot {number}", "boots", "Shoes") for number in range(6)]
    world.aislewise("catalog", "import", "--products", groceries.catalogue(world.folder / "p.csv", [boots]))
    offer = "offer_id,kind,category,discount,starts,ends\nO1,clearance,boots,0.3,2020-01-01,2030-01-01\n"
    (world.folder / "o.csv").write_text(offer)
    world.aislewise("catalog", "import", "--offers", world.folder / "o.csv")
    for second in range(0, 60, 2):
        world.send(STORE, [ping(f"phone {number}", second + number / 10) for number in range(6)])
    until(lambda: len(world.stream(STORE)) >= 6, 30)
    for _, prompt_id in world.stream(STORE):
        for kind in ("shown", "declined"):
            headers = bearer(STORE) | {"Idempotency-Key": f"{prompt_id} {kind}"}
            answer = world.tablet.post(f"/v1/prompts/{prompt_id}/outcome", json={"kind": kind}, headers=headers)
            assert answer.status_code == 202
    for number in range(2):
        line = {"sku": "boot 1", "quantity": 1, "amount": 20.0}
        receipt = {"store_id": STORE, "receipt_id": f"R{number}", "ts": DEFAULT_TODAY_MS + 70_000, "lines": [line]}
        assert world.call("purchases", STORE, receipt).status_code == 202
    world.send(STORE, [ping("end", 100)])
    world.settle()
    until(lambda: len(world.rows("visits")) >= 6 and world.rows("dwells"), 20)
    return Path(world.settings.lake)


def ping(device: str, second: float) -> dict[str, Any]:
    ts = DEFAULT_TODAY_MS + round(second * 1000)
    return {"device_id": device, "ts": ts, "x_m": BOOTS[0], "y_m": BOOTS[1], "sigma_m": 0.5}


def validated(folder: Path, code: int) -> list[str]:
    found, out, err = run("validate", folder, "--json", cwd=folder)
    assert (found, err) == (code, "")
    return [one["what"] for one in json.loads(out)]


def test_the_lake_of_a_system_at_work_is_sound(lake: Path) -> None:
    assert validated(lake, 0) == []
    code, out, _ = run("validate", lake, cwd=lake)
    assert code == 0
    assert b"sound" in out


def test_what_is_no_lake_is_said_in_a_line(tmp_path: Path) -> None:
    assert "is no lake" in refused("validate", tmp_path, cwd=tmp_path)


def first(folder: Path, table: str) -> Path:
    return min((folder / table).rglob("*.parquet"))


def rewrite(folder: Path, table: str, change: Callable[[pa.Table], pa.Table]) -> None:
    path = first(folder, table)
    pq.write_table(change(pq.read_table(path, partitioning=None)), path)


def changed(column: str, change: Callable[[Any], Any]) -> Callable[[pa.Table], pa.Table]:
    """Other values in a column."""

    def with_them(table: pa.Table) -> pa.Table:
        at = table.schema.get_field_index(column)
        field = table.schema.field(at)
        return table.set_column(
            at, field, pa.array([change(value) for value in table.column(at).to_pylist()], field.type)
        )

    return with_them


def twice(table: pa.Table) -> pa.Table:
    return pa.concat_tables([table, table.slice(0, 1)])


def cut(folder: Path) -> None:
    path = first(folder, "visits")
    path.write_bytes(path.read_bytes()[:100])


def rename(folder: Path) -> None:
    """The offsets that a file says it has are others."""
    path = first(folder, "pings")
    path.rename(path.with_name("pings-0-900000-900001.parquet"))


def overlap(folder: Path) -> None:
    path = first(folder, "prompts")
    name, partition, low, high = path.stem.split("-")
    shutil.copy(path, path.with_name(f"{name}-{partition}-{int(low) + 1}-{int(high) + 1}.parquet"))


def move(folder: Path) -> None:
    """To the day before."""
    path = first(folder, "outcomes")
    other = path.parent.with_name("date=2001-01-01")
    other.mkdir()
    path.rename(other / path.name)


CORRUPTIONS: dict[str, tuple[Callable[[Path], None], str]] = {
    "a file cut off": (cut, "a file can be read as its table"),
    "a column gone": (
        lambda folder: rewrite(folder, "dwells", lambda table: table.drop_columns(["zone_id"])),
        "a file can be read as its table",
    ),
    "other offsets": (rename, "pings lie in the file that is named for their offsets"),
    "offsets twice": (overlap, "no two files of a partition and date have offsets in common"),
    "another day": (move, "rows lie in the folder of their date"),
    "a ping twice": (lambda folder: rewrite(folder, "pings", twice), "a ping is there once"),
    "a prompt twice": (lambda folder: rewrite(folder, "prompts", twice), "a prompt is decided once"),
    "an outcome twice": (lambda folder: rewrite(folder, "outcomes", twice), "an outcome is there once"),
    "pings lost": (
        lambda folder: rewrite(folder, "pings", lambda table: table.slice(0, 1)),
        "a visit's pings are there",
    ),
    "an outcome of nothing": (
        lambda folder: rewrite(folder, "outcomes", changed("prompt_id", lambda _: "nothing-0")),
        "an outcome is of a prompt",
    ),
    "a dwell of nobody": (
        lambda folder: rewrite(folder, "dwells", changed("visit_id", lambda _: "0" * 16)),
        "a dwell is of a visit",
    ),
    "a propensity above 1": (
        lambda folder: rewrite(folder, "prompts", changed("propensity", lambda _: 1.5)),
        "what was prompted was a candidate, and the candidates' propensities sum to 1",
    ),
    "held out and shown": (
        lambda folder: rewrite(folder, "prompts", changed("holdout", lambda _: True)),
        "nobody who is held out was shown a prompt",
    ),
    "an hour too much": (
        lambda folder: rewrite(folder, "dwells", changed("live_s", lambda live_s: live_s + 3600)),
        "departments have no more time than the visit",
    ),
    "outside its interval": (
        lambda folder: rewrite(folder, "dwells", changed("upper_s", lambda _: 0.0)),
        "seconds lie in their interval, and time in its order",
    ),
}


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_a_corruption_is_found(lake: Path, tmp_path: Path, name: str) -> None:
    corrupt, what = CORRUPTIONS[name]
    folder = Path(shutil.copytree(lake, tmp_path / "lake"))
    corrupt(folder)
    assert what in validated(folder, 1)
