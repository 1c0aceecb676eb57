"""`aislewise replay` as an analyst runs it: files of any of the forms go in, three tables come out."""

from __future__ import annotations

import json
import math
import os
import shutil
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from models.keys import LakeFile
from models.records import PINGS, TS
from tests.aislewise.command import refused, run, start
from tests.streams.toy import FEATURES, T0, plan_bytes

TABLES = ("zones", "dwells", "visits")
BOOTS, BOOKS, FAR = (10.0, 10.0), (30.0, 12.0), (1e300, -1e300)
SIGMA_M = 0.3


class Ping(NamedTuple):
    """`at` is seconds after T0."""

    device_id: str
    at: float
    x_m: float
    y_m: float
    store_id: str = "S1"

    @property
    def ts(self) -> int:
        return T0 + round(self.at * 1000)


@dataclass(frozen=True)
class Results:
    """What a replay wrote, and the line that it ended with."""

    zones: pa.Table
    dwells: pa.Table
    visits: pa.Table
    said: str
    out: Path


WALK = [Ping("anna", 2 * i, *(BOOTS if i < 30 else BOOKS)) for i in range(60)]
WALK[45:45] = [Ping("anna", 80.5, *BOOTS)]
"""A minute at the boots, a minute at the books, and a ping that is 7.5 s late."""
LATE = 45
OTHERS = [Ping("ben", 2 * i, 10, 18) for i in range(20)]
ALL = [ping for pair in zip(WALK[:20], OTHERS, strict=True) for ping in pair] + WALK[20:]


def table(pings: Sequence[Ping], ts: pa.DataType = TS, **more: pa.Array) -> pa.Table:
    """The columns that have to be there, and more."""
    columns = {name: [getattr(ping, name) for ping in pings] for name in ("store_id", "device_id", "x_m", "y_m")}
    times = pa.array([ping.ts for ping in pings], pa.int64())
    times = times if pa.types.is_integer(ts) else times.cast(pa.timestamp("ms")).cast(pa.timestamp(ts.unit)).cast(ts)
    return pa.table({**columns, "ts": times, **more})


def parquet(path: Path, pings: Sequence[Ping]) -> Path:
    number = len(pings)
    sigma, floor = pa.array([SIGMA_M] * number), pa.array([0] * number, pa.int16())
    pq.write_table(table(pings, sigma_m=sigma, floor=floor), path)
    return path


def ndjson(pings: Iterable[Ping]) -> bytes:
    rows = ({**ping._asdict(), "ts": ping.ts, "sigma_m": SIGMA_M} for ping in pings)
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def replayed(pings: Path | str, folder: Path, given: bytes = b"") -> Results:
    (folder / "plan.geojson").write_bytes(plan_bytes())
    out = folder / "out"
    code, _, said = run(
        "replay", "--plan", folder / "plan.geojson", "--pings", pings, "--out", out, cwd=folder, given=given
    )
    assert code == 0, said
    assert sorted(path.name for path in out.iterdir()) == sorted(f"{name}.parquet" for name in TABLES)
    return Results(*(pq.read_table(out / f"{name}.parquet") for name in TABLES), said, out)


def same(one: Results, other: Results) -> bool:
    return all(getattr(one, name).equals(getattr(other, name)) for name in TABLES)


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """The replay of ALL from Parquet; other forms have to give the same."""
    folder = tmp_path_factory.mktemp("walk")
    return replayed(parquet(folder / "pings.parquet", ALL), folder)


def test_zones_have_a_row_a_ping_in_the_order_of_arrival(walk: Results) -> None:
    assert walk.zones.column("device_id").to_pylist() == [ping.device_id for ping in ALL]
    assert walk.zones.column("ts").cast(pa.int64()).to_pylist() == [ping.ts for ping in ALL]
    assert walk.zones.schema.field("ts").type == TS


def test_zones_say_where_the_phone_was_and_nothing_of_a_late_ping(walk: Results) -> None:
    anna = [row for row in walk.zones.to_pylist() if row["device_id"] == "anna"]
    assert {row["department"] for row in anna[:25]} == {"shoes"}
    assert [row["display"] for row in anna[20:25]] == ["boots"] * 5
    assert {(row["department"], row["display"]) for row in anna[-10:]} == {("books", None)}
    late = anna[LATE]
    assert [late[name] for name in ("department", "department_p", "display", "display_p")] == [None] * 4
    others = [row for row in anna if row is not late]
    assert all(0 <= row["department_p"] <= 1 and 0 <= row["display_p"] <= 1 for row in others)
    assert "81 pings, 2 visits" in walk.said
    assert "1 late" in walk.said


def test_dwells_and_visits_add_up(walk: Results) -> None:
    visits = {row["device_id"]: row for row in walk.visits.to_pylist()}
    assert {name: row["pings"] for name, row in visits.items()} == {"anna": 60, "ben": 20}
    assert (visits["anna"]["last_ts"] - visits["anna"]["first_ts"]).total_seconds() == 118
    dwells = {(row["device_id"], row["zone_id"]): row for row in walk.dwells.to_pylist()}
    assert set(dwells) == {("anna", "shoes"), ("anna", "books"), ("anna", "boots"), ("ben", "shoes")}
    for zone in ("shoes", "books", "boots"):
        row = dwells["anna", zone]
        # nobody goes thirty metres in two seconds: where they are meanwhile is not known at once
        assert row["dwell_s"] == pytest.approx(59, abs=8)
        assert 0 <= row["lower_s"] <= row["dwell_s"] <= row["upper_s"] <= 118
        assert row["visit_id"] == visits["anna"]["visit_id"]
    assert dwells["ben", "shoes"]["dwell_s"] == pytest.approx(38, abs=1)


def test_ndjson_from_standard_input_gives_the_same(walk: Results, tmp_path: Path) -> None:
    assert same(replayed("-", tmp_path, ndjson(ALL).replace(b"\n", b"\n\n")), walk)


def test_a_file_is_what_its_first_bytes_say(walk: Results, tmp_path: Path) -> None:
    (tmp_path / "pings.txt").write_bytes(ndjson(ALL))
    assert same(replayed("pings.txt", tmp_path), walk)
    assert same(replayed(parquet(tmp_path / "pings.dat", ALL), tmp_path), walk)


def test_a_folder_is_read_at_any_depth_but_for_hidden_names(walk: Results, tmp_path: Path) -> None:
    for name, rows in {"a.parquet": ALL[:30], "b/c/d.parquet": ALL[30:]}.items():
        (tmp_path / "folder" / name).parent.mkdir(parents=True, exist_ok=True)
        parquet(tmp_path / "folder" / name, rows)
    for name in ("_SUCCESS.parquet", ".a.parquet.7", "_temporary/0/a.parquet", "b/.old/a.parquet"):
        (tmp_path / "folder" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "folder" / name).write_bytes(b"half a file")
    assert same(replayed(tmp_path / "folder", tmp_path), walk)


def test_later_versions_beside_the_plan_hold_from_their_dates(walk: Results, tmp_path: Path) -> None:
    """One phone at one place: on the day of the new plan, the display there is another one."""
    new = [{**one, "properties": {**one["properties"]}} for one in FEATURES]
    for one in new:
        if one["properties"]["id"] == "boots":
            one["properties"]["id"] = "sandals"
    plans = {"S1": plan_bytes(), "S1@2026-09-22": plan_bytes(new), "S10": b"broken", "S1@2026-09-22.old": b"broken"}
    for name, drawn in plans.items():
        (tmp_path / (f"{name}.geojson" if not name.endswith("old") else name)).write_bytes(drawn)
    days = [[Ping("anna", day * 86_400 + 2 * i, *BOOTS) for i in range(30)] for day in (0, 1)]
    pings = parquet(tmp_path / "p.parquet", [*days[0], *days[1]])
    code, _, said = run("replay", "--plan", "S1.geojson", "--pings", pings, "--out", "out", cwd=tmp_path)
    assert code == 0, said
    displays = pq.read_table(tmp_path / "out" / "zones.parquet").column("display").to_pylist()
    assert (set(displays[10:30]), set(displays[40:60])) == ({"boots"}, {"sandals"})
    dwells = pq.read_table(tmp_path / "out" / "dwells.parquet").to_pylist()
    versions = {row["zone_id"]: row["plan_version"] for row in dwells if row["kind"] == "display"}
    assert versions == {
        "boots": sha256(plans["S1"]).hexdigest()[:8],
        "sandals": sha256(plans["S1@2026-09-22"]).hexdigest()[:8],
    }


def test_a_lake_gives_the_same_whatever_its_files_order(walk: Results, tmp_path: Path) -> None:
    whole = _lake_rows(ALL)
    lake = tmp_path / "lake"
    for name, rows in {
        LakeFile("pings", "2026-09-21", 0, 0, 2).path: whole.slice(0, 30).take(list(range(29, -1, -1))),
        LakeFile("pings", "2026-09-21", 0, 10, 11).path: whole.slice(30),
        LakeFile("pings", "2026-09-21", 0, 1, 2).path: whole.slice(10, 20),
        "pings/date=2026-09-21/.pings-0-99-99.parquet.7": whole,
        "pings/_old/pings.parquet": whole,
    }.items():
        (lake / name).parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(rows, lake / name)
    assert same(replayed(lake, tmp_path), walk)


def test_what_is_no_ping_of_this_store_is_left_out(walk: Results, tmp_path: Path) -> None:
    """Other stores, copies (the first holds), no position."""
    nan = [Ping("anna", 1.0 + i, value, 10) for i, value in enumerate((math.nan, math.inf))]
    foreign = [Ping("anna", 3.0, *BOOKS, store_id="S2")]
    copies = [ping._replace(x_m=39.0) for ping in ALL[:5]]
    found = replayed(parquet(tmp_path / "p.parquet", [*ALL[:10], *nan, *foreign, *copies, *ALL[10:]]), tmp_path)
    assert same(found, walk)
    assert "left out: 1 of other stores, 5 copies, 2 without a position; 1 late" in found.said


def test_times_of_any_unit_and_zone_without_columns_that_may_be_missing(tmp_path: Path) -> None:
    """Six devices walk alike; a seventh has a position in between that no phone can have, which keeps its row."""
    kinds: Mapping[str, pa.DataType] = {
        "a": pa.int64(),
        "b": pa.timestamp("s"),
        "c": pa.timestamp("ms", "UTC"),
        "d": pa.timestamp("us", "Europe/Paris"),
        "e": pa.timestamp("ns"),
    }
    folder = tmp_path / "folder"
    folder.mkdir()
    steps = {name: [Ping(name, 2 * i, *BOOTS) for i in range(15)] for name in "abcdefg"}
    steps["g"].insert(10, Ping("g", 19, *FAR))
    for name, kind in kinds.items():
        pq.write_table(table(steps[name], kind), folder / f"{name}.parquet")
    more = {"floor": pa.nulls(15, pa.int64()), "sigma_m": pa.nulls(15, pa.float32())}
    pq.write_table(table(steps["f"], **more), folder / "f.parquet")
    pq.write_table(table(steps["g"]), folder / "g.parquet")
    found = replayed(folder, tmp_path)
    answers: dict[str, list[Any]] = {name: [] for name in steps}
    for row in found.zones.to_pylist():
        answers[row["device_id"]].append((round(row["ts"].timestamp() * 1000), row["department"]))
    assert all(answers[name] == [(ping.ts, "shoes") for ping in steps["a"]] for name in "abcdef")
    assert [ts for ts, _ in answers["g"]] == [ping.ts for ping in steps["g"]]
    assert answers["g"][11:] == answers["a"][10:]
    assert [row["dwell_s"] for row in found.dwells.to_pylist() if row["kind"] == "department"] == [28.0] * 7


def test_the_same_again_to_the_byte(walk: Results, tmp_path: Path) -> None:
    replayed(parquet(tmp_path / "pings.parquet", ALL), tmp_path)
    for name in TABLES:
        assert (tmp_path / "out" / f"{name}.parquet").read_bytes() == (walk.out / f"{name}.parquet").read_bytes()


def test_a_bar_on_a_terminal_and_none_in_a_pipe(walk: Results, tmp_path: Path) -> None:
    assert walk.said.count("\n") == 1
    (tmp_path / "plan.geojson").write_bytes(plan_bytes())
    ours, theirs = os.openpty()
    options = ("--plan", "plan.geojson", "--pings", parquet(tmp_path / "p.parquet", ALL), "--out", "out")
    with start("replay", *options, cwd=tmp_path, stderr=theirs) as child:
        assert child.wait(60) == 0
    shown = os.read(ours, 100_000).decode()
    os.close(ours)
    os.close(theirs)
    assert "replay" in shown
    assert "100%" in shown


def test_a_replay_that_is_killed_leaves_the_results_before_it(walk: Results, tmp_path: Path) -> None:
    (tmp_path / "plan.geojson").write_bytes(plan_bytes())
    out = tmp_path / "out"
    shutil.copytree(walk.out, out)
    with start("replay", "--plan", "plan.geojson", "--pings", "-", "--out", "out", cwd=tmp_path) as child:
        until(lambda: any(path.name.startswith(".zones") for path in out.iterdir()))
        child.kill()
    for name in TABLES:
        assert (out / f"{name}.parquet").read_bytes() == (walk.out / f"{name}.parquet").read_bytes()
    assert {path.name[0] for path in out.iterdir() if path.stem not in TABLES} <= {"."}


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


ROW = {"store_id": "S1", "device_id": "d", "ts": T0, "x_m": 1, "y_m": 2}


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([ROW, {**ROW, "ts": "yesterday"}], "row 1, field ts: 'yesterday' is not ISO 8601"),
        ([ROW, ROW, {**ROW, "store_id": 7}], "row 2, field store_id: is no store's id"),
        ([{**ROW, "store_id": "\ud800"}], "row 0, field store_id: is no store's id"),
        ([ROW, {**ROW, "device_id": "\ud800"}], "row 1, field device_id: has half of a surrogate pair"),
        ([[]], "row 0: is not an object"),
        ([ROW, "DEEP"], "row 1: is not JSON"),
    ],
)
def test_a_bad_row_of_ndjson_is_named(tmp_path: Path, lines: list[Any], said: str) -> None:
    (tmp_path / "plan.geojson").write_bytes(plan_bytes())
    given = "\n\n".join(map(json.dumps, lines)).replace('"DEEP"', "[" * 100_000).encode()
    (tmp_path / "mine.ndjson").write_bytes(given)
    line = refused(
        "replay", "--plan", "plan.geojson", "--pings", "mine.ndjson", "--out", tmp_path / "out", cwd=tmp_path
    )
    assert f"mine.ndjson, {said}" in line
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda good: good.drop_columns(["y_m"]), "field y_m: the column is missing"),
        (lambda good: _with(good, "ts", pa.array([T0, None, T0])), "row 1, field ts: is null"),
        (lambda good: _with(good, "ts", pa.array([T0, T0 + 1, 2**62])), "row 2, field ts: is not between the years"),
        (
            lambda good: good.append_column("sigma_m", pa.array([1, None, 0.0])),
            "row 2, field sigma_m: is not a positive",
        ),
        (lambda good: good.append_column("sigma_m", pa.array([1, math.inf, 1])), "row 1, field sigma_m: is not a"),
        (lambda good: _with(good, "device_id", pa.array(["d", "", "d"])), "row 1, field device_id: has not 1 to 128"),
        (lambda good: _with(good, "x_m", pa.array(["here"] * 3)), "field x_m: is string, not double"),
        (
            lambda good: _with(good, "store_id", pa.array(["S9"] * 3)),
            "field store_id: no pings of the plan's store 'S1'",
        ),
    ],
)
def test_parquet_that_cannot_be_used_is_named_by_file_and_field(tmp_path: Path, change: Any, said: str) -> None:
    (tmp_path / "plan.geojson").write_bytes(plan_bytes())
    pq.write_table(change(table([Ping("d", i, 1, 2) for i in range(3)])), tmp_path / "mine.parquet")
    line = refused(
        "replay", "--plan", "plan.geojson", "--pings", "mine.parquet", "--out", tmp_path / "out", cwd=tmp_path
    )
    assert "mine.parquet, " in line
    assert said in line
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("plan", "pings", "options", "said"),
    [
        (None, "p.parquet", (), "plan.geojson: no such file"),
        (b"{", "p.parquet", (), "plan.geojson: not JSON"),
        (plan_bytes([*FEATURES, {**FEATURES[0], "properties": {**FEATURES[0]["properties"], "id": "again"}}]),
         "p.parquet", (), "plan.geojson: departments 'shoes' and 'again' overlap by 400.00 m²"),
        (plan_bytes(), "none.ndjson", (), "none.ndjson: no such file"),
        (plan_bytes(), "p.parquet", ("--silence", "nan"), "SILENCE_SECONDS is nan"),
        (plan_bytes(), "p.parquet", ("--out", "p.parquet"), "Invalid value for '--out'"),
        (plan_bytes(), "p.parquet", ("--speed", "2"), "No such option: --speed"),
    ],
    ids=["no-plan", "no-json", "overlap", "no-pings", "silence", "out", "usage"],
)  # fmt: skip
def test_other_wrong_input_is_one_line(
    tmp_path: Path, plan: bytes | None, pings: str, options: tuple[str, ...], said: str
) -> None:
    if plan is not None:
        (tmp_path / "plan.geojson").write_bytes(plan)
    parquet(tmp_path / "p.parquet", ALL[:3])
    line = refused(
        "replay", "--plan", "plan.geojson", "--pings", pings, "--out", tmp_path / "out", *options, cwd=tmp_path
    )
    assert said in line


def _with(good: pa.Table, name: str, column: pa.Array) -> pa.Table:
    return good.set_column(good.column_names.index(name), name, column)


def _lake_rows(pings: Sequence[Ping]) -> pa.Table:
    """As the history worker would have written them: ten pings a record."""
    number = len(pings)
    more = {
        "floor": pa.array([0] * number, pa.int16()),
        "sigma_m": pa.array([SIGMA_M] * number),
        "partition": pa.array([0] * number, pa.int32()),
        "offset": pa.array([i // 10 for i in range(number)], pa.int64()),
        "row": pa.array([i % 10 for i in range(number)], pa.int32()),
    }
    return table(pings, **more).select(PINGS.names).cast(PINGS)
