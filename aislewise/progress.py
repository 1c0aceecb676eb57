"""Long work on a terminal: a bar on standard error, and nothing at all in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
    track,
)

T = TypeVar("T")


@contextmanager
def steps() -> Iterator[Callable[[str], None]]:
    """Gives a function that is told what begins; how long it takes is not known beforehand."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("", total=None)
        yield lambda what: bar.update(task, description=what)


def over(things: Sequence[T], what: str) -> Iterable[T]:
    """The things one by one, with a bar that fills."""
    return track(things, what, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty())


@contextmanager
def reading(what: str, size: int | None) -> Iterator[Callable[[int], None]]:
    """Gives a function that is told how many more bytes were read, of `size` where that is known."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(what, total=size)
        yield lambda more: bar.advance(task, more)
