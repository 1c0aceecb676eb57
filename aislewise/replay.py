"""`aislewise replay`: the dwell engine over files."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import click

from aislewise.options import FILE_OR_FOLDER
from models.errors import InputError
from models.folders import AnyPath
from models.settings import Settings


@click.command()
@click.option("--plan", required=True, type=FILE_OR_FOLDER, help="Floor plan, GeoJSON.")
@click.option("--pings", required=True, type=FILE_OR_FOLDER, help="Parquet, NDJSON (- for stdin) or a lake.")
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder for the results.")
@click.option("--silence", type=float, help="The silence that ends a visit, s.  [default: the setting]")
@click.pass_obj
def replay(settings: Settings, plan: AnyPath, pings: AnyPath, out: Path, silence: float | None) -> None:
    """Runs the dwell engine over pings: zones.parquet, dwells.parquet and visits.parquet in OUT.

    Only rows of the plan's store are taken. The same numbers, to the bit, as the worker's on the same pings. Beside a
    PLAN that is named STORE.geojson, later versions STORE@YYYY-MM-DD.geojson hold from their dates.

    \b
    Example:
      aislewise replay --plan plans/S1.geojson --pings lake --out replayed
    """
    import pyarrow.compute as pc

    from aislewise import progress
    from models import floorplan, lake, plans
    from streams import replay as engine

    if silence is not None:
        settings = replace(settings, silence_seconds=silence)
    if not plan.is_file():
        raise InputError("no such file", file=plan)
    drawn = floorplan.parse(plan.read_bytes(), plan)
    table = engine.read_pings(pings, sys.stdin.buffer if str(pings) == "-" else None)
    ours = table.filter(pc.equal(table.column("store_id"), drawn.store))
    if len(table) and not len(ours):
        raise InputError(f"no pings of the plan's store {drawn.store!r}", file=pings, field="store_id")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot be made: {error.strerror}", file=out) from None
    done = engine.replay(
        plans.of_file(drawn, plan),
        ours,
        settings.silence_seconds,
        lambda parts: progress.over(list(parts), "replay"),
    )
    for name in ("zones", "dwells", "visits"):
        lake.write(out / f"{name}.parquet", getattr(done, name))
    click.echo(
        f"{len(ours):,} pings, {len(done.visits):,} visits, {len(done.dwells):,} dwells; "
        f"left out: {len(table) - len(ours):,} of other stores, {done.copies:,} copies, "
        f"{done.nowhere:,} without a position; {done.late:,} late",
        err=True,
    )
