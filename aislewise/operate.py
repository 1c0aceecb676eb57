"""Commands of who runs Aislewise: `token` makes a bearer token, `lag` says how far each worker is behind."""

from __future__ import annotations

import json
import logging
import time

import click
from rich.console import Console
from rich.table import Table

from models.keys import STORE_ID
from models.lag import measure
from models.settings import Settings
from models.tokens import ROLES, Bearer, issue

MAX_STAFF = 60


@click.command()
@click.option("--store", "stores", required=True, multiple=True, help="The store it is for; several for a manager.")
@click.option("--role", type=click.Choice(ROLES), required=True, help="sender: the gateway's calls; else the tablet's.")
@click.option("--staff", help="Of a salesperson, the name that colleagues see: who is on which prompt.")
@click.option("--days", type=click.FloatRange(min=0, min_open=True, max=3650), default=365, show_default=True)
@click.pass_obj
def token(settings: Settings, stores: tuple[str, ...], role: str, staff: str | None, days: float) -> None:
    """Print a bearer token.

    \b
    Example:
      aislewise token --store S1 --role associate --staff Ana
      aislewise token --store S1 --store S2 --role manager
    """
    for store_id in stores:
        if not STORE_ID.fullmatch(store_id):
            raise click.BadParameter(f"{store_id!r} is no store id (letters, digits, . _ -)", param_hint="--store")
    store_id, *also = dict.fromkeys(stores)
    if also and role != "manager":
        raise click.BadParameter(f"a token of role {role} is for one store", param_hint="--store")
    if staff is not None and not 0 < len(staff) <= MAX_STAFF:
        raise click.BadParameter(f"not of 1 to {MAX_STAFF} characters", param_hint="--staff")
    click.echo(issue(settings.require_secret(), Bearer(store_id, role, staff, also=tuple(also)), time.time(), days))


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
