"""The dwell engine over pings that lie in files: the same numbers to the bit as the worker's."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from models import folders, lake
from models.errors import FolderError, InputError
from models.folders import AnyPath
from models.keys import STORE_ID
from models.pings import Pings, rounded, rounded_sigma
from models.plans import StorePlans
from models.records import TS, YEAR_3000_MS
from streams.dwell.engine import Answers, Engine
from streams.dwell.results import ZONES, dwells_table, visits_table
from streams.gateway.rows import LONGEST_DEVICE_ID, read

CHUNK = 65_536
_COLUMNS = {"store_id": pa.string(), "device_id": pa.string(), "ts": TS, "x_m": pa.float64(), "y_m": pa.float64()}
_OPTIONAL = {"floor": pa.int16(), "sigma_m": pa.float64()}
_ORDER = ("partition", "offset", "row")
_PARQUET = b"PAR1"
"""What a file of Parquet begins with."""


@dataclass(frozen=True)
class Replayed:
    """What `aislewise replay` writes, and what it left out."""

    zones: pa.Table
    dwells: pa.Table
    visits: pa.Table
    late: int
    copies: int
    nowhere: int
    """Pings without a finite position."""


def read_pings(path: AnyPath, text: Iterable[bytes] | None = None) -> pa.Table:
    """Pings in the order of arrival from Parquet, NDJSON, a folder of Parquet or a lake; `text` is NDJSON instead.

    Columns: store_id, device_id (dictionary), ts, x_m, y_m, floor, sigma_m. Raises InputError with file, row, field.
    """
    if text is not None:
        return _from_ndjson(text, path)
    if path.is_dir():
        parts = [_from_parquet(one) for one in _parquet_files(path)]
        if not parts:
            raise InputError("no Parquet files of pings in this folder", file=path)
        return _in_order(pa.concat_tables(parts, promote_options="default").unify_dictionaries())
    if not path.is_file():
        raise InputError("no such file", file=path)
    with path.open("rb") as file:
        if path.suffix != ".parquet" and file.read(len(_PARQUET)) != _PARQUET:
            file.seek(0)
            return _from_ndjson(file, path)
    return _in_order(_from_parquet(path))


def replay(plans: StorePlans, pings: pa.Table, silence_s: float, chunks: Any = iter) -> Replayed:
    """Runs the engine over one store's pings. `chunks` wraps the iteration, for a progress bar."""
    engine = Engine(plans, silence_s)
    store = plans.newest.store
    finite = pc.and_(pc.is_finite(pings.column("x_m")), pc.is_finite(pings.column("y_m"))).combine_chunks()
    placed = pings.filter(finite)
    kept = placed.take(_first_copies(placed))
    names = [*kept.column("device_id").combine_chunks().dictionary.to_pylist()] if len(kept) else []
    batch = _columns(kept, plans)
    answers = [engine.push(_rows(batch, at)) for at in chunks(range(0, len(batch), CHUNK))]
    answers.append(engine.finish())

    def text(phone: int) -> str:
        return str(names[phone])

    return Replayed(
        _zones(engine, kept, answers),
        pa.concat_tables([dwells_table(engine, store, one, text) for one in answers]),
        pa.concat_tables([visits_table(engine, store, one, text) for one in answers]),
        sum(one.late for one in answers),
        len(placed) - len(kept),
        len(pings) - len(placed),
    )


def _parquet_files(folder: AnyPath) -> list[AnyPath]:
    if (folder / "pings").is_dir() or (folder / "pings.parquet").is_file():
        return lake.files(folder, "pings")
    if folder.name == "pings":
        return lake.files(folder.parent, "pings")
    return [path for path in folders.rglob(folder, "*.parquet") if not lake.hidden(folders.below(folder, path))]


def _from_parquet(path: AnyPath) -> pa.Table:
    try:
        table = pq.read_table(folders.source(path), partitioning=None)
    except FolderError:
        raise
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"is not Parquet: {error}", file=path) from None
    columns = {}
    for name, kind in (_COLUMNS | _OPTIONAL).items():
        if name not in table.column_names:
            if name in _COLUMNS:
                raise InputError("the column is missing", file=path, field=name)
            table = table.append_column(name, pa.nulls(len(table), kind))
        columns[name] = _cast(table.column(name), name, kind, path)
        if name in ("store_id", "device_id", "ts") and columns[name].null_count:
            row = pc.index(columns[name].is_null(), True).as_py()
            raise InputError("is null", file=path, row=row, field=name)
    _refuse_rows(columns, path)
    columns["floor"] = pc.fill_null(columns["floor"], 0)
    columns |= {name: table.column(name) for name in _ORDER if name in table.column_names}
    return pa.table(columns | {"device_id": columns["device_id"].dictionary_encode()})


def _cast(column: pa.ChunkedArray, name: str, kind: pa.DataType, path: AnyPath) -> pa.ChunkedArray:
    try:
        if name == "ts" and pa.types.is_integer(column.type):
            return column.cast(pa.int64()).cast(kind)
        if name == "ts" and pa.types.is_timestamp(column.type) and column.type.tz is None:
            column = column.cast(pa.timestamp(column.type.unit, "UTC"))
        return column.cast(kind, safe=name != "ts")
    except pa.ArrowException as error:
        raise InputError(f"is {column.type}, not {kind}: {error}", file=path, field=name) from None


def _refuse_rows(columns: Mapping[str, pa.ChunkedArray], path: AnyPath) -> None:
    """What the gateway would not have taken. NaN in sigma is how data frames say that it is unknown."""
    ts_ms = columns["ts"].cast(pa.int64()).to_numpy()
    sigma_m = pc.fill_null(columns["sigma_m"], 1.0).to_numpy()
    characters = pc.utf8_length(columns["device_id"]).to_numpy()
    for field, wrong, reason in (
        ("ts", (ts_ms < 0) | (ts_ms >= YEAR_3000_MS), "is not between the years 1970 and 3000"),
        ("sigma_m", (sigma_m <= 0) | np.isinf(sigma_m), "is not a positive finite number"),
        (
            "device_id",
            (characters < 1) | (characters > LONGEST_DEVICE_ID),
            f"has not 1 to {LONGEST_DEVICE_ID} characters",
        ),
    ):
        if np.any(wrong):
            raise InputError(reason, file=path, row=int(np.flatnonzero(wrong)[0]), field=field)


def _from_ndjson(lines: Iterable[bytes], path: AnyPath) -> pa.Table:
    filled = (line for line in lines if line.strip())
    parsed = [_parse(line, number, path) for number, line in enumerate(filled)]
    good, refused = read(parsed)
    if refused:
        raise InputError(refused[0].reason, file=path, row=refused[0].row, field=refused[0].field)
    stores = [row.get("store_id") for row in parsed]
    for number, store in enumerate(stores):
        if not isinstance(store, str) or not STORE_ID.fullmatch(store):
            raise InputError("is no store's id", file=path, row=number, field="store_id")
    arrays = [
        pa.array(stores, pa.string()),
        pa.array([row.device_id for row in good], pa.string()).dictionary_encode(),
        pa.array([row.ts for row in good], pa.int64()).cast(TS),
        pa.array([row.x_m for row in good], pa.float64()),
        pa.array([row.y_m for row in good], pa.float64()),
        pa.array([row.floor for row in good], pa.int16()),
        pa.array([row.sigma_m for row in good], pa.float64()),
    ]
    return pa.table(arrays, names=["store_id", "device_id", "ts", "x_m", "y_m", "floor", "sigma_m"])


def _parse(line: bytes, number: int, path: AnyPath) -> Mapping[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(f"is not JSON: {error}", file=path, row=number) from None
    if not isinstance(row, dict):
        raise InputError("is not an object", file=path, row=number)
    return row


def _in_order(table: pa.Table) -> pa.Table:
    if not set(_ORDER) <= set(table.column_names):
        return table
    ordered = table.sort_by([(name, "ascending") for name in _ORDER])
    return ordered.drop_columns(list(_ORDER))


def _first_copies(table: pa.Table) -> pa.Array:
    """Row numbers of the first ping of each device and time, in order."""
    device = table.column("device_id").combine_chunks()
    codes = device.indices.to_numpy() if len(table) else np.empty(0, np.int32)
    ts = table.column("ts").cast(pa.int64()).to_numpy()
    order = np.lexsort((np.arange(len(ts)), ts, codes))
    same = (np.diff(codes[order]) == 0) & (np.diff(ts[order]) == 0)
    return pa.array(np.sort(order[np.concatenate([[True], ~same])] if len(order) else order))


def _columns(table: pa.Table, plans: StorePlans) -> Pings:
    """As the gateway would have sent them: rounded relative to the corner of the plan that held then."""
    ts = table.column("ts").cast(pa.int64()).to_numpy()
    x, y = (table.column(name).to_numpy().copy() for name in ("x_m", "y_m"))
    versions = np.searchsorted(np.array(plans.starts_ms, np.int64), ts, side="right") - 1
    for version, (_, plan) in enumerate(plans.versions):
        rows = versions == version
        for values, corner in ((x, plan.corner[0]), (y, plan.corner[1])):
            values[rows] = corner + rounded(values[rows], corner).astype(np.float64)
    device = table.column("device_id").combine_chunks()
    codes = device.indices.to_numpy() if len(table) else np.empty(0)
    sigma = rounded_sigma(pc.fill_null(table.column("sigma_m"), float("nan")).to_numpy()).astype(np.float64)
    return Pings(codes.astype(np.uint64), ts, x, y, sigma, table.column("floor").to_numpy())


def _rows(batch: Pings, at: int) -> Pings:
    names = ("phone", "ts", "x_m", "y_m", "sigma_m", "floor")
    return Pings(*(getattr(batch, name)[at : at + CHUNK] for name in names))


def _zones(engine: Engine, kept: pa.Table, answers: Sequence[Answers]) -> pa.Table:
    settled = np.concatenate([one.settled for one in answers])
    names = pa.array([code.zone_id for code in engine.codes], pa.string())
    columns = [kept.column("device_id").cast(pa.string()), kept.column("ts")]
    for kind in ("department", "display"):
        code = np.full(len(kept), -1, np.int64)
        p = np.full(len(kept), np.nan)
        code[settled["seq"]], p[settled["seq"]] = settled[kind], settled[f"{kind}_p"]
        columns.append(names.take(pa.array(code, mask=code < 0)))
        columns.append(pa.array(np.minimum(p, 1.0), mask=np.isnan(p)))
    return pa.table(columns, schema=ZONES)
