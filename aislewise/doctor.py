"""The command `doctor`: what this installation has, what is missing, and what to do about it. It changes nothing."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from models import folders
from models.errors import AislewiseError, SettingError
from models.settings import Settings

FOLDERS = ("lake", "bundles", "plans", "salts", "checkpoints")
PATIENCE_S = 3.0


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. What is not `needed` may be missing: `found` says what goes without it."""

    what: str
    found: str
    ok: bool
    needed: bool = True
    advice: str = ""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a list of {what, found, ok, needed, advice}.")
@click.pass_obj
def doctor(settings: Settings, as_json: bool) -> None:
    """Says what is missing: secret, Kafka and its topics, Redis, folders, plans, catalogue, bundle. Changes nothing.

    Ends with 1 where something is missing that is needed.

    \b
    Example:
      aislewise doctor
    """
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    found = list(findings(settings))
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found]))
    else:
        _print(found)
    if any(one.needed and not one.ok for one in found):
        raise SystemExit(1)


def findings(settings: Settings) -> Iterator[Finding]:
    """In the order in which one would mend them."""
    looks: dict[str, Callable[[Settings], Finding]] = {
        "secret": _secret,
        "Kafka": _kafka,
        "Redis": _redis,
        **{name: partial(_folder, name=name) for name in FOLDERS},
        "floor plans": _plans,
        "products": _products,
        "bundle": _bundle,
    }
    for what, look in looks.items():
        try:
            yield look(settings)
        except AislewiseError as error:
            yield Finding(what, error.message, False, advice=error.hint)
        except OSError as error:
            yield Finding(what, f"{error.filename or ''} {error.strerror or error}".strip(), False)


def _secret(settings: Settings) -> Finding:
    try:
        settings.require_secret()
    except SettingError as error:
        return Finding("secret", error.message, False, advice=error.hint)
    return Finding("secret", "the demo's: for nothing but the demo" if settings.demo else "set", True)


def _kafka(settings: Settings) -> Finding:
    from kafka import KafkaAdminClient
    from kafka.errors import KafkaError

    from models.records import TOPICS

    ms = round(PATIENCE_S * 1000)
    try:
        with KafkaAdminClient(
            bootstrap_servers=settings.kafka.split(","), bootstrap_timeout_ms=ms, request_timeout_ms=ms
        ) as admin:
            topics = {topic["name"]: len(topic["partitions"]) for topic in admin.describe_topics()}
    except (KafkaError, OSError) as error:
        why = f"{settings.kafka} does not answer: {type(error).__name__}"
        return Finding("Kafka", why, False, advice="start it, or set AISLEWISE_KAFKA")
    there = {name: topics[name] for name in TOPICS if name in topics}
    if len(there) < len(TOPICS):
        missing = f"{settings.kafka}, {len(there)} of {len(TOPICS)} topics: the first process that starts makes them"
        return Finding("Kafka", missing, True)
    counts = set(there.values())
    if len(counts) > 1:
        return Finding("Kafka", f"topics with {min(counts)} to {max(counts)} partitions", False, advice=SAME)
    return Finding("Kafka", f"{settings.kafka}, {len(there)} topics of {counts.pop()} partitions", True)


SAME = "give every topic the same number: a store's records have to lie in partitions of one number"


def _redis(settings: Settings) -> Finding:
    from redis import Redis
    from redis.exceptions import RedisError

    client = Redis.from_url(settings.redis, socket_connect_timeout=PATIENCE_S, socket_timeout=PATIENCE_S)
    where = settings.redis.rpartition("@")[2].removeprefix("redis://")
    try:
        with client:
            version = client.info("server")["redis_version"]
    except (RedisError, OSError) as error:
        why = f"{where} does not answer: {type(error).__name__}"
        return Finding("Redis", why, False, advice="start it, or set AISLEWISE_REDIS")
    return Finding("Redis", f"{where}, version {version}", True)


def _folder(settings: Settings, name: str) -> Finding:
    path = folders.at(str(getattr(settings, name)))
    if not isinstance(path, Path):
        next(iter(path.glob("*")), None)
        return Finding(name, f"{path}, which can be listed", True)
    if not path.is_dir() and name == "plans":
        return Finding(name, f"{path} is not there", False, advice=f"mkdir {path}")
    if not path.exists():
        return Finding(name, f"{path}, made by whoever first writes there", True)
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        return Finding(name, f"{path} cannot be written", False, advice=f"give it to the user {os.geteuid()}")
    return Finding(name, str(path), True)


def _plans(settings: Settings) -> Finding:
    from models import plans

    found = plans.load(settings.plans)
    if not found:
        return Finding("floor plans", "none", False, advice="lay one down as <store>.geojson, see docs/floor-plans.md")
    return Finding("floor plans", f"of {', '.join(sorted(found))}", True)


def _products(settings: Settings) -> Finding:
    from models import lake

    root, advice = folders.at(settings.lake), "aislewise catalog import --products products.csv"
    rows = sum(len(part) for part in lake.batches(root, "products", ["sku"]))
    if not rows:
        return Finding("products", "none, so nothing can be recommended", False, advice=advice)
    more = [name for name in ("offers", "stock") if not lake.exists(root, name)]
    return Finding("products", f"{rows:,}" + (f", no {' and no '.join(more)}" if more else ""), True)


def _bundle(settings: Settings) -> Finding:
    from models import bundle

    latest = bundle.latest(settings.bundles)
    if latest is None:
        why = "none yet: prompts point out what is on offer, the largest discount first"
        return Finding("bundle", why, False, needed=False, advice="aislewise nightly, once there are purchases")
    return Finding("bundle", f"{bundle.load(latest).name}, verified", True)


def _print(found: list[Finding]) -> None:
    table = Table("", "what", "found", "what to do")
    for one in found:
        mark = "[green]ok[/]" if one.ok else "[red]missing[/]" if one.needed else "[yellow]not yet[/]"
        table.add_row(mark, one.what, escape(one.found), escape(one.advice))
    Console(width=None if os.isatty(1) else 160).print(table)
