"""Whether a lake is sound: every file as its schema says, nothing twice, nothing without what it belongs to.

Each check is one query of DuckDB, which answers a text for each offence. Files are read one by one, by us.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from models import folders, lake
from models.errors import InputError
from models.folders import AnyPath
from models.keys import LakeFile
from models.records import TABLES
from models.visits import holding


@dataclass(frozen=True)
class Check:
    """What holds in a sound lake, and a query for what does not: one text a row."""

    holds: str
    query: str
    tables: tuple[str, ...]

    def offences(self, db: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyRelation:
        return db.sql(self.query)


@dataclass(frozen=True)
class Once:
    """What is there once by its key."""

    holds: str
    table: str
    key: tuple[str, ...]

    @property
    def tables(self) -> tuple[str, ...]:
        return (self.table,)

    def offences(self, db: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyRelation:
        names = ", ".join(f'"{name}"' for name in self.key)
        twice = db.view(self.table).aggregate(f"{names}, count(*) as times", names).filter("times > 1").order(names)
        return twice.project(f"concat_ws(' ', {names})")


@dataclass(frozen=True)
class Fault:
    """What does not hold, how often, and the first place."""

    what: str
    count: int
    example: str


CHECKS: tuple[Check | Once, ...] = (
    Once("a ping is there once", "pings", ("store_id", "device_id", "ts")),
    Once("a row of Kafka is there once", "pings", ("partition", "offset", "row")),
    Once("a visit is listed once with as many pings", "visits", ("store_id", "visit_id", "pings")),
    Once("a dwell is listed once with as many pings", "dwells", ("store_id", "visit_id", "kind", "zone_id", "pings")),
    Once("a moment is there once", "moments", ("store_id", "moment_id")),
    Once("a prompt is decided once", "prompts", ("prompt_id",)),
    Once("an outcome is there once", "outcomes", ("prompt_id", "outcome_id")),
    Check(
        "a receipt has one time",
        "select store_id || ' ' || receipt_id from purchases group by store_id, receipt_id"
        " having count(distinct ts) > 1 order by 1",
        ("purchases",),
    ),
    Check(
        "an outcome is of a prompt",
        "select prompt_id || ' ' || outcome_id from outcomes anti join prompts using (prompt_id) order by 1",
        ("outcomes", "prompts"),
    ),
    Check(
        "a prompt is of a moment",
        "select prompt_id from prompts anti join moments using (store_id, moment_id) order by 1",
        ("prompts", "moments"),
    ),
    Check(
        "a dwell is of a visit",
        "select distinct store_id || ' ' || visit_id from dwells anti join visits using (store_id, visit_id)"
        " order by 1",
        ("dwells", "visits"),
    ),
    Check(
        "nobody who is held out was shown a prompt",
        "select prompt_id from prompts where holdout and shown order by 1",
        ("prompts",),
    ),
    Check(
        "what was prompted was a candidate, and the candidates' propensities sum to 1",
        "select prompt_id from prompts where not propensity between 0 and 1"
        " or (sku is not null and len(candidates) > 0 and not list_contains(candidates, sku))"
        " or (candidate_propensities is not null and len(candidates) > 0 and"
        " (len(candidate_propensities) <> len(candidates) or abs(list_sum(candidate_propensities) - 1) > 1e-6))"
        " order by 1",
        ("prompts",),
    ),
    Check(
        "seconds lie in their interval, and time in its order",
        "select store_id || ' ' || visit_id || ' ' || zone_id from dwells where live_s < 0 or lower_s < 0"
        " or lower_s > dwell_s + 0.001 or dwell_s > upper_s + 0.001 or first_ts > last_ts order by 1",
        ("dwells",),
    ),
    Check(
        "departments have no more time than the visit",
        "select v.store_id || ' ' || v.visit_id from held_visits v join held_dwells d using (store_id, visit_id)"
        " where d.kind = 'department' group by v.store_id, v.visit_id, v.first_ts, v.last_ts"
        " having greatest(sum(d.dwell_s), sum(d.live_s)) >"
        " date_diff('millisecond', v.first_ts, v.last_ts) / 1000 + 0.001 order by 1",  # it adds up to a millisecond
        ("held_visits", "held_dwells"),
    ),
    Check(
        "a visit's pings are there",
        "select v.store_id || ' ' || v.visit_id from held_visits v"
        " join (select store_id, min(ts) as first from pings group by store_id) s using (store_id)"
        " left join pings p on p.store_id = v.store_id and p.device_id = v.device_id"
        " and p.ts between v.first_ts and v.last_ts"
        " where v.first_ts >= s.first and v.pings is not null"
        " group by v.store_id, v.visit_id, v.pings having count(p.ts) < v.pings order by 1",
        ("held_visits", "pings"),
    ),
)


def faults(root: AnyPath, track: Callable[[Sequence[AnyPath]], Iterable[AnyPath]] = lambda files: files) -> list[Fault]:
    """Of files first; where one cannot be read, nothing else is looked at. `track` goes through the files."""
    paths = [path for table in TABLES for path in lake.files(root, table)]
    broken = [fault for path in track(paths) for fault in _of_file(root, path)]
    broken += _overlaps(root)
    return _summed(broken) if any(fault.what == READABLE for fault in broken) else _summed(broken) + _of_rows(root)


READABLE = "a file can be read as its table"
DATED = "rows lie in the folder of their date"
PLACED = "pings lie in the file that is named for their offsets"
APART = "no two files of a partition and date have offsets in common"
OF_FILES = (READABLE, DATED, PLACED, APART)


def _of_file(root: AnyPath, path: AnyPath) -> Iterator[Fault]:
    where = folders.below(root, path)
    table = where.parts[0].removesuffix(".parquet")
    name = LakeFile.parse(str(where))
    try:
        rows = lake.read_file(path, table)
    except InputError as error:
        yield Fault(READABLE, 1, str(error))
        return
    if name is None or not len(rows):
        return
    dates = pc.strftime(rows.column(TABLES[table].date_column), format="%Y-%m-%d")
    if wrong := pc.sum(pc.not_equal(dates, name.date)).as_py():
        yield Fault(DATED, wrong, str(where))
    if table == "pings" and (wrong := pc.sum(pc.invert(_named(rows, name))).as_py()):
        yield Fault(PLACED, wrong, str(where))


def _named(pings: pa.Table, name: LakeFile) -> pa.ChunkedArray:
    offset, partition = pings.column("offset"), pings.column("partition")
    within = pc.and_(pc.greater_equal(offset, name.first), pc.less_equal(offset, name.last))
    return pc.and_(within, pc.equal(partition, name.partition))


def _overlaps(root: AnyPath) -> Iterator[Fault]:
    """Of those that readers take: what another file spans is none of them."""
    for table in TABLES:
        named = (LakeFile.parse(str(folders.below(root, path))) for path in lake.files(root, table))
        for one, other in pairwise(sorted(filter(None, named))):
            if one[:3] == other[:3] and other.first <= one.last:
                yield Fault(APART, 1, f"{one.path} and {other.path}")


def _summed(found: Iterable[Fault]) -> list[Fault]:
    """One of each kind."""
    kinds: dict[str, Fault] = {}
    for one in found:
        before = kinds.get(one.what)
        kinds[one.what] = Fault(one.what, before.count + one.count, before.example) if before else one
    return list(kinds.values())


def _of_rows(root: AnyPath) -> list[Fault]:
    there = {table for table in TABLES if lake.exists(root, table)}
    with duckdb.connect() as db:
        db.execute("set timezone = 'UTC'")
        for table in there:
            _see(db, root, table)
        if {"visits", "dwells"} <= there:
            for name, held in zip(("held_visits", "held_dwells"), holding(root), strict=True):
                db.register(name, held)
            there |= {"held_visits", "held_dwells"}
        asked = [check for check in CHECKS if there >= set(check.tables)]
        return [fault for check in asked if (fault := _ask(db, check))]


def _see(db: duckdb.DuckDBPyConnection, root: AnyPath, table: str) -> None:
    """A view of the table's files; columns that a file lacks are null."""
    paths = lake.files(root, table)
    columns = set(TABLES[table].schema.names)
    if not all(isinstance(path, Path) for path in paths):
        db.register(table, lake.read(root, table))
        return
    seen = db.read_parquet([str(path) for path in paths], union_by_name=True, hive_partitioning=False)
    more = "".join(f', null as "{name}"' for name in sorted(columns - set(seen.columns)))
    seen.project(f"*{more}").create_view(table)


def _ask(db: duckdb.DuckDBPyConnection, check: Check | Once) -> Fault | None:
    found = check.offences(db).fetchall()
    return Fault(check.holds, len(found), found[0][0]) if found else None
