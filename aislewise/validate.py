"""The command `validate`: whether a lake is sound, before anything is built on it."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from aislewise.options import FOLDER
from models.folders import AnyPath


@click.command()
@click.argument("lake", type=FOLDER)
@click.option("--json", "as_json", is_flag=True, help="Print a list of {what, count, example}.")
def validate(lake: AnyPath, as_json: bool) -> None:
    """Says whether a lake is sound: schemas, dates, offsets, nothing twice, nothing orphaned, seconds that add up.

    Changes nothing. Ends with 1 where something does not hold, and says what, how often, and one place.

    \b
    Example:
      aislewise validate lake
    """
    from aislewise import progress, soundness
    from models.errors import InputError
    from models.lake import exists
    from models.records import TABLES

    if not any(exists(lake, table) for table in TABLES):
        raise InputError("is no lake: there is no table in it", file=lake, hint=f"tables are {', '.join(TABLES)}")
    found = soundness.faults(lake, lambda files: progress.over(files, "reading"))
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found]))
    for one in [] if as_json else found:
        click.echo(f"it does not hold that {one.what}: {one.count:,} times, first {one.example}")
    if found:
        raise SystemExit(1)
    if not as_json:
        click.echo(f"{lake}: sound, by {len(soundness.CHECKS) + len(soundness.OF_FILES)} checks")
