"""`aislewise simulate`: days of a simulated store as files.

`truth.parquet` has a row a shopper's phone, day and zone: store_id, device_id, kind (`department`, `display`), zone_id,
dwell_s (exact, from the path without noise), first_ts, last_ts. The others are tables of DESIGN §4; `pings.parquet` has
what a location system sends, in the order of arrival, with late pings and copies.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
import pyarrow as pa

from aislewise import progress
from models import folders, lake
from models.errors import InputError
from models.keys import STORE_ID
from models.records import PINGS, TEXT, TS, required, rows_to_table
from simulation.catalogue import DAY_MS
from simulation.day import Checkin, Day, Receipt
from simulation.layout import Size
from simulation.store import Store

PINGS_FILE = pa.schema([PINGS.field(name) for name in PINGS.names if name not in ("partition", "offset", "row")])
"""A file's rows are in the order of arrival: it needs no offsets."""

TRUTH = pa.schema(
    [
        required("store_id", TEXT),
        required("device_id", TEXT),
        required("kind", TEXT),
        required("zone_id", TEXT),
        required("dwell_s", pa.float64()),
        required("first_ts", TS),
        required("last_ts", TS),
    ]
)


class LocalTime(click.ParamType):
    """ISO 8601; without an offset it is the store's local time."""

    name = "ISO"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no time like 2026-11-02T09:00", param, ctx)


@click.command()
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A folder that is new or empty.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="The same seed, the same files.")
@click.option("--shoppers", type=click.IntRange(0, 1_000_000), default=60, show_default=True, help="A day.")
@click.option(
    "--minutes", type=click.FloatRange(1, 1440), default=60, show_default=True, help="Opening hours of a day."
)
@click.option("--start", type=LocalTime(), default="2026-11-02T09:00", show_default=True, help="When the store opens.")
@click.option("--days", type=click.IntRange(1, 366), default=1, show_default=True, help="Days in a row.")
@click.option("--store", "store_id", default="S1", show_default=True, help="The store's id.")
@click.option("--timezone", default="UTC", show_default=True, help="The store's, an IANA name.")
@click.option("--departments", type=click.IntRange(1, 120), default=8, show_default=True)
@click.option("--floors", type=click.IntRange(1, 9), default=1, show_default=True)
def simulate(
    out: Path,
    seed: int,
    shoppers: int,
    minutes: float,
    start: datetime,
    days: int,
    store_id: str,
    timezone: str,
    departments: int,
    floors: int,
) -> None:
    """Days of a simulated store as files: plan, pings, purchases, check-ins, catalogue, and the true dwell beside.

    \b
    Example:
      aislewise simulate --out day --shoppers 60 --minutes 60
    """
    _refuse_full(out)
    opens_ms = _milliseconds(start, timezone)
    size = Size(departments=departments, floors=floors, customers=max(60, shoppers))
    store = Store.build(seed, _store_id(store_id), timezone, size, opens_ms)
    numbers = progress.over(range(days), "simulating")
    later = (Day(store, seed + day, opens_ms + day * DAY_MS, minutes * 60, shoppers) for day in numbers)
    write(out, store, later)


def write(out: Path, store: Store, days: Iterable[Day]) -> None:
    """All files of these days; `plan.geojson` last, so that a folder with a plan is complete."""
    parts = [_day_tables(day) for day in days]
    for name in parts[0]:
        lake.write(out / f"{name}.parquet", pa.concat_tables([part[name] for part in parts], promote_options="default"))
    for name, rows in (("products", store.products), ("offers", store.offers), ("stock", store.stock)):
        lake.write(out / f"{name}.parquet", rows_to_table(name, rows))
    folders.write(out / "plan.geojson", (json.dumps(store.plan_geojson, indent=1) + "\n").encode())


def _day_tables(day: Day) -> Mapping[str, pa.Table]:
    store_id = day.store.store_id
    events = list(day.happenings())
    return {
        "pings": _pings(day),
        "purchases": rows_to_table("purchases", _lines(store_id, events)),
        "checkins": rows_to_table("checkins", _checkins(store_id, events)),
        "truth": pa.Table.from_pylist([{"store_id": store_id, **row} for row in day.truth()], TRUTH),
    }


def _pings(day: Day) -> pa.Table:
    seen = day.pings
    devices = pa.DictionaryArray.from_arrays(pa.array(seen.device), pa.array(day.devices))
    store = pa.array([day.store.store_id]).take(pa.array([0] * len(seen)))
    sigma = pa.array(seen.sigma_m, from_pandas=True)
    columns = [store, devices, pa.array(seen.ts_ms).cast(TS), seen.x_m, seen.y_m, seen.floor, sigma]
    return pa.table(columns, schema=PINGS_FILE)


def _lines(store_id: str, events: Sequence[Checkin | Receipt]) -> Iterable[Mapping[str, Any]]:
    """One row a line, without a visit: tills know none."""
    for receipt in events:
        if isinstance(receipt, Receipt):
            head = {"store_id": store_id, "receipt_id": receipt.receipt_id, "ts": receipt.ts_ms}
            head |= {"till": receipt.till, "customer_id": receipt.customer_id}
            yield from ({**head, **line} for line in receipt.lines)


def _checkins(store_id: str, events: Sequence[Checkin | Receipt]) -> Iterable[Mapping[str, Any]]:
    for checkin in events:
        if isinstance(checkin, Checkin):
            ids = {"device_id": checkin.device_id, "customer_id": checkin.customer_id}
            yield {"store_id": store_id, "ts": checkin.ts_ms, **ids, "consent": checkin.consent}


def _refuse_full(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise InputError("is a file", file=out, hint="name a folder that is new or empty")
    if out.is_dir() and any(out.iterdir()):
        raise InputError("the folder is not empty", file=out, hint="name a folder that is new or empty")


def _store_id(text: str) -> str:
    if not STORE_ID.fullmatch(text):
        raise InputError(f"{text!r} is no store id (letters, digits, . _ -)", field="--store")
    return text


def _milliseconds(start: datetime, timezone: str) -> int:
    try:
        zone = ZoneInfo(timezone)
    except (KeyError, ValueError, OSError):
        raise InputError(f"{timezone!r} is no IANA time zone", field="--timezone", hint="e.g. Europe/London") from None
    local = start if start.tzinfo else start.replace(tzinfo=zone)
    return round(local.timestamp() * 1000)
