"""The Arrow schema of every table, column by column, and how its records travel on Kafka.

Times are `timestamp[ms, UTC]`; on JSON topics and in Arrow batches of pings they are integer milliseconds. Lengths
are metres in the plan's frame, money is in the store's currency, shares are between 0 and 1. Schemas only ever gain
columns; a field that is not nullable is always there. Source: DESIGN §4.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from models.errors import InputError, RecordError

YEAR_3000_MS, YEAR_10000_MS = 32_503_680_000_000, 253_402_300_800_000
"""No time in a record is before 1970, and none is this late."""

TS = pa.timestamp("ms", tz="UTC")
TEXT, NUMBER = pa.string(), pa.float64()
VECTOR = pa.list_(pa.float32())
"""Features; one that is unknown is NaN, which JSON writes as null."""
LABEL = pa.dictionary(pa.int32(), pa.string())


def required(name: str, kind: pa.DataType) -> pa.Field:
    """A column without nulls."""
    return pa.field(name, kind, nullable=False)


def optional(name: str, kind: pa.DataType) -> pa.Field:
    """A column that may be null or missing (`?` in DESIGN)."""
    return pa.field(name, kind, nullable=True)


PINGS = pa.schema(
    [
        required("store_id", TEXT),
        required("device_id", LABEL),
        required("ts", TS),
        required("x_m", NUMBER),
        required("y_m", NUMBER),
        required("floor", pa.int16()),
        optional("sigma_m", NUMBER),
        required("partition", pa.int32()),
        required("offset", pa.int64()),
        required("row", pa.int32()),
    ]
)
VISITS = pa.schema(
    [
        required("store_id", TEXT),
        required("visit_id", TEXT),
        required("device_id", TEXT),
        optional("customer_id", TEXT),
        required("first_ts", TS),
        required("last_ts", TS),
        optional("kind", TEXT),
        optional("kind_p", NUMBER),
        optional("group_id", TEXT),
        optional("holdout", pa.bool_()),
        optional("pings", pa.int32()),
    ]
)
DWELLS = pa.schema(
    [
        required("store_id", TEXT),
        required("visit_id", TEXT),
        required("device_id", TEXT),
        required("kind", TEXT),
        required("zone_id", TEXT),
        required("live_s", NUMBER),
        required("dwell_s", NUMBER),
        required("lower_s", NUMBER),
        required("upper_s", NUMBER),
        required("first_ts", TS),
        required("last_ts", TS),
        optional("pings", pa.int32()),
        optional("plan_version", TEXT),
    ]
)
MOMENTS = pa.schema(
    [
        required("store_id", TEXT),
        required("moment_id", TEXT),
        required("visit_id", TEXT),
        required("device_id", TEXT),
        optional("customer_id", TEXT),
        required("holdout", pa.bool_()),
        required("ts", TS),
        required("zone_id", TEXT),
        required("kind", TEXT),
        required("live_s", NUMBER),
        required("zones", pa.list_(TEXT)),
        required("zone_live_s", VECTOR),
        required("features", VECTOR),
        optional("shopper_p", NUMBER),
    ]
)
CHECKINS = pa.schema(
    [
        required("store_id", TEXT),
        required("ts", TS),
        required("device_id", TEXT),
        required("customer_id", TEXT),
        required("consent", pa.bool_()),
    ]
)
PURCHASES = pa.schema(
    [
        required("store_id", TEXT),
        required("receipt_id", TEXT),
        required("ts", TS),
        optional("visit_id", TEXT),
        optional("customer_id", TEXT),
        optional("till", TEXT),
        required("sku", TEXT),
        required("quantity", pa.int32()),
        required("amount", NUMBER),
        optional("discount", NUMBER),
        optional("offer_id", TEXT),
    ]
)
PRODUCTS = pa.schema(
    [
        required("sku", TEXT),
        required("name", TEXT),
        required("department", TEXT),
        required("category", TEXT),
        optional("price", NUMBER),
        optional("cost", NUMBER),
    ]
)
OFFERS = pa.schema(
    [
        required("offer_id", TEXT),
        optional("store_id", TEXT),
        required("kind", TEXT),
        optional("sku", TEXT),
        optional("category", TEXT),
        required("discount", NUMBER),
        required("starts", TS),
        required("ends", TS),
        optional("budget", NUMBER),
        optional("priority", pa.int32()),
    ]
)
STOCK = pa.schema(
    [required("store_id", TEXT), required("sku", TEXT), required("on_hand", pa.int32()), required("ts", TS)]
)
PAUSES = pa.schema([required("store_id", TEXT), required("offer_id", TEXT), required("since", TS)])
PROMPTS = pa.schema(
    [
        required("prompt_id", TEXT),
        required("moment_id", TEXT),
        required("visit_id", TEXT),
        required("store_id", TEXT),
        required("ts", TS),
        required("expires", TS),
        optional("sku", TEXT),
        optional("offer_id", TEXT),
        required("slot", pa.int16()),
        required("propensity", NUMBER),
        required("policy", TEXT),
        optional("bundle", TEXT),
        required("holdout", pa.bool_()),
        required("shown", pa.bool_()),
        required("candidates", pa.list_(TEXT)),
        optional("candidate_propensities", pa.list_(NUMBER)),
        optional("features", VECTOR),
        optional("candidate_features", VECTOR),
    ]
)
OUTCOMES = pa.schema(
    [
        required("outcome_id", TEXT),
        required("store_id", TEXT),
        required("prompt_id", TEXT),
        optional("visit_id", TEXT),
        required("ts", TS),
        required("kind", TEXT),
        optional("undoes", TEXT),
        optional("reason", TEXT),
        optional("staff", TEXT),
    ]
)

OUTCOME_KINDS = ("shown", "claimed", "released", "accepted", "declined", "sold", "undone")
"""What a tablet may report; `ignored` is derived at night and is nobody's message."""

ZONE_KINDS = ("department", "display", "checkout", "entrance", "staff", "obstacle")


@dataclass(frozen=True)
class Table:
    """A table of the lake, and the topic of the same name where it has one."""

    name: str
    schema: pa.Schema
    travels: Literal["arrow", "json", "file"]
    date_column: str = "ts"
    about: str = ""


TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
        Table("pings", PINGS, "arrow", about="Positions of phones as the gateway accepted them."),
        Table("visits", VISITS, "arrow", "first_ts", "Visits: of a visit only the row with the most pings holds."),
        Table(
            "dwells", DWELLS, "arrow", "first_ts", "Seconds in a department or at a display, a row a visit and zone."
        ),
        Table("moments", MOMENTS, "arrow", about="A visit's live dwell in a zone has passed a threshold."),
        Table("checkins", CHECKINS, "json", about="A known customer has said that this phone is theirs today."),
        Table("purchases", PURCHASES, "json", about="Lines of receipts; on the topic one receipt a record."),
        Table("prompts", PROMPTS, "json", about="What was decided at a moment, one row a slot, shown or not."),
        Table("outcomes", OUTCOMES, "json", about="What came of a prompt."),
        Table("products", PRODUCTS, "file", about="The catalogue."),
        Table("offers", OFFERS, "file", "starts", "Clearances and coupons with their dates."),
        Table("stock", STOCK, "file", about="What is on hand; no row means unknown."),
    )
}

CATALOG: Mapping[str, pa.Schema] = {"products": PRODUCTS, "offers": OFFERS, "stock": STOCK, "pauses": PAUSES}
"""The rows that the topic `catalog` carries; pauses are in it alone, the others lie in the lake's root too."""

SIDE_TOPICS = ("catalog", "config", "requests", "dead-letters")
"""Topics that are no table of the lake."""

TOPICS = (*(table.name for table in TABLES.values() if table.travels != "file"), *SIDE_TOPICS)
COMPACTED = ("catalog", "config")

PING_BATCH = pa.schema(
    [
        required("phone", pa.uint64()),
        required("ts", pa.int64()),
        required("x", pa.float32()),
        required("y", pa.float32()),
        optional("sigma", pa.float32()),
        required("floor", pa.int16()),
    ]
)
"""A value on the topic `pings`: x and y are metres from the header `corner`, rounded to 2⁻¹⁰ m; ts is in ms."""


def rows_to_table(name: str, rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Rows of JSON (ts in integer ms) as an Arrow table of the table's schema; keys it does not know are left out.

    Raises ValueError, TypeError, OverflowError or pa.ArrowException where a value is not its column's.
    """
    schema = TABLES[name].schema
    listed = list(rows)
    return pa.table([_column([row.get(field.name) for row in listed], field) for field in schema], schema=schema)


def _column(values: list[Any], field: pa.Field) -> pa.Array:
    if pa.types.is_integer(field.type) and any(isinstance(one, float) and not one.is_integer() for one in values):
        raise ValueError(f"{field.name} is no whole number")  # pyarrow would cut it
    if field.type == VECTOR:
        values = [one and [math.nan if value is None else value for value in one] for one in values]
    return pa.array(values, field.type)


def of_batch(name: str, batch: pa.RecordBatch) -> pa.Table:
    """A record's rows with all columns of the table: nullable ones that its sender did not know yet are null.

    Raises RecordError where columns are missing or others, and as `refuse_impossible` does.
    """
    known = [field for field in TABLES[name].schema if field.name in batch.schema.names or not field.nullable]
    if not batch.schema.equals(pa.schema(known)):
        raise RecordError(f"columns of {name} are {batch.schema.names}")
    table = pa.Table.from_batches([batch])
    refuse_impossible(table)
    return conform(table, TABLES[name].schema)


def refuse_impossible(table: pa.Table) -> None:
    """Raises RecordError for a null where the schema has none, and for a time before 1970 or after the year 3000."""
    for field in table.schema:
        if found := _impossible(table.column(field.name), field, YEAR_3000_MS):
            raise RecordError(f"{field.name} {found[1]}")


def _impossible(column: pa.ChunkedArray, field: pa.Field, end_ms: int) -> tuple[int, str] | None:
    """The first row that cannot be, and why; `end_ms` is the first time that is too late."""
    if column.null_count and not field.nullable:
        return pc.index(column.is_null(), True).as_py(), "is missing"
    if not len(column) or not pa.types.is_timestamp(field.type):
        return None
    times = column.cast(pa.int64())
    bounds = pc.min_max(times).as_py()
    if bounds["min"] is None or 0 <= bounds["min"] <= bounds["max"] < end_ms:
        return None
    wrong = pc.or_(pc.less(times, 0), pc.greater_equal(times, end_ms))
    year = "3000" if end_ms == YEAR_3000_MS else "10000"
    return pc.index(wrong, True).as_py(), f"is not between the years 1970 and {year}"


def conform(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """`table` with exactly the columns of `schema`: missing nullable ones are null, times are cut to whole ms.

    Raises InputError with row and field: a missing column, a type that cannot be cast, a null or an impossible time.
    """
    return pa.table([_conformed(table, field) for field in schema], schema=schema)


def _conformed(table: pa.Table, field: pa.Field) -> pa.ChunkedArray | pa.Array:
    if field.name not in table.column_names:
        if field.nullable:
            return pa.nulls(len(table), field.type)
        raise InputError("the column is missing", field=field.name)
    try:
        column = table.column(field.name).cast(options=pc.CastOptions(field.type, allow_time_truncate=True))
    except pa.ArrowException as error:
        raise InputError(f"is no {field.type}: {error}", field=field.name) from None
    # offers may be meant to hold for ever
    if found := _impossible(column, field, YEAR_10000_MS):
        raise InputError(found[1], row=found[0], field=field.name)
    return column
