"""`python -m benchmarks accuracy`: the grid, its tables, the figures as JSON and the reliability diagrams."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import click

from benchmarks.accuracy import diagrams, methods, nearest, pauses, runs, tables, walks
from benchmarks.accuracy.asis import Finding
from benchmarks.accuracy.grid import GRID, QUICK
from benchmarks.accuracy.runs import Run
from benchmarks.accuracy.summary import Summary

SEEDS = 3


@click.command("accuracy")
@click.option("--quick", is_flag=True, help="A few cells and one seed: a minute or two.")
@click.option("--scenario", multiple=True, help="Only cells with this in their name, e.g. 'departments, 2 m'; repeat.")
@click.option("--method", multiple=True, type=click.Choice(list(methods.ALL)), help="Only these; repeat.")
@click.option("--seeds", type=click.IntRange(1), help=f"Seeds per cell ({SEEDS}; 1 with --quick).")
@click.option("--shoppers", type=click.IntRange(1), help="Shoppers per seed.")
@click.option("--processes", type=click.IntRange(1), default=os.cpu_count(), help="How many at once.")
@click.option(
    "--diagrams", "diagrams_path", type=click.Path(path_type=Path), help="Reliability diagrams, an .svg or .png."
)
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="All figures of all runs, as JSON.")
def command(
    quick: bool,
    scenario: Sequence[str],
    method: Sequence[str],
    seeds: int | None,
    shoppers: int | None,
    processes: int,
    diagrams_path: Path | None,
    json_path: Path | None,
) -> None:
    """Who is where for how long: the engine beside other methods on simulated days whose truth is known."""
    cells = [cell for cell in (QUICK if quick else GRID) if all(text in cell.name for text in scenario)]
    if not cells:
        raise click.UsageError(f"no scenario has {', '.join(scenario)}; a name is like '{GRID[0].name}'")
    if shoppers:
        cells = [replace(cell, shoppers=shoppers) for cell in cells]
    seeds = seeds or (1 if quick else SEEDS)
    names = [name for name in method or methods.ALL if methods.ALL[name].is_there]
    if absent := set(method or methods.ALL) - set(names):
        click.echo(f"not installed: {', '.join(sorted(absent))} (`make bench` brings them)", err=True)
    summary = Summary(list(_shown(runs.run_all(cells, range(1, seeds + 1), names, processes))))
    tables.show(summary)
    found = [] if scenario or method else list(_as_they_are())
    tables.show_findings(found)
    if diagrams_path:
        diagrams.write(summary, diagrams_path)
    if json_path:
        json_path.write_text(json.dumps(tables.as_json(summary, found), indent=1))


def _as_they_are() -> Iterator[Finding]:
    """Of the real data that are there."""
    if nearest.there():
        yield from nearest.findings()
    if walks.there():
        yield from pauses.findings()


def _shown(done: Iterator[Run]) -> Iterator[Run]:
    """A line on standard error as each cell begins to come in."""
    last = None
    for one in done:
        if one.cell != last:
            click.echo(one.cell.name, err=True)
        last = one.cell
        yield one


def run(arguments: Sequence[str] = ()) -> None:
    """Exits 2 for wrong options."""
    command.main(list(arguments), prog_name="python -m benchmarks accuracy", standalone_mode=bool(arguments))
