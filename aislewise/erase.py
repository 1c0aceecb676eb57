"""The command `erase`: a person out of the lake, the board and the bundles, with a record that names nobody."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import click

from models import folders
from models.errors import InputError
from models.keys import STORE_ID
from models.settings import Settings

if TYPE_CHECKING:
    # only to be read: the command line stays quick to start
    from models.erasure.person import Person
    from models.erasure.rewriting import Found


@click.command()
@click.option("--customer", help="A loyalty customer, as tills and apps send the id.")
@click.option("--device", help="A phone, as positions are sent; what its day salts still link to it.")
@click.option("--visit", help="A visit, with all that its phone did in the store on that day.")
@click.option("--store", "store_id", help="In this store only.")
@click.option("--dry-run", is_flag=True, help="Show what there is, and change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def erase(
    settings: Settings,
    customer: str | None,
    device: str | None,
    visit: str | None,
    store_id: str | None,
    dry_run: bool,
    yes: bool,
) -> None:
    """Removes a person from the lake, the board and the bundles, and keeps out what Kafka still has of them.

    Shows how many rows there are first. Killed half-way, run it again: it finishes. The next `aislewise nightly` takes
    the customer's past out of the bundles. What was done, when and by which role is kept in the lake, without a name.

    \b
    Example:
      aislewise erase --customer 4711 --dry-run
      aislewise erase --device 7c:9a:1d:02:44:5e --store S1
      aislewise erase --visit 0a1b2c3d4e5f6071 --yes
    """
    from aislewise import progress
    from models.erasure import erase as erasing

    root = folders.at(settings.lake)
    if not root.is_dir():
        raise InputError("there is no such folder", file=root, hint="AISLEWISE_LAKE says where the lake is")
    person = _person(settings, customer, device, visit, store_id)
    with progress.steps() as say:
        say("looking for rows")
        found = erasing.find(root, person)
    _show(person, found)
    if dry_run:
        return
    if not yes:
        _confirm()
    with progress.steps() as say:
        act = erasing.erase(erasing.Places.of(settings), person, "operator", int(time.time() * 1000), say)
    rows = ", ".join(f"{count:,} {table}" for table, count in act.rows.items()) or "no rows"
    click.echo(f"erased: {rows}, {act.board:,} entries of the board; recorded as {act.id}")


def _person(
    settings: Settings, customer: str | None, device: str | None, visit: str | None, store_id: str | None
) -> Person:
    from models.erasure import person

    if sum(one is not None for one in (customer, device, visit)) != 1:
        raise click.UsageError("one of --customer, --device and --visit is needed, and one only")
    if store_id is not None and not STORE_ID.fullmatch(store_id):
        raise click.BadParameter(f"{store_id!r} is no store id (letters, digits, . _ -)", param_hint="--store")
    if customer is not None:
        return person.of_customer(customer, settings.require_secret(), store_id)
    if device is not None:
        return person.of_device(device, folders.at(settings.salts), store_id)
    return person.of_visit(visit or "", store_id)


def _show(person: Person, found: Found) -> None:
    for table, count in found.rows.items():
        click.echo(f"{table}: {count:,} rows")
    if not found.rows:
        click.echo("the lake has no rows of them")
    if person.kind == "device":
        stores = sorted({store for store, _ in person.days})
        for store in stores:
            days = [day for one, day in person.days if one == store]
            click.echo(f"{store}: salts of {len(days)} days, {min(days)} to {max(days)}; other days nobody can link")
        if not stores:
            click.echo("no salts are left: nobody can link this device to anything any more")


def _confirm() -> None:
    if not sys.stdin.isatty():
        raise click.UsageError("nobody is there to be asked: --yes does it, --dry-run only shows")
    click.confirm("Erase all of it? It cannot be brought back.", abort=True, err=True)
