"""The commands `bundles`, `canary`, `promote` and `rollback`: the champion by hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from aislewise import options
from models import folders
from models.folders import AnyPath
from models.settings import Settings

if TYPE_CHECKING:
    # only to be read: the command line stays quick to start
    from models.shelf import Listed

FOLDER = click.option("--bundles", "folder", type=options.FOLDER, help="The folder [AISLEWISE_BUNDLES].")


@click.command()
@FOLDER
@click.option("--json", "as_json", is_flag=True, help="One object a bundle instead of a table.")
@click.pass_obj
def bundles(settings: Settings, folder: AnyPath | None, as_json: bool) -> None:
    """Lists the bundles, newest data last; * marks the champion.

    \b
    Example:
      aislewise bundles --bundles bundles
      aislewise bundles --json
    """
    from models import shelf

    listed = shelf.listed(folder or folders.at(settings.bundles))
    click.echo(json.dumps([asdict(one) for one in listed], indent=1) if as_json else _table(listed))


def _table(listed: Sequence[Listed]) -> str:
    rows = [("", "version", "trained on", "state", "metrics")]
    for one in listed:
        metrics = ", ".join(f"{name} {value:.3f}" for name, value in one.metrics.items())
        mark, days = "*" if one.state == "champion" else "", f"{one.trained_from} to {one.trained_to}"
        said = one.problem or one.why or metrics or "none"
        rows.append((mark, one.version, "" if one.problem else days, one.state, said))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    cells = ((*(c.ljust(w) for c, w in zip(row[:4], widths, strict=True)), row[4]) for row in rows)
    return "\n".join("  ".join(line).rstrip() for line in cells)


@click.command()
@click.option("--lake", type=options.FOLDER, help="The lake [AISLEWISE_LAKE].")
@FOLDER
@click.option("--json", "as_json", is_flag=True, help="The figures.")
@click.pass_obj
def canary(settings: Settings, lake: AnyPath | None, folder: AnyPath | None, as_json: bool) -> None:
    """Says how the champion does against the bundle before, which has kept a share of the visits. Changes nothing.

    \b
    Example:
      aislewise canary --lake lake --bundles bundles
    """
    import msgspec

    from models import arms
    from training import canary as watching

    pair = arms.canary(folder or folders.at(settings.bundles))
    root = lake or folders.at(settings.lake)
    found = watching.look(root, pair, plans=folders.at(settings.plans)) if pair else None
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found)))
    else:
        click.echo(f"{found.verdict}: {found.why}" if found else "no bundle before has a share of the visits")


@click.command()
@click.argument("version")
@FOLDER
@click.pass_obj
def promote(settings: Settings, version: str, folder: AnyPath | None) -> None:
    """Makes a bundle that verifies the champion.

    \b
    Example:
      aislewise promote 2026-11-24-0a1b2c3d
    """
    from models import champions

    champions.promote(folder or folders.at(settings.bundles), version)
    click.echo(f"{version} is the champion")


@click.command()
@FOLDER
@click.pass_obj
def rollback(settings: Settings, folder: AnyPath | None) -> None:
    """Puts back the champion before this one.

    \b
    Example:
      aislewise rollback
    """
    from models import champions

    click.echo(f"{champions.rollback(folder or folders.at(settings.bundles))} is the champion")
