"""Moments made by hand: what the prompt worker decides of them, read from the topic `prompts`."""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
import pyarrow as pa
from kafka import KafkaProducer

from models.features import MOMENT
from models.keys import partition_of
from models.records import MOMENTS
from tests.contract.world import World, records
from tests.serving.client import bearer

NOON_MS = 1_790_000_000_000
MOST_CANDIDATES, VALID_MS = 50, 120_000
_NUMBERS = itertools.count()


class Place(NamedTuple):
    """Where a record of moments stands."""

    partition: int
    offset: int


def moment(visit: str, minute: float = 0.0, **given: Any) -> dict[str, Any]:
    """A row of `moments`: 20 s at the display `boots` of the plan `small`."""
    return {
        "moment_id": f"{next(_NUMBERS):016x}",
        "visit_id": visit,
        "device_id": f"phone of {visit}",
        "customer_id": None,
        "holdout": False,
        "ts": NOON_MS + round(minute * 60_000),
        "zone_id": "boots",
        "kind": "display",
        "live_s": 20.0,
        "zones": ["shoes", "boots"],
        "zone_live_s": [25.0, 20.0],
        "features": [float(number) for number in range(len(MOMENT))],
        **given,
    }


def fire(world: World, store: str, *moments: Mapping[str, Any], ago_s: float = 0.0) -> Place:
    """All in one record, whose clock is so many seconds ago."""
    table = pa.Table.from_pylist([{"store_id": store, **one} for one in moments])
    # a nullable column that no moment names is one that the sender does not know yet
    schema = pa.schema([field for field in MOMENTS if field.name in table.column_names or not field.nullable])
    columns = [_column(table, field) for field in schema]
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema) as writer:
        writer.write_table(pa.table(columns, schema=schema), max_chunksize=len(moments))
    headers = [("clock", str(int((time.time() - ago_s) * 1000)).encode())]
    with KafkaProducer(bootstrap_servers=world.settings.kafka) as producer:
        where = partition_of(store, world.settings.partitions)
        value = sink.getvalue().to_pybytes()
        sent = producer.send("moments", value, key=store.encode(), headers=headers, partition=where).get(10)
    return Place(sent.partition, sent.offset)


def decided(world: World, store: str) -> list[dict[str, Any]]:
    """Every row of the topic `prompts` for a store, in its order, once the worker has worked through."""
    world.settle("aislewise-prompts")
    rows = [msgspec.json.decode(record.value) for record in records(world.settings.kafka, "prompts")]
    return [row for row in rows if row["store_id"] == store]


def of_visit(rows: Sequence[Mapping[str, Any]], visit: str) -> list[Mapping[str, Any]]:
    return [row for row in rows if row["visit_id"] == visit]


def offered(row: Mapping[str, Any]) -> set[str]:
    """The products among its candidates."""
    return set(row["candidates"]) - {""}


def assert_sound(row: Mapping[str, Any]) -> None:
    """What DESIGN §4 says of any row of `prompts`; times in ms."""
    candidates, shares = row["candidates"], row["candidate_propensities"]
    assert len(candidates) == len(set(candidates)) == len(shares) <= MOST_CANDIDATES
    assert "" in candidates
    assert abs(sum(shares) - 1) < 1e-9
    assert min(shares) > 0
    assert row["propensity"] == shares[candidates.index(row["sku"] or "")]
    assert len(row["candidate_features"]) % len(candidates) == 0
    assert len(row["candidate_features"]) >= len(candidates)
    assert row["expires"] - row["ts"] == VALID_MS
    assert row["prompt_id"] == f"{row['moment_id']}-{row['slot']}"
    assert not (row["shown"] and (row["holdout"] or row["sku"] is None))


def assert_slates(rows: Sequence[Mapping[str, Any]], slots: int) -> None:
    """Slots count from 0, silence ends a slate, no product twice, and of coupons one."""
    slates: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        slates.setdefault(row["moment_id"], []).append(row)
    for slate in slates.values():
        assert [row["slot"] for row in slate] == list(range(len(slate)))
        assert len(slate) <= slots
        assert all(row["sku"] is not None for row in slate[:-1])
        for earlier, later in itertools.pairwise(slate):
            assert earlier["sku"] not in later["candidates"]


def csv_of(world: World, name: str, header: str, *rows: str) -> None:
    """Imports these rows as the whole table."""
    path = world.folder / f"{name}.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    world.aislewise("catalog", "import", f"--{name}", path)


def answered(world: World, store: str, prompt_id: str, **body: Any) -> int:
    """POST of an outcome, under a key of its kind; the status."""
    headers = bearer(store) | {"Idempotency-Key": f"{prompt_id} {body['kind']}"}
    return world.tablet.post(f"/v1/prompts/{prompt_id}/outcome", json=body, headers=headers).status_code


def _column(table: pa.Table, field: pa.Field) -> pa.ChunkedArray:
    column = table.column(field.name)
    return column.cast(pa.int64()).cast(field.type) if pa.types.is_timestamp(field.type) else column.cast(field.type)
