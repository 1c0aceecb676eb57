"""The commands `dead-letters list`, `show` and `retry`: records that a worker could not take, and their way back."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from aislewise.letterbox import Letterbox
from models.dead_letters import Letter
from models.errors import InputError
from models.records import TOPICS
from models.settings import Settings
from models.times import milliseconds

FIRST_BYTES = 256
_ROW = 16


class Place(click.ParamType):
    """Where a letter stands: its partition and offset among the dead letters."""

    name = "PARTITION/OFFSET"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        partition, _, offset = str(value).partition("/")
        if not (partition.isdecimal() and offset.isdecimal()):
            self.fail(f"{value!r} is not PARTITION/OFFSET, as `aislewise dead-letters list` shows them", param, ctx)
        return f"{int(partition)}/{int(offset)}"


class Since(click.ParamType):
    """A time as ms since 1970."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            return milliseconds(value)
        except ValueError as error:
            self.fail(f"{value!r} is {error}", param, ctx)


TOPIC = click.option("--topic", type=click.Choice(TOPICS), help="Only records of this topic.")
SINCE = click.option("--since", "since_ms", type=Since(), default=0, help="Only from this time on (UTC): 2026-11-27.")


@click.group()
def dead_letters() -> None:
    """Records that a worker could not take; they lie whole in the topic `dead-letters`."""
    logging.getLogger("kafka").setLevel(logging.CRITICAL)


@dead_letters.command("list")
@TOPIC
@SINCE
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
@click.pass_obj
def list_(settings: Settings, topic: str | None, since_ms: int, as_json: bool) -> None:
    """Lists the dead letters, oldest first: where each stands, where its record stood, who could not take it, and why.

    \b
    Example:
      aislewise dead-letters list --topic pings --since 2026-11-27
    """
    found = _chosen(Letterbox(settings.kafka).read(), topic, since_ms)
    if as_json:
        click.echo(json.dumps([_row(one) for one in found]))
        return
    table = Table("letter", "since", "record", "worker", "reason", "retried")
    table.add_column("bytes", justify="right")
    for one in found:
        retried = "" if one.retried is None else f"{one.source.partition}/{one.retried}"
        words = (one.place, _time(one), one.origin, one.worker or "", _plain(one.reason), retried)
        table.add_row(*map(Text, words), f"{len(one.value):,}")
    Console().print(table)


@dead_letters.command()
@click.argument("place", type=Place())
@click.option(
    "--out", type=click.File("wb"), metavar="FILE", help="Write the record's value there, whole; - prints it."
)
@click.pass_obj
def show(settings: Settings, place: str, out: Any) -> None:
    """Shows a dead letter: the reason, the record's headers and its first bytes.

    \b
    Example:
      aislewise dead-letters show 1/42 --out record.bin
    """
    letter = _one(Letterbox(settings.kafka).read(), place)
    if out is not None:
        out.write(letter.value)
        return
    click.echo(f"{letter.origin}, {_time(letter)}, worker {letter.worker or 'unknown'}")
    click.echo(f"reason: {_plain(letter.reason)}")
    click.echo(f"key: {_readable(letter.key)}")
    for name, value in letter.headers:
        click.echo(f"header {_plain(name)}: {_readable(value)}")
    if letter.retried is not None:
        click.echo(f"retried: it is {letter.source.topic} {letter.source.partition}/{letter.retried}")
    click.echo(f"{len(letter.value):,} bytes")
    for at in range(0, min(len(letter.value), FIRST_BYTES), _ROW):
        part = letter.value[at : at + _ROW]
        click.echo(f"{at:06x}  {part.hex(' '):<{3 * _ROW}} {_readable(part)}")


@dead_letters.command()
@click.argument("place", type=Place(), required=False)
@click.option("--all", "every", is_flag=True, help="All that can be; --topic and --since choose.")
@TOPIC
@SINCE
@click.option("--dry-run", is_flag=True, help="Show what would be put back, and change nothing.")
@click.pass_obj
def retry(settings: Settings, place: str | None, every: bool, topic: str | None, since_ms: int, dry_run: bool) -> None:
    """Puts a record back on the topic and partition that it came from, once, for the worker that could not take it.

    First mend what the reason says. A record that fails again is a new dead letter. Killed half-way, run it again. One
    at a time: two who retry the same letter in the same second may put it back twice.

    \b
    Example:
      aislewise dead-letters retry 1/42
      aislewise dead-letters retry --all --topic checkins --dry-run
    """
    if every == (place is not None):
        raise click.UsageError("one of PARTITION/OFFSET and --all is needed, and one only")
    box = Letterbox(settings.kafka)
    found = box.read()
    if place is not None:
        letter = _one(found, place)
        if why := letter.why_not():
            raise InputError(why, file=f"letter {place}")
        _put_back(box, [letter], dry_run)
        return
    chosen = _chosen(found, topic, since_ms)
    _put_back(box, [one for one in chosen if not one.why_not()], dry_run)
    for why, count in Counter(_kind(one) for one in chosen if one.why_not()).items():
        click.echo(f"{count:,} left: {why}")


def _put_back(box: Letterbox, chosen: Sequence[Letter], dry_run: bool) -> None:
    for letter in chosen:
        if dry_run:
            click.echo(f"{letter.place}: {letter.origin} would be put back for the worker {letter.worker}")
        else:
            offset = box.retry(letter)
            click.echo(f"{letter.place}: put back as {letter.source.topic} {letter.source.partition}/{offset}")
    click.echo(f"{len(chosen):,} {'would be ' if dry_run else ''}put back")


def _kind(letter: Letter) -> str:
    """Why it cannot be put back, without what is of this letter alone."""
    return "retried before" if letter.retried is not None else letter.why_not()


def _chosen(found: Sequence[Letter], topic: str | None, since_ms: int) -> list[Letter]:
    return [one for one in found if one.ts_ms >= since_ms and topic in (None, one.source.topic)]


def _one(found: Sequence[Letter], place: str) -> Letter:
    """Raises InputError."""
    for letter in found:
        if letter.place == place:
            return letter
    raise InputError("there is no such dead letter", file=f"letter {place}", hint="aislewise dead-letters list")


def _row(letter: Letter) -> dict[str, object]:
    return {
        "letter": letter.place,
        "ts": _time(letter),
        "topic": letter.source.topic,
        "partition": letter.source.partition,
        "offset": letter.source.offset,
        "worker": letter.worker,
        "reason": letter.reason,
        "key": letter.key.decode(errors="replace"),
        "bytes": len(letter.value),
        "retried": letter.retried,
    }


def _time(letter: Letter) -> str:
    return datetime.fromtimestamp(letter.ts_ms / 1000, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _plain(text: str) -> str:
    """What others have written, without what a terminal would obey."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)


def _readable(data: bytes) -> str:
    return "".join(chr(one) if 32 <= one < 127 else "." for one in data)
