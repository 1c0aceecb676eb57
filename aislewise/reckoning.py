"""What happened in a demo, each count from an independent place, and whether the counts add up."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import numpy as np
from kafka import KafkaConsumer, TopicPartition
from redis import Redis
from rich.console import Console
from rich.table import Table

from aislewise.associate import Seen
from aislewise.sender import Log
from models.keys import Board
from models.pings import PingHeaders, decode, read_stream
from models.records import TABLES

QUIET_MS = 2_000
LOST_SECONDS = 20.0
"""What has not come to the lake ten times its longest wait after anything else came does not come any more."""
TOPICS = ("pings", "moments", "dwells", "visits", "prompts", "outcomes", "purchases", "checkins")


@dataclass(frozen=True)
class OnTopics:
    """What Kafka holds, read record by record: rows by topic, and delays by stage, s."""

    rows: Mapping[str, int]
    delays: Mapping[str, list[float]]


@dataclass(frozen=True)
class Claim:
    """One line: a sentence, the counts that must be equal, and where each was taken."""

    what: str
    counts: Mapping[str, int]

    @property
    def holds(self) -> bool:
        return len(set(self.counts.values())) <= 1


def on_topics(bootstrap: str, seen: Seen) -> OnTopics:
    """Reads every topic from its beginning. Clocks are the gateway's, Kafka's and ours: one machine's in a demo."""
    rows = dict.fromkeys(TOPICS, 0)
    delays: dict[str, list[float]] = {"ping → Kafka": [], "→ moment": [], "→ prompt": [], "→ tablet": []}
    for record in _records(bootstrap):
        headers = dict(record.headers)
        rows[record.topic] += _rows(record.topic, headers, record.value)
        clock = int(headers["clock"]) if "clock" in headers else None
        if record.topic == "pings" and rows["pings"]:
            delays["ping → Kafka"].append((record.timestamp - (clock or 0)) / 1000)
        elif record.topic in ("moments", "prompts") and clock:
            delays[f"→ {record.topic[:-1]}"].append((record.timestamp - clock) / 1000)
        if record.topic == "prompts" and clock:
            arrived = seen.prompts.get(msgspec.json.decode(record.value)["prompt_id"])
            delays["→ tablet"] += [arrived - clock / 1000] if arrived else []
    return OnTopics(rows, delays)


def in_lake(lake: Path) -> Mapping[str, int]:
    """Rows by table, by DuckDB."""
    return {name: _ask(lake, name, "count(*)")[0] for name in TOPICS}


def claims(log: Log, seen: Seen, topics: OnTopics, lake: Path, redis_url: str, store: str) -> list[Claim]:
    """Everything that must be equal."""
    stored, streams = in_lake(lake), Redis.from_url(redis_url)
    shown, unique = _ask(lake, "prompts", "count_if(shown), count(DISTINCT prompt_id)")
    distinct = _ask(lake, "pings", "count(DISTINCT (device_id, ts))")[0]
    outcomes = _ask(lake, "outcomes", "count(DISTINCT outcome_id)")[0]
    streamed = int(streams.xlen(Board.prompts(store)))
    streams.close()
    rows = topics.rows
    return [
        Claim(
            "pings",
            _named(sender=log.rows, accepted=log.accepted, kafka=rows["pings"]),
        ),
        Claim(
            "different pings",
            _named(sender=len(log.pings), lake=stored["pings"], distinct=distinct),
        ),
        Claim("moments", _named(kafka=rows["moments"], lake=stored["moments"])),
        Claim("dwells", _named(kafka=rows["dwells"], lake=stored["dwells"])),
        Claim("visits", _named(kafka=rows["visits"], lake=stored["visits"])),
        Claim("prompts decided", _named(kafka=rows["prompts"], lake=stored["prompts"], distinct=unique)),
        Claim("prompts shown", _named(lake=shown, redis=streamed, tablet=len(seen.prompts))),
        Claim("outcomes", _named(tablet=len(seen.outcomes), kafka=rows["outcomes"], lake=outcomes)),
        Claim("lines sold", _named(sender=log.lines, kafka=rows["purchases"], lake=stored["purchases"])),
        Claim("check-ins", _named(sender=log.checkins, kafka=rows["checkins"], lake=stored["checkins"])),
    ]


def settle(lake: Path, log: Log, seen: Callable[[], Seen], seconds: float) -> None:
    """Waits until the lake has all pings and sales and has not grown for three seconds, or not for LOST_SECONDS."""
    deadline, before, since = time.monotonic() + seconds, None, time.monotonic()
    while time.monotonic() < deadline:
        now = (in_lake(lake), len(seen().outcomes))
        if now != before:
            before, since = now, time.monotonic()
        whole = now[0]["pings"] >= len(log.pings) and now[0]["purchases"] >= log.lines
        if time.monotonic() - since > (3.0 if whole else LOST_SECONDS):
            return
        time.sleep(0.5)


def show(console: Console, found: list[Claim], topics: OnTopics, log: Log, bundles: tuple[str, str]) -> bool:
    """Prints what happened; whether everything adds up."""
    table = _table("what happened", "counts, and where each was taken", "")
    for claim in found:
        counts = "  ".join(f"{place} {count:,}" for place, count in claim.counts.items())
        table.add_row(claim.what, counts, "ok" if claim.holds else "DOES NOT ADD UP")
    table.add_row("bundle before → after the night", " → ".join(bundles), "")
    console.print(table)
    console.print()
    delays = {"POST → 202": log.answer_s, **topics.delays}
    table = _table("delay since the gateway's clock, ms", "p50", "p99", "n")
    for stage, seconds in delays.items():
        if seconds:
            p50, p99 = (f"{1000 * float(q):,.0f}" for q in np.quantile(seconds, [0.5, 0.99]))
            table.add_row(stage, p50, p99, f"{len(seconds):,}")
    console.print(table)
    return all(claim.holds for claim in found)


def _table(*headings: str) -> Table:
    return Table(*headings, box=None, pad_edge=False, padding=(0, 2, 0, 0))


def _records(bootstrap: str) -> Any:
    consumer = KafkaConsumer(
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        consumer_timeout_ms=QUIET_MS,
    )
    try:
        places = [TopicPartition(name, part) for name in TOPICS for part in consumer.partitions_for_topic(name) or ()]
        consumer.assign(places)
        consumer.seek_to_beginning(*places)
        yield from consumer
    finally:
        consumer.close()


def _rows(topic: str, headers: Mapping[str, bytes], value: bytes) -> int:
    if topic == "pings":
        return len(decode(value, PingHeaders.decode(headers).corner))
    if TABLES[topic].travels == "arrow":
        return int(read_stream(value).num_rows)
    return len(msgspec.json.decode(value)["lines"]) if topic == "purchases" else 1


def _ask(lake: Path, table: str, columns: str) -> tuple[int, ...]:
    """Numbers about a table; zeros where it has no file yet."""
    if not any((lake / table).rglob("*.parquet")):
        return (0, 0)
    query = f"SELECT {columns} FROM read_parquet(?)"  # nosec B608
    return tuple(int(one) for one in duckdb.execute(query, [f"{lake}/{table}/**/*.parquet"]).fetchall()[0])


def _named(**counts: int) -> Mapping[str, int]:
    return counts
