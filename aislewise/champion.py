"""The commands `bundles`, `promote` and `rollback`: the champion by hand."""

from __future__ import annotations

import click

from aislewise import options
from models import folders
from models.folders import AnyPath
from models.settings import Settings

FOLDER = click.option("--bundles", "folder", type=options.FOLDER, help="The folder [AISLEWISE_BUNDLES].")


@click.command()
@FOLDER
@click.pass_obj
def bundles(settings: Settings, folder: AnyPath | None) -> None:
    """Lists the bundles, newest data last; * marks the champion.

    \b
    Example:
      aislewise bundles --bundles bundles
    """
    from models import bundle
    from models.errors import BundleError

    place = folder or folders.at(settings.bundles)
    champion = bundle.latest(place)
    rows = [("", "version", "trained on", "metrics")]
    for path in sorted((one.parent for one in folders.glob(place, f"[!.]*/{bundle.MANIFEST}")), key=str):
        mark = "*" if champion is not None and champion.name == path.name else ""
        try:
            manifest = bundle.read_manifest(path)
        except BundleError as error:
            rows.append((mark, path.name, "", f"does not verify: {error.message}"))
            continue
        metrics = ", ".join(f"{name} {value:.3f}" for name, value in manifest.metrics.items())
        rows.append((mark, path.name, f"{manifest.trained_from} to {manifest.trained_to}", metrics or "none"))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        click.echo(
            "  ".join((*(cell.ljust(width) for cell, width in zip(row[:3], widths, strict=True)), row[3])).rstrip()
        )


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
    from training import champions

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
    from training import champions

    click.echo(f"{champions.rollback(folder or folders.at(settings.bundles))} is the champion")
