"""The commands `plan check`, `plan import` and `catalog import`: what a person hands in is checked before it hurts."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from aislewise.options import FOLDER
from models import folders
from models.folders import AnyPath
from models.settings import Settings

FILE = click.Path(path_type=Path, dir_okay=False, allow_dash=True)


@click.group()
def plan() -> None:
    """Floor plans."""


@plan.command()
@click.argument("file", type=FILE)
def check(file: Path) -> None:
    """Says what a plan holds, or what is wrong with it.

    \b
    Example:
      aislewise plan check plans/S1.geojson
    """
    import shapely

    from models import floorplan
    from models.errors import InputError
    from models.records import ZONE_KINDS

    try:
        data = file.read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=file) from None
    found = floorplan.parse(data, file)
    raster = found.raster()
    left, low, right, high = shapely.total_bounds([zone.shape for zone in found.zones])
    counts = ((len(found.of_kind(kind)), kind) for kind in ZONE_KINDS)
    click.echo(f"{file}: store {found.store}, version {found.version}, {found.timezone.key}")
    click.echo(f"{right - left:.1f} × {high - low:.1f} m, floors {', '.join(map(str, raster.floors))}")
    click.echo(", ".join(f"{count} {kind}" for count, kind in counts if count))


@plan.command("import")
@click.argument("files", type=FILE, nargs=-1, required=True)
@click.option("--store", required=True, help="The store's id.")
@click.option("--timezone", required=True, help="Where its days begin, e.g. Europe/Berlin.")
@click.option("--kinds", default="", help="What is which kind: PATTERN:KIND,…; kind - is left out.")
@click.option("--floors", default="", help="The floor of each file, e.g. -1,0,1; else as the files say, else 0.")
@click.option(
    "--rest", metavar="NAME", help="A department of this name: what lies in a floor's outline and in no other."
)
@click.option("--cut", is_flag=True, help="Where departments overlap by much, too, the first keeps what they share.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True), required=True)
def import_plan(
    files: tuple[Path, ...],
    store: str,
    timezone: str,
    kinds: str,
    floors: str,
    rest: str | None,
    cut: bool,
    out: Path,
) -> None:
    """Makes a plan in local metres of GeoJSON in WGS84 or metres, as OpenStreetMap, IMDF or a planner's tool writes it.

    Several files are as many floors. What a feature is, its properties say: kind, type, category, class, indoor, …;
    --kinds says it for others, by a value (wall:obstacle) or by a property (name=wc*:-). What says nothing of itself
    is a department.

    \b
    Example:
      aislewise plan import ground.geojson --store S1 --timezone Europe/Berlin --out plans/S1.geojson
      aislewise plan import 0.geojson 1.geojson --store S2 --timezone Asia/Tokyo --kinds "name=wc*:-" --out S2.geojson
    """
    from models.drawn_kinds import Kinds
    from models.plan_import import Drawing, Reading, plan_of

    levels = _floors(floors, len(files))
    drawings = [Drawing(_geojson(file), floor, file) for file, floor in zip(files, levels, strict=True)]
    imported = plan_of(drawings, Reading(store, timezone, Kinds.parse(kinds), rest=rest, cut=cut))
    for note in imported.notes:
        click.echo(note, err=True)
    data = json.dumps(imported.plan, ensure_ascii=False).encode()
    if str(out) == "-":
        sys.stdout.buffer.write(data + b"\n")
        return
    folders.write(out, data)
    click.echo(f"{out}: {len(imported.plan['features'])} zones; aislewise plan check {out} says more")


def _floors(text: str, count: int) -> list[int | None]:
    """One a file."""
    if not text:
        return [None] * count
    try:
        floors: list[int | None] = [int(part) for part in text.split(",")]
    except ValueError:
        raise click.UsageError(f"--floors {text}: not a list of whole numbers") from None
    if len(floors) != count:
        raise click.UsageError(f"--floors names {len(floors)} floors for {count} files")
    return floors


def _geojson(file: Path) -> Any:
    """What is in it. Raises PlanError."""
    from models.errors import PlanError

    try:
        return json.loads(sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes())
    except OSError as error:
        raise PlanError(f"cannot be read: {error.strerror}", file=file) from None
    except (ValueError, RecursionError) as error:
        raise PlanError(f"not JSON: {error}", file=file) from None


@click.group()
def catalog() -> None:
    """Products, offers and stock."""


@catalog.command("import")
@click.option("--products", type=FILE, help="sku, name, department, category, price?, cost?")
@click.option(
    "--offers",
    type=FILE,
    help="offer_id, store_id?, kind, sku? or category?, discount, starts, ends, budget?, priority?",
)
@click.option("--stock", type=FILE, help="store_id, sku, on_hand, ts")
@click.option("--lake", type=FOLDER, help="The lake [AISLEWISE_LAKE].")
@click.option("--no-kafka", is_flag=True, help="Replace the files only; running workers hear nothing.")
@click.option("--all", "everything", is_flag=True, help="Send every row, not only what has changed: for a new Kafka.")
@click.pass_obj
def import_(
    settings: Settings,
    products: Path | None,
    offers: Path | None,
    stock: Path | None,
    lake: AnyPath | None,
    no_kafka: bool,
    everything: bool,
) -> None:
    """Replaces tables of the lake's root, CSV or Parquet by suffix, and tells the workers what has changed.

    - is standard input, for one of them. Nothing is replaced unless every row is right.

    \b
    Example:
      aislewise catalog import --products products.csv --offers offers.csv --stock stock.csv
    """
    from aislewise import catalog_files, catalog_topic

    named = {"products": products, "offers": offers, "stock": stock}
    given = {name: path for name, path in named.items() if path}
    if not given:
        raise click.UsageError("name at least one of --products, --offers, --stock")
    root = lake or folders.at(settings.lake)
    tables = {name: catalog_files.read(path, name) for name, path in given.items()}
    changes = [
        change for name, table in tables.items() for change in catalog_files.changes(root, name, table, everything)
    ]
    # Kafka before the files: after a kill in between, the next run finds the same changes again
    if not no_kafka:
        catalog_topic.send(settings, changes)
    for name, table in tables.items():
        catalog_files.replace(root, name, table)
    rows = ", ".join(f"{len(table):,} {name}" for name, table in tables.items())
    click.echo(f"{rows} in {root}; {len(changes):,} changed" + ("" if no_kafka else ", told to Kafka"))
