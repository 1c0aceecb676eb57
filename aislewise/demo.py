"""`aislewise demo`: the whole system on this machine, with a simulated store day, until Ctrl-C or for some minutes."""

from __future__ import annotations

import json
import subprocess  # nosec B404 # our own command
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from models.errors import AwayError, InputError
from models.settings import DEMO_SECRET, Settings

STORE = "S1"
DAY_MINUTES, SHOPPERS = 40, 40
"""An accelerated day: 40 minutes of a store in which 40 people shop."""
LIVE_MINUTES, LIVE_SHOPPERS = 480, 500
AHEAD_MINUTES = 6
"""A day at real speed is this far on when it begins, so that somebody is there."""
SETTLE_SECONDS = 45.0
TABLE = click.Path(path_type=Path, dir_okay=False, exists=True)


@dataclass(frozen=True)
class Parts:
    """The running system and where it lies."""

    settings: Settings
    gateway_url: str
    serving_url: str
    redis_url: str
    lake: Path


@click.command()
@click.option("--minutes", type=click.FloatRange(0.5), help="Stop by itself: two fast days with a night in between.")
@click.option(
    "--folder", type=click.Path(path_type=Path, file_okay=False), help="Keep the data here; it must be empty."
)
@click.option(
    "--own", is_flag=True, help="Your store: draw its plan in the browser; --folder may have something in it."
)
@click.option("--products", type=TABLE, help="With --own: your catalogue, as for `catalog import`.")
@click.option("--offers", type=TABLE, help="With --own: what is cleared, and coupons.")
@click.option("--stock", type=TABLE, help="With --own: what is left.")
@click.option("--seed", default=1, show_default=True, help="Of the simulation.")
@click.option("--lose-one", is_flag=True, hidden=True, help="Lose one ping on purpose: the counts must notice.")
@click.pass_obj
def demo(
    settings: Settings,
    /,
    minutes: float | None,
    folder: Path | None,
    own: bool,
    seed: int,
    lose_one: bool,
    **catalog: Path | None,
) -> None:
    """Runs the whole system here: embedded broker and Valkey, a simulated store, the tablet at a printed address.

    Without --minutes a day at real speed, until Ctrl-C; you are the salesperson. With it, two accelerated days with a
    night in between, a simulated salesperson, and at the end what happened: exit 1 where a count does not add up.
    With --own the store is yours: you draw its plan, and some people walk over it.

    \b
    Example:
      aislewise demo --minutes 2
      aislewise demo --own --folder mystore --products products.csv --offers offers.csv
    """
    from rich.console import Console

    console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
    tables = {name: path for name, path in catalog.items() if path}
    if (own and minutes) or (tables and not own):
        raise click.UsageError("--products, --offers and --stock go with --own, --minutes does not")
    with ExitStack() as cleaning:
        if own:
            _own(settings, _folder(folder, cleaning, may_hold=True), tables, seed, cleaning, console)
            return
        root = _folder(folder, cleaning)
        parts, store = _start(settings, root, seed, cleaning, console)
        run = Run(parts, store, seed, lose_one, console)
        holds = run.fast(minutes * 60) if minutes else run.live()
    if not holds:
        raise AwayError("the counts do not add up", "see the table above")


class Run:
    """Drives the system and reckons at the end."""

    def __init__(self, parts: Parts, store: Any, seed: int, lose_one: bool, console: Any) -> None:
        from aislewise.sender import Log, Sender

        self._parts, self._store, self._seed, self._console = parts, store, seed, console
        self._ended, self._log = threading.Event(), Log()
        self._sender = Sender(parts.gateway_url, STORE, _token("sender"), self._log, self._ended, lose_one)
        self._day: Any = None

    def fast(self, seconds: float) -> bool:
        """Two accelerated days and a night; whether the counts add up."""
        from aislewise.associate import Associate
        from models.bundle import latest

        associate = Associate(self._parts.serving_url, STORE, _token("associate", "Sim"), self._ask)
        associate.start()
        began = time.monotonic()
        names = []
        try:
            for number, start_ms in enumerate(_past_days(2)):
                left = seconds - (time.monotonic() - began)
                self._accelerated(number, start_ms, left / (2 - number) * 0.7)
                self._settle(associate)
                champion = latest(self._parts.settings.bundles)
                names.append(champion.name if champion else "none")
                if number == 0:
                    self._console.print(_night(self._parts.settings))
        except KeyboardInterrupt:
            self._console.print("stopped")
        associate.stop()
        return self._reckon(associate.seen, names)

    def live(self) -> bool:
        """A day at real speed until Ctrl-C."""
        from simulation.day import Day

        start_ms = int(time.time() * 1000) - AHEAD_MINUTES * 60_000
        day = Day(self._store, self._seed, start_ms, LIVE_MINUTES * 60, LIVE_SHOPPERS)
        self._console.print("Ctrl-C ends it.")
        try:
            self._sender.day(day, 1.0, start_ms / 1000, day.events())
        except KeyboardInterrupt:
            self._ended.set()
            self._console.print("stopping")
        return True

    def _accelerated(self, number: int, start_ms: int, seconds: float) -> None:
        from simulation.day import Day

        self._day = Day(self._store, self._seed + number, start_ms, DAY_MINUTES * 60, SHOPPERS)
        speed = max(1.0, (self._day.end_ms - start_ms) / 1000 / max(seconds, 1.0))
        when = datetime.fromtimestamp(start_ms / 1000, UTC).date()
        self._console.print(f"day {number + 1}, {when}, at {speed:.0f} times real speed")
        self._sender.day(self._day, speed, time.time(), self._day.events())

    def _ask(self, prompt: Mapping[str, Any], shopper: Mapping[str, Any]) -> str | None:
        with self._sender.turn:
            reaction = self._day.react(
                None, shopper["x_m"], shopper["y_m"], self._sender.now_ms, prompt["sku"], prompt.get("offer_id")
            )
        return reaction.kind if reaction.kind in ("accepted", "declined") else None

    def _settle(self, associate: Any) -> None:
        from aislewise import reckoning

        reckoning.settle(self._parts.lake, self._log, lambda: associate.seen, SETTLE_SECONDS)

    def _reckon(self, seen: Any, names: list[str]) -> bool:
        from aislewise import reckoning

        topics = reckoning.on_topics(self._parts.settings.kafka, seen)
        found = reckoning.claims(self._log, seen, topics, self._parts.lake, self._parts.redis_url, STORE)
        before, after = (names[0], names[-1]) if names else ("none", "none")
        return reckoning.show(self._console, found, topics, self._log, (before, after))


def _folder(folder: Path | None, cleaning: ExitStack, may_hold: bool = False) -> Path:
    """Raises InputError for a folder with something in it, unless it `may_hold` something."""
    if folder is None:
        return Path(cleaning.enter_context(tempfile.TemporaryDirectory(prefix="aislewise-demo-")))
    if not may_hold and folder.exists() and any(folder.iterdir()):
        raise InputError("is not empty", file=folder, hint="name a new folder, or none for a temporary one")
    folder.mkdir(parents=True, exist_ok=True)
    # the parts run in folders of their own
    return folder.resolve()


def _start(settings: Settings, root: Path, seed: int, cleaning: ExitStack, console: Any) -> tuple[Parts, Any]:
    """Everything up, the catalogue known, the tablet's address printed."""
    from simulation.store import Store

    store = Store.build(seed, STORE, today_ms=_past_days(2)[0])
    (root / "plans").mkdir()
    (root / "plans" / f"{STORE}.geojson").write_text(json.dumps(store.plan_geojson))
    parts = _parts(settings, root, cleaning, console)
    _import_catalog(parts.settings, store, root)
    _print_tablet(parts, console)
    return parts, store


def _parts(settings: Settings, root: Path, cleaning: ExitStack, console: Any, plans: Path | None = None) -> Parts:
    from aislewise.embedded import Broker, Valkey
    from aislewise.stack import Stack

    plans = plans or root / "plans"
    for made in (plans, root / "logs"):
        made.mkdir(parents=True, exist_ok=True)
    broker, valkey = cleaning.enter_context(Broker(root / "logs")), cleaning.enter_context(Valkey(root / "logs"))
    ours = replace(_settings(settings, root, broker.bootstrap, valkey.url), plans=str(plans))
    console.print("starting; the first time the dwell engine is compiled, which takes half a minute")
    stack = cleaning.enter_context(Stack(ours, root / "logs"))
    return Parts(ours, stack.gateway_url, stack.serving_url, valkey.url, root / "lake")


def _print_tablet(parts: Parts, console: Any) -> None:
    console.print(f"tablet: {parts.serving_url}/", soft_wrap=True)
    console.print(f"sign in with: {_token('associate', 'You')}", soft_wrap=True)


def _own(
    settings: Settings, root: Path, tables: Mapping[str, Path], seed: int, cleaning: ExitStack, console: Any
) -> None:
    """A person's own store until Ctrl-C: the plan is drawn in the browser, and people walk over it."""
    from aislewise.strollers import Strollers
    from models.plans import PlanFolder

    # the broker forgets everything at the end, so that each run has a lake of its own; plans stay
    run = root / "runs" / datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%S")
    parts = _parts(settings, run, cleaning, console, root / "plans")
    if tables:
        options = [part for name, path in tables.items() for part in (f"--{name}", str(path))]
        console.print(_command(parts.settings, "catalog", "import", "--all", *options).strip(), soft_wrap=True)
    console.print(f"draw your plan at: {parts.serving_url}/manager#plan", soft_wrap=True)
    console.print(f"sign in with: {_token('manager', 'You')}", soft_wrap=True)
    _print_tablet(parts, console)
    console.print("People come as soon as the plan has a display. Ctrl-C ends it.")
    plans = PlanFolder(parts.settings.plans)
    try:
        Strollers(parts.gateway_url, STORE, _token("sender"), plans, seed).walk()
    except KeyboardInterrupt:
        console.print("stopping")


def _settings(settings: Settings, root: Path, kafka: str, redis: str) -> Settings:
    folders: dict[str, Any] = {name: str(root / name) for name in ("lake", "bundles", "plans", "salts", "checkpoints")}
    return replace(
        settings,
        kafka=kafka,
        redis=redis,
        demo=True,
        secret=DEMO_SECRET,
        flush_ms=100,
        history_seconds=2.0,
        max_age_seconds=10 * 86_400.0,
        session_timeout_seconds=6.0,
        **folders,
    )


def _import_catalog(settings: Settings, store: Any, root: Path) -> None:
    from models import lake
    from models.records import rows_to_table

    names = ("products", "offers", "stock")
    for name in names:
        lake.write(root / "catalog" / f"{name}.parquet", rows_to_table(name, getattr(store, name)))
    options = [part for name in names for part in (f"--{name}", str(root / "catalog" / f"{name}.parquet"))]
    _command(settings, "catalog", "import", *options)


def _night(settings: Settings) -> str:
    return f"night: {_command(settings, 'nightly').strip()}"


def _command(settings: Settings, *words: str) -> str:
    """Runs one of our commands and gives what it printed. Raises AwayError."""
    from aislewise.stack import environment

    command = [sys.executable, "-m", "aislewise", *words]
    done = subprocess.run(command, env=environment(settings), capture_output=True, text=True, check=False)  # nosec B603
    if done.returncode:
        raise AwayError(f"aislewise {' '.join(words)} ended with {done.returncode}: {done.stderr.strip()[-500:]}")
    return done.stdout


def _past_days(count: int) -> list[int]:
    """Ten o'clock (UTC) of the days before today, oldest first, ms."""
    today = datetime.now(UTC).replace(hour=10, minute=0, second=0, microsecond=0)
    return [int((today - timedelta(days=back)).timestamp() * 1000) for back in range(count, 0, -1)]


def _token(role: str, staff: str | None = None) -> str:
    from models.tokens import Bearer, issue

    return issue(DEMO_SECRET, Bearer(STORE, role, staff), time.time(), 1.0)
