"""What `calibrate` prints and writes: tables for a person, a CSV of areas, the plan with its calibration."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import click

from models.errors import InputError
from models.floorplan import FloorPlan
from streams.calibrate.areas import SIDE_M, Area
from streams.calibrate.difference import Difference
from streams.calibrate.figures import Figure, Measured
from streams.calibrate.sample import Sample

SHOWN = 3
"""Areas of the smallest, and of the largest errors that are shown."""
ZONES = 5
"""Zones that are shown, of those that change the most."""


def show(found: Measured, sample: Sample) -> None:
    """The figures, and the areas that stand out."""
    kept = "" if sample.one_of == 1 else f" of one phone in {sample.one_of}"
    click.echo(f"{found.pings:,} pings in {found.visits:,} visits{kept}; {sample.foreign:,} of other stores left out\n")
    rows = [("parameter", "unit", "default", "estimated", "in plan", "from", "what"), *map(_row, found.figures)]
    _columns(rows)
    click.echo(
        "\nThe part of an error that is the same on every visit to a place shows in no stay and is not in these."
    )
    _show_areas(found.areas)


def _row(figure: Figure) -> tuple[str, ...]:
    default = "–" if figure.default is None else f"{figure.default:.3g}"
    if figure.value is None:
        kept = "–" if figure.default is None else "default"
        return figure.name, figure.unit, default, kept, "no", figure.why, figure.about
    origin = f"{figure.count:,} {figure.of}"
    carried = "yes" if figure.carried else "no"
    return figure.name, figure.unit, default, f"{figure.value:.3g}", carried, origin, figure.about


def _show_areas(areas: Sequence[Area]) -> None:
    if not areas:
        click.echo("\nsigma by area: too few pings")
        return
    by_sigma = sorted(areas, key=lambda area: area.sigma_m)
    shown = by_sigma if len(areas) <= 2 * SHOWN else [*by_sigma[:SHOWN], *by_sigma[-SHOWN:]]
    click.echo(f"\nsigma by area of {SIDE_M:g} × {SIDE_M:g} m, the least and the greatest of {len(areas)}:")
    heads = ("floor", "x_m", "y_m", "sigma_m", "pings")
    _columns([heads, *((f"{a.floor}", f"{a.x_m:g}", f"{a.y_m:g}", f"{a.sigma_m:.2f}", f"{a.pings:,}") for a in shown)])


def show_difference(difference: Difference) -> None:
    """Seconds of dwell that change between a replay with the defaults and one with the estimates."""
    click.echo("\ndwell_s that the estimates change, by visit and zone:")
    for kind in ("department", "display"):
        before_s, changed_s = difference.total(kind)
        share = changed_s / before_s if before_s else 0.0
        click.echo(f"  {kind}s: {changed_s:,.0f} s of {before_s:,.0f} s ({share:.1%})")
    heads = ("most in", "kind", "changed_s", "default_s")
    rows = [
        (zone, kind, f"{difference.changed_s[kind, zone]:,.0f}", f"{difference.before_s[kind, zone]:,.0f}")
        for kind, zone in difference.most(ZONES)
    ]
    _columns([heads, *rows])


def _columns(rows: Sequence[tuple[str, ...]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def csv(areas: Sequence[Area]) -> str:
    """All areas, a row each, with a head."""
    rows = (f"{a.floor},{a.x_m:g},{a.y_m:g},{a.sigma_m:.3f},{a.pings}\n" for a in areas)
    return "".join(["floor,x_m,y_m,sigma_m,pings\n", *rows])


def with_calibration(plan: FloorPlan, calibration: Mapping[str, float], file: object) -> bytes:
    """The plan's GeoJSON, equal but for the member `calibration`. Raises InputError for what JSON cannot say."""
    about = {**plan.features["aislewise"], "calibration": dict(calibration)}
    try:
        text = json.dumps({**plan.features, "aislewise": about}, indent=1, ensure_ascii=False, allow_nan=False)
    except ValueError:
        raise InputError("has a number too large for JSON", file=file) from None
    return text.encode() + b"\n"
