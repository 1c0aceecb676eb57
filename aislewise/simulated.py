"""The files of simulated days: tables of DESIGN §4, and the truth beside them.

`pings.parquet` has what a location system sends, in the order of arrival, with late pings and copies. The truth:

- `truth_dwells`: a row a device, day and zone, with the exact seconds of the path without noise.
- `truth_visits`: a row a device and day: `kind` is `shopper`, `staff` or `fixed`; who came together has one `group_id`;
  where a phone has changed its id within the visit, `continues` names the one before.
- `truth_places`: a row for each of `pings.parquet`, in its order: where the phone truly was, in which department and at
  which display. `ts` is the ping's, by the phone's clock; `true_ts` is when that was.
- `truth_receipts`: whose phone each receipt belongs to.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from models import folders, lake
from models.records import PINGS, TEXT, TS, optional, required, rows_to_table
from simulation.day import Checkin, Day, Receipt
from simulation.store import Store

PINGS_FILE = pa.schema([PINGS.field(name) for name in PINGS.names if name not in ("partition", "offset", "row")])
"""A file's rows are in the order of arrival: it needs no offsets."""

_WHOSE = [PINGS_FILE.field(name) for name in ("store_id", "device_id", "ts")]
_SPAN = [required("first_ts", TS), required("last_ts", TS)]

TRUTH_DWELLS = pa.schema(
    [
        required("store_id", TEXT),
        required("device_id", TEXT),
        required("kind", TEXT),
        required("zone_id", TEXT),
        required("dwell_s", pa.float64()),
        *_SPAN,
    ]
)
TRUTH_VISITS = pa.schema(
    [
        required("store_id", TEXT),
        required("device_id", TEXT),
        required("kind", TEXT),
        optional("group_id", TEXT),
        optional("continues", TEXT),
        *_SPAN,
    ]
)
TRUTH_RECEIPTS = pa.schema([required(name, TEXT) for name in ("store_id", "receipt_id", "device_id")])
TRUTH_PLACES = pa.schema(
    [
        *_WHOSE,
        required("true_ts", TS),
        required("x_m", pa.float64()),
        required("y_m", pa.float64()),
        required("floor", pa.int16()),
        optional("department", TEXT),
        optional("display", TEXT),
    ]
)


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
        "pings": pings_table(day),
        "purchases": rows_to_table("purchases", _lines(store_id, events)),
        "checkins": rows_to_table("checkins", _checkins(store_id, events)),
        "truth_dwells": _truth(store_id, day.truth(), TRUTH_DWELLS),
        "truth_visits": _truth(store_id, day.truth_visits(), TRUTH_VISITS),
        "truth_places": _places(day),
        "truth_receipts": _truth(store_id, _paid(day), TRUTH_RECEIPTS),
    }


def _paid(day: Day) -> Iterable[Mapping[str, Any]]:
    """Each receipt once, after all of them have been reached."""
    return {
        sale["receipt_id"]: {name: sale[name] for name in ("receipt_id", "device_id")} for sale in day.truth_sales()
    }.values()


def pings_table(day: Day) -> pa.Table:
    seen = day.pings
    sigma = pa.array(seen.sigma_m, from_pandas=True)
    return pa.table([*_whose(day), seen.x_m, seen.y_m, seen.floor, sigma], schema=PINGS_FILE)


def _places(day: Day) -> pa.Table:
    true_ms = day.pings.true_ms
    x, y, floor, department, display = day.places(day.pings.device, true_ms)
    zones = (pa.array(ids, TEXT) for ids in (department, display))
    return pa.table([*_whose(day), pa.array(true_ms).cast(TS), x, y, floor, *zones], schema=TRUTH_PLACES)


def _whose(day: Day) -> list[pa.Array]:
    """The pings' store, device and ts."""
    seen = day.pings
    devices = pa.DictionaryArray.from_arrays(pa.array(seen.device), pa.array(day.devices))
    store = pa.array([day.store.store_id]).take(pa.array([0] * len(seen)))
    return [store, devices, pa.array(seen.ts_ms).cast(TS)]


def _truth(store_id: str, rows: Iterable[Mapping[str, Any]], schema: pa.Schema) -> pa.Table:
    return pa.Table.from_pylist([{"store_id": store_id, **row} for row in rows], schema)


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
