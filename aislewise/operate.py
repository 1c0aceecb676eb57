"""Commands of who runs Aislewise: `token` makes a bearer token, `lag` says how far each worker is behind."""

from __future__ import annotations

import json
import logging
import time
from collections import defaultdict
from collections.abc import Mapping

import click
from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import OffsetSpec
from kafka.errors import (
    CoordinatorLoadInProgressError,
    CoordinatorNotAvailableError,
    KafkaError,
    NotCoordinatorError,
)
from rich.console import Console
from rich.table import Table

from models.errors import AwayError
from models.keys import STORE_ID
from models.records import TABLES
from models.settings import Settings
from models.tokens import ROLES, Bearer, issue

WORKERS: Mapping[str, tuple[str, ...]] = {
    "aislewise-dwell": ("pings", "checkins"),
    "aislewise-prompts": ("moments",),
    "aislewise-history": tuple(table.name for table in TABLES.values() if table.travels != "file"),
}
"""Consumer group → the topics that it reads for certain; what else it has committed is reported too."""
MAX_STAFF = 60
BOOTSTRAP_MS, REQUEST_MS, PATIENCE_S = 3000, 2000, 3.0

Lag = dict[str, dict[str, int]]


@click.command()
@click.option("--store", "store_id", required=True, help="The store that the token is for.")
@click.option("--role", type=click.Choice(ROLES), required=True, help="sender: the gateway's calls; else the tablet's.")
@click.option("--staff", help="Of a salesperson, the name that colleagues see: who is on which prompt.")
@click.option("--days", type=click.FloatRange(min=0, min_open=True, max=3650), default=365, show_default=True)
@click.pass_obj
def token(settings: Settings, store_id: str, role: str, staff: str | None, days: float) -> None:
    """Print a bearer token.

    \b
    Example:
      aislewise token --store S1 --role associate --staff Ana
    """
    if not STORE_ID.fullmatch(store_id):
        raise click.BadParameter(f"{store_id!r} is no store id (letters, digits, . _ -)", param_hint="--store")
    if staff is not None and not 0 < len(staff) <= MAX_STAFF:
        raise click.BadParameter(f"not of 1 to {MAX_STAFF} characters", param_hint="--staff")
    click.echo(issue(settings.require_secret(), Bearer(store_id, role, staff), time.time(), days))


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print {group: {topic: records}}.")
@click.pass_obj
def lag(settings: Settings, as_json: bool) -> None:
    """How many records each worker has not worked through.

    \b
    Example:
      aislewise lag --json
    """
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    found = measure(settings.kafka)
    if as_json:
        click.echo(json.dumps(found))
        return
    table = Table("worker", "topic")
    table.add_column("records behind", justify="right")
    for group, topics in found.items():
        for topic, records in topics.items():
            table.add_row(group, topic, f"{records:,}")
    Console().print(table)


def measure(kafka: str) -> Lag:
    """Records between what each group has committed, or the topic's beginning, and its end. Raises AwayError."""
    try:
        admin = KafkaAdminClient(
            bootstrap_servers=kafka.split(","),
            bootstrap_timeout_ms=BOOTSTRAP_MS,
            request_timeout_ms=REQUEST_MS,
            reconnect_backoff_max_ms=500,
        )
        with admin:
            return _measure(admin, time.monotonic() + PATIENCE_S)
    except (KafkaError, OSError) as error:
        raise AwayError(f"Kafka at {kafka} does not answer: {type(error).__name__}", "check AISLEWISE_KAFKA") from None


def _measure(admin: KafkaAdminClient, deadline: float) -> Lag:
    committed = {group: _committed(admin, group, deadline) for group in WORKERS}
    wanted = {group: {*topics, *(tp.topic for tp in committed[group])} for group, topics in WORKERS.items()}
    partitions = _partitions(admin, set().union(*wanted.values()))
    first = admin.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.EARLIEST)) if partitions else {}
    last = admin.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.LATEST)) if partitions else {}
    found: Lag = {}
    for group, topics in wanted.items():
        behind: dict[str, int] = defaultdict(int)
        for tp in partitions:
            if tp.topic in topics:
                # what retention has deleted is no work any more
                begin = max(committed[group].get(tp, 0), first[tp].offset)
                behind[tp.topic] += max(last[tp].offset - begin, 0)
        found[group] = dict(sorted(behind.items()))
    return found


def _committed(admin: KafkaAdminClient, group: str, deadline: float) -> dict[TopicPartition, int]:
    """A broker that has never had a group needs a moment to find out who looks after it."""
    while True:
        try:
            offsets = admin.list_group_offsets([group])[group]
            break
        except (CoordinatorNotAvailableError, NotCoordinatorError, CoordinatorLoadInProgressError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
    return {tp: committed.offset for tp, committed in offsets.items() if committed.offset >= 0}


def _partitions(admin: KafkaAdminClient, topics: set[str]) -> list[TopicPartition]:
    """Of those topics that exist."""
    return [
        TopicPartition(topic["name"], partition["partition_index"])
        for topic in admin.describe_topics()
        if topic["name"] in topics
        for partition in topic["partitions"]
    ]
