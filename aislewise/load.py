"""The command `load`: a crowd of phones against a gateway, and how it answered."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import click

from aislewise.crowd import CYCLE_SECONDS, GROUPS, Crowd
from models.settings import Settings

MOST_PHONES = 1_000_000
TOKEN_DAYS = 1.0


@click.command()
@click.option("--plan", "plan_path", type=click.Path(path_type=Path, exists=True, dir_okay=False), required=True)
@click.option("--gateway", "url", default="http://127.0.0.1:8001", show_default=True, help="Where the gateway listens.")
@click.option("--rate", type=click.IntRange(1), default=1000, show_default=True, help="Pings a second, of all phones.")
@click.option("--seconds", type=click.FloatRange(min=0, min_open=True), default=60.0, show_default=True)
@click.option("--seed", default=0, show_default=True, help="Where the phones stand.")
@click.pass_obj
def load(settings: Settings, plan_path: Path, url: str, rate: int, seconds: float, seed: int) -> None:
    """Sends pings to a gateway at a steady rate, and says what it took and how fast it answered.

    Phones ping every 2 s from places in the plan's departments and displays. They are made up, but a store that is open
    will count them as shoppers: use a store of its own. Ends with 1 where anything was refused or not answered.

    \b
    Example:
      AISLEWISE_SECRET=… aislewise load --plan plans/S1.geojson --rate 1000 --seconds 30
    """
    from aislewise import progress
    from models import floorplan
    from models.tokens import Bearer, issue

    plan = floorplan.parse(plan_path.read_bytes(), plan_path)
    phones = round(rate * CYCLE_SECONDS / GROUPS) * GROUPS or GROUPS
    if phones > MOST_PHONES:
        raise click.BadParameter(f"more than {MOST_PHONES / CYCLE_SECONDS:,.0f} a second", param_hint="--rate")
    token = issue(settings.require_secret(), Bearer(plan.store, "sender"), time.time(), TOKEN_DAYS)
    crowd = Crowd(url, token, plan.store, floorplan.spots(plan, phones, seed))
    with progress.reading(f"{rate:,} pings a second", round(rate * seconds)) as more:
        took_s = crowd.run(seconds, threading.Event(), more)
    _report(crowd, took_s)


def _report(crowd: Crowd, took_s: float) -> None:
    import numpy as np

    p50, p99 = np.quantile(crowd.answers_s, [0.5, 0.99]) * 1000
    click.echo(f"{crowd.taken:,} pings taken, {crowd.taken / took_s:,.0f} a second for {took_s:.1f} s")
    click.echo(f"answers: p50 {p50:.0f} ms, p99 {p99:.0f} ms")
    others = {status: count for status, count in sorted(crowd.statuses.items()) if status != 202}
    for status, count in others.items():
        click.echo(f"{count:,} POSTs {f'answered {status}' if status else 'not answered'}", err=True)
    if others:
        raise SystemExit(1)
