"""`aislewise calibrate`: a store's errors and movement from its pings, and what they change."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aislewise.options import FILE_OR_FOLDER
from models.errors import InputError
from models.folders import AnyPath
from models.settings import Settings

if TYPE_CHECKING:
    import pyarrow as pa

    from models.floorplan import FloorPlan
    from streams.calibrate.figures import Measured
    from streams.calibrate.sample import Sample

FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.option("--plan", required=True, type=FILE_OR_FOLDER, help="Floor plan, GeoJSON.")
@click.option(
    "--pings", required=True, type=FILE_OR_FOLDER, help="Parquet, NDJSON or a lake: a day of a store, or more."
)
@click.option("--out", type=FILE, help="Writes the plan with what was estimated.")
@click.option("--force", is_flag=True, help="OUT may be there already; it may be PLAN itself.")
@click.option("--areas", type=FILE, help="Writes the sizes of errors of all areas, CSV.")
@click.option("--silence", type=float, help="The silence that ends a visit, s.  [default: the setting]")
@click.pass_obj
def calibrate(
    settings: Settings,
    plan: AnyPath,
    pings: AnyPath,
    out: Path | None,
    force: bool,
    areas: Path | None,
    silence: float | None,
) -> None:
    """Estimates a store's errors and movement from its pings alone, and shows what they change.

    The dwell engine needs no tuning: what pings don't show keeps its default. A plan that is written with --out carries
    the estimates to workers and replays. The part of an error that is the same on every visit to a place shows in no
    ping. PLAN alone is looked at, no later versions beside it; a calibration that it has already counts for nothing.

    \b
    Example:
      aislewise calibrate --plan plans/S1.geojson --pings lake --out calibrated/S1.geojson
    """
    from aislewise import calibrated
    from models import floorplan

    if str(pings) == "-":
        raise InputError("reads the pings twice, and standard input is read once", field="--pings", hint="name a file")
    if not plan.is_file():
        raise InputError("no such file", file=plan)
    if out is not None and out.exists() and not force:
        raise InputError("is there already", file=out, hint="--force writes over it")
    silence_s = settings.silence_seconds if silence is None else silence
    drawn = floorplan.parse(plan.read_bytes(), plan)
    found, sample = _measured(drawn, pings, silence_s)
    calibrated.show(found, sample)
    _show_difference(drawn, found, silence_s, pings)
    if areas is not None:
        areas.write_text(calibrated.csv(found.areas))
    if out is not None:
        out.write_bytes(calibrated.with_calibration(drawn, found.calibration, plan))
        click.echo(f"{len(found.calibration)} values in {out}", err=True)


def _measured(plan: FloorPlan, pings: AnyPath, silence_s: float) -> tuple[Measured, Sample]:
    from aislewise import progress
    from streams.calibrate.figures import measured
    from streams.calibrate.sample import Sample

    sample = Sample(plan.store)
    for batch in _batches(pings, "reading"):
        sample.take(batch)
    if sample.rows == sample.foreign:
        raise InputError(f"no pings of the plan's store {plan.store!r}", file=pings, field="store_id")
    with progress.steps() as step:
        step("fitting")
        return measured(sample.visits(silence_s)), sample


def _batches(pings: AnyPath, what: str) -> Iterator[pa.RecordBatch]:
    """Batches of pings, with a bar."""
    from aislewise import progress
    from streams.replay.arrivals import arrivals

    found = arrivals(pings)
    with progress.reading(what, found.size) as read:
        for piece in found.pieces:
            yield piece.pings
            read(piece.size)


def _show_difference(plan: FloorPlan, found: Measured, silence_s: float, pings: AnyPath) -> None:
    from dataclasses import replace

    from aislewise import calibrated
    from models.plans import StorePlans
    from streams.calibrate.difference import compared

    if not found.calibration:
        click.echo("\nNothing was estimated: all stays as it is.")
        return
    defaults, other = (StorePlans.always(replace(plan, calibration=one)) for one in ({}, found.calibration))
    calibrated.show_difference(compared(defaults, other, silence_s, _batches(pings, "replaying twice")))
