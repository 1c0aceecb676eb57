"""`aislewise simulate`: days of a simulated store as files; `simulated` says which."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, get_args
from zoneinfo import ZoneInfo

import click

from aislewise import progress, simulated
from models.errors import InputError
from models.keys import STORE_ID
from simulation import layouts, sensors
from simulation.catalogue import DAY_MS
from simulation.crowd import Crowd
from simulation.day import Day
from simulation.layout import Size
from simulation.sensors import Sensor
from simulation.store import Store


class LocalTime(click.ParamType):
    """ISO 8601; without an offset it is the store's local time."""

    name = "ISO"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no time like 2026-11-02T09:00", param, ctx)


@click.command()
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A folder that is new or empty.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="The same seed, the same files.")
@click.option("--shoppers", type=click.IntRange(0, 1_000_000), default=60, show_default=True, help="A day.")
@click.option(
    "--minutes", type=click.FloatRange(1, 1440), default=60, show_default=True, help="Opening hours of a day."
)
@click.option("--start", type=LocalTime(), default="2026-11-02T09:00", show_default=True, help="When the store opens.")
@click.option("--days", type=click.IntRange(1, 366), default=1, show_default=True, help="Days in a row.")
@click.option("--store", "store_id", default="S1", show_default=True, help="The store's id.")
@click.option("--timezone", default="UTC", show_default=True, help="The store's, an IANA name.")
@click.option(
    "--layout",
    type=click.Choice(list(layouts.BUILDERS)),
    default="departments",
    show_default=True,
    help="Which of the stores.",
)
@click.option("--departments", type=click.IntRange(1, 120), help="[default: the layout's own, 8 or 6]")
@click.option("--floors", type=click.IntRange(1, 9), help="[default: the layout's own]")
@click.option(
    "--groups",
    type=click.FloatRange(0, 1),
    default=0.4,
    show_default=True,
    help="Share of shoppers who come as two to four.",
)
@click.option("--staff", type=click.IntRange(0, 500), default=3, show_default=True, help="People who work all day.")
@click.option(
    "--things",
    type=click.IntRange(0, 100),
    default=2,
    show_default=True,
    help="A printer, a tablet on show, a phone left behind.",
)
@click.option(
    "--rotations", type=click.FloatRange(0, 60), default=0, show_default=True, help="Changes of a phone's id an hour."
)
@click.option(
    "--sensor",
    "kind",
    type=click.Choice(list(sensors.PRESETS)),
    default="usual",
    show_default=True,
    help="What the errors are like.",
)
@click.option(
    "--sigma",
    type=click.FloatRange(0.01, 100),
    default=2.0,
    show_default=True,
    help="Metres: standard deviation of the error on each axis.",
)
@click.option(
    "--period", type=click.FloatRange(1, 60), default=2.0, show_default=True, help="Seconds from ping to ping."
)
@click.option(
    "--reported",
    type=click.Choice(get_args(sensors.Reported)),
    help="What pings say of their sigma. [default: the sensor's own]",
)
@click.option("--sleeps", type=click.FloatRange(0, 60), help="Sleeps of a phone an hour. [default: the sensor's own]")
@click.option(
    "--clocks", type=click.FloatRange(0, 600), help="Seconds that clocks are off. [default: the sensor's own]"
)
def simulate(
    out: Path,
    seed: int,
    shoppers: int,
    minutes: float,
    start: datetime,
    days: int,
    store_id: str,
    timezone: str,
    layout: str,
    departments: int | None,
    floors: int | None,
    groups: float,
    staff: int,
    things: int,
    rotations: float,
    kind: sensors.Kind,
    sigma: float,
    period: float,
    reported: sensors.Reported | None,
    sleeps: float | None,
    clocks: float | None,
) -> None:
    """Days of a simulated store as files: plan, pings, purchases, check-ins, catalogue, and the truth beside.

    \b
    Example:
      aislewise simulate --out day --shoppers 60 --minutes 60
      aislewise simulate --out hard --layout supermarket --sensor harsh --sigma 3 --period 5 --staff 6
    """
    _refuse_full(out)
    opens_ms = _milliseconds(start, timezone)
    usual = layouts.SIZES[layout]
    size = Size(departments or usual.departments, floors=floors or usual.floors, customers=max(60, shoppers))
    store = Store.build(seed, _store_id(store_id), timezone, size, opens_ms, layout)
    sensor = _sensor(sensors.of(sigma, period, kind, reported), sleeps, clocks)
    crowd = Crowd(groups, staff, things, rotations)
    numbers = progress.over(range(days), "simulating")
    later = (
        Day(store, seed + day, opens_ms + day * DAY_MS, minutes * 60, shoppers, sensor=sensor, crowd=crowd)
        for day in numbers
    )
    simulated.write(out, store, later)


def _sensor(preset: Sensor, sleeps_h: float | None, clocks_s: float | None) -> Sensor:
    sleeps_h = preset.sleeps_h if sleeps_h is None else sleeps_h
    return replace(preset, sleeps_h=sleeps_h, clock_spread_s=preset.clock_spread_s if clocks_s is None else clocks_s)


def _refuse_full(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise InputError("is a file", file=out, hint="name a folder that is new or empty")
    if out.is_dir() and any(out.iterdir()):
        raise InputError("the folder is not empty", file=out, hint="name a folder that is new or empty")


def _store_id(text: str) -> str:
    if not STORE_ID.fullmatch(text):
        raise InputError(f"{text!r} is no store id (letters, digits, . _ -)", field="--store")
    return text


def _milliseconds(start: datetime, timezone: str) -> int:
    try:
        zone = ZoneInfo(timezone)
    except (KeyError, ValueError, OSError):
        raise InputError(f"{timezone!r} is no IANA time zone", field="--timezone", hint="e.g. Europe/London") from None
    local = start if start.tzinfo else start.replace(tzinfo=zone)
    return round(local.timestamp() * 1000)
