"""The commands `train`, `recommend` and `nightly`."""

from __future__ import annotations

import click

from aislewise.options import FOLDER
from models import folders
from models.folders import AnyPath
from models.settings import Settings


@click.command()
@click.option("--history", required=True, type=FOLDER, help="The lake; only purchases and products must be there.")
@click.option("--out", required=True, type=FOLDER, help="The bundle's folder; it must not be there yet.")
@click.option("--plans", type=FOLDER, help="Plans, so that zones are known by their ids [AISLEWISE_PLANS].")
@click.pass_obj
def train(settings: Settings, history: AnyPath, out: AnyPath, plans: AnyPath | None) -> None:
    """Fits a bundle from a lake.

    \b
    Example:
      aislewise train --history lake --out bundles/trial
    """
    from aislewise import progress
    from models import bundle
    from training import publish

    bundle.refuse_taken(out)
    with progress.steps() as say:
        say("reading")
        state = publish.state(history)
        say("fitting")
        trained = publish.train(history, state, plans or folders.at(settings.plans))
    bundle.save(out, trained.manifest, trained.knowledge)
    metrics = ", ".join(f"{name} {value:.3f}" for name, value in trained.manifest.metrics.items())
    click.echo(f"{out}: {trained.manifest.rows['receipts']:,} receipts" + (f", {metrics}" if metrics else ""))


@click.command()
@click.option("--bundle", "bundle_folder", required=True, type=FOLDER, help="The bundle's folder.")
@click.option("--requests", required=True, help="NDJSON, one request a line; - is standard input.")
@click.option("--k", default=20, show_default=True, type=click.IntRange(1, 10_000), help="Products a request.")
@click.option("--out", required=True, help="Parquet; - is standard output.")
@click.option("--decide", is_flag=True, help="Write what the prompt worker would log: rows of the table prompts.")
@click.option("--seed", default=0, show_default=True, help="With --decide: changes the draws only.")
@click.option("--before", type=FOLDER, help="With --decide: a bundle that keeps a share [AISLEWISE_CANARY].")
@click.pass_obj
def recommend(
    settings: Settings,
    bundle_folder: AnyPath,
    requests: str,
    k: int,
    out: str,
    decide: bool,
    seed: int,
    before: AnyPath | None,
) -> None:
    """Recommends products for requests, from a bundle alone.

    \b
    A request: {"id", "ts", "store_id", "customer_id"?, "basket": [sku],
                "dwell": {"department, category or display": seconds}, "candidates"?: [sku]}
    \b
    Example:
      aislewise recommend --bundle bundles/trial --requests requests.ndjson --k 20 --out recs.parquet
    """
    from aislewise import requests as asked
    from models import bundle
    from models.arms import Arms

    if before is not None and not decide:
        raise click.UsageError("--before goes with --decide")
    loaded = bundle.load(bundle_folder)
    situations = asked.read(requests, loaded, settings.secret or (settings.require_secret() if decide else ""))
    if decide:
        arms = Arms(loaded, bundle.load(before) if before else None)
        asked.write(asked.decided(situations, arms, settings, seed), out)
    else:
        asked.write(asked.recommended(situations, loaded, k), out)


@click.command()
@click.option("--lake", type=FOLDER, help="The lake [AISLEWISE_LAKE].")
@click.option("--bundles", type=FOLDER, help="The folder of bundles [AISLEWISE_BUNDLES].")
@click.pass_obj
def nightly(settings: Settings, lake: AnyPath | None, bundles: AnyPath | None) -> None:
    """Compacts the lake, attributes, trains, judges, and promotes or keeps. Safe to run twice and to kill.

    Before that it removes what is older than AISLEWISE_RETENTION, and what has come since of who was erased.

    \b
    Example:
      aislewise nightly --lake lake --bundles bundles
    """
    from aislewise import progress
    from models import keeping
    from models.retention import Keeping
    from training import nightly
    from training.policies import Habits

    root, folder = lake or folders.at(settings.lake), bundles or folders.at(settings.bundles)
    kept = Keeping(keeping.parse(settings.retention), folders.at(settings.salts))
    with progress.steps() as say:
        report = nightly.run(root, folder, folders.at(settings.plans), say, Habits.of(settings), kept)
    click.echo(f"{report.verdict} {report.bundle}: {report.why}")
    if report.removed:
        click.echo(f"older than its retention: {nightly.counted(report.removed)}")
    if report.erased:
        click.echo(f"of who was erased: {nightly.counted(report.erased)}")
