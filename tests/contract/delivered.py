"""What must hold of any run, whatever was killed in between: nothing lost, nothing twice, prompts where they belong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec

from models.keys import LakeFile, Source, StreamId
from tests.contract.world import World, records

ONCE = {
    "moments": "moment_id",
    "prompts": "prompt_id",
    "outcomes": "prompt_id || ' ' || outcome_id",
}
PROMPT_AFTER_S = 20
FIRST_STEP_S = {"display": 10, "department": 60}


def assert_pings_once(world: World, store: str, sent: Sequence[Mapping[str, Any]]) -> None:
    """The lake has as many pings as were sent but for copies, at the same times, each phone and time once."""
    distinct = {(ping["device_id"], ping["ts"]) for ping in sent}
    rows = f"from pings where store_id = '{store}'"
    assert world.query(f"select count(*), count(distinct (device_id, ts)) {rows}") == [(len(distinct),) * 2]
    assert [ts for (ts,) in world.query(f"select epoch_ms(ts) {rows} order by 1")] == sorted(ts for _, ts in distinct)
    # each stands where it stood in Kafka, once
    assert world.query(f'select count(distinct (partition, "offset", row)) {rows}') == [(len(distinct),)]


def assert_rows_once(world: World) -> None:
    for table, key in ONCE.items():
        ((rows, keys),) = world.query(f"select count(*), count(distinct {key}) from {table}")
        assert rows == keys, table


def assert_no_range_overlaps(world: World) -> None:
    """Within table, date and partition each offset is in one file, also for who takes every file there is."""
    root = Path(world.settings.lake)
    found = [LakeFile.parse(path.relative_to(root).as_posix()) for path in root.rglob("[!.]*.parquet")]
    names = sorted(name for name in found if name)
    assert names
    for one, two in pairwise(names):
        if one[:3] == two[:3]:
            assert one.last < two.first, (one, two)


def assert_prompts_belong(world: World) -> None:
    """Every moment at a display from 20 s on has its decision, and no other moment has one."""
    at_displays = f"kind = 'display' and live_s >= {PROMPT_AFTER_S}"
    due = set(world.query(f"select moment_id from moments where {at_displays}"))
    assert due
    assert set(world.query("select moment_id from prompts")) == due


def assert_moments_fired(world: World) -> None:
    """Where somebody stayed well beyond a first threshold there is a moment."""
    for kind, step_s in FIRST_STEP_S.items():
        fired = set(world.query(f"select visit_id, zone_id from moments where kind = '{kind}'"))
        stayed = world.query(f"select visit_id, zone_id from dwells where kind = '{kind}' and live_s > {1.5 * step_s}")
        assert stayed
        assert set(stayed) <= fired


def assert_stream_is_the_topic(world: World, store: str) -> list[tuple[str, str]]:
    """The Redis Stream holds the prompts that are shown, each once, where its moment stood in Kafka; its entries."""
    places: dict[str, str] = {}
    for record in records(world.settings.kafka, "prompts"):
        row, source = msgspec.json.decode(record.value), Source.decode(dict(record.headers)["source"])
        if row["store_id"] == store and row["shown"]:
            places.setdefault(row["prompt_id"], str(StreamId(source.offset, source.row)))
    shown = {row["prompt_id"] for row in world.rows("prompts", store_id=store) if row["shown"]}
    entries = world.stream(store)
    assert entries
    assert len(entries) == len({prompt for _, prompt in entries})
    assert {prompt: at for at, prompt in entries} == places
    assert shown == set(places)
    assert all(row["sku"] and not row["holdout"] for row in world.rows("prompts", store_id=store) if row["shown"])
    return entries
