"""`aislewise replay`: the dwell engine over files."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aislewise.options import FILE_OR_FOLDER
from models.errors import InputError
from models.folders import AnyPath
from models.settings import Settings

if TYPE_CHECKING:
    from models.plans import StorePlans
    from streams.replay.arrivals import Arrivals
    from streams.replay.run import Replay


@click.command()
@click.option("--plan", required=True, type=FILE_OR_FOLDER, help="Floor plan, GeoJSON.")
@click.option("--pings", required=True, type=FILE_OR_FOLDER, help="Parquet, NDJSON (- for stdin) or a lake.")
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder for the results.")
@click.option("--silence", type=float, help="The silence that ends a visit, s.  [default: the setting]")
@click.option("--plot", type=click.Path(path_type=Path, dir_okay=False), help="Draws one visit: .svg or .png.")
@click.option("--device", help="Whose visit is drawn.  [default: that with the most pings]")
@click.option("--truth", type=click.Path(path_type=Path, file_okay=False), help="Folder of `aislewise simulate`.")
@click.pass_obj
def replay(
    settings: Settings,
    plan: AnyPath,
    pings: AnyPath,
    out: Path,
    silence: float | None,
    plot: Path | None,
    device: str | None,
    truth: Path | None,
) -> None:
    """Runs the dwell engine over pings: zones.parquet, dwells.parquet and visits.parquet in OUT.

    Only rows of the plan's store are taken. The same numbers, to the bit, as the worker's on the same pings. Beside a
    PLAN that is named STORE.geojson, later versions STORE@YYYY-MM-DD.geojson hold from their dates. A picture shows
    the plan, the visit's pings and tracks, and its dwell beside the true one where a simulation has told it.

    \b
    Example:
      aislewise replay --plan plans/S1.geojson --pings lake --out replayed
      aislewise replay --plan day/plan.geojson --pings day/pings.parquet --out replayed --plot visit.svg --truth day
    """
    from models import floorplan, plans
    from streams.replay.arrivals import arrivals

    if silence is not None:
        settings = replace(settings, silence_seconds=silence)
    if not plan.is_file():
        raise InputError("no such file", file=plan)
    if plot is not None:
        _refuse_plot(plot, pings)
    elif device is not None or truth is not None:
        raise InputError("is for --plot", field="--device" if device is not None else "--truth")
    drawn = floorplan.parse(plan.read_bytes(), plan)
    of_store = plans.of_file(drawn, plan)
    found = arrivals(pings, sys.stdin.buffer if str(pings) == "-" else None)
    with _folder(out):
        done = _replay(found, of_store, settings.silence_seconds, out, pings)
    click.echo(
        f"{done.rows - done.foreign:,} pings, {done.tables['visits'].rows:,} visits, "
        f"{done.tables['dwells'].rows:,} dwells; left out: {done.foreign:,} of other stores, {done.copies:,} copies, "
        f"{done.nowhere:,} without a position; {done.late:,} late",
        err=True,
    )
    if plot is not None:
        _plot(plot, of_store, settings.silence_seconds, pings, out, device, truth)


def _refuse_plot(plot: Path, pings: AnyPath) -> None:
    from aislewise.plot import refuse

    refuse(plot)
    if str(pings) == "-":
        raise InputError("reads the pings again, and standard input is read once", field="--plot", hint="name a file")


def _plot(
    plot: Path,
    of_store: StorePlans,
    silence_s: float,
    pings: AnyPath,
    out: Path,
    device: str | None,
    truth: Path | None,
) -> None:
    from aislewise.plot import draw, truth_of
    from streams.replay.arrivals import arrivals
    from streams.replay.closely import tracks_of, visit_of

    visit = visit_of(out, device)
    true = truth_of(truth, of_store.newest.store, visit) if truth is not None else None
    tracks = tracks_of(of_store, silence_s, visit, arrivals(pings).pieces)
    draw(plot, of_store.at(visit.first_ts), visit, tracks, true)


def _replay(found: Arrivals, plans: StorePlans, silence_s: float, out: Path, pings: AnyPath) -> Replay:
    from aislewise import progress
    from streams.replay.run import replaying

    with replaying(plans, silence_s, out) as done, progress.reading("replay", found.size) as read:
        for piece in found.pieces:
            done.take(piece.pings)
            read(piece.size)
        if done.rows and done.foreign == done.rows:
            raise InputError(f"no pings of the plan's store {plans.newest.store!r}", file=pings, field="store_id")
        done.finish()
    return done


@contextmanager
def _folder(out: Path) -> Iterator[None]:
    """Makes the folder; one that was not there before is there only when all went well."""
    there = out.exists()
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot be made: {error.strerror}", file=out) from None
    try:
        yield
    except BaseException:
        if not there:
            with suppress(OSError):
                out.rmdir()
        raise
