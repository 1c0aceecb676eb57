"""The command `evaluate`: what a policy would have brought on the prompts of a lake."""

from __future__ import annotations

import sys

import click

from aislewise.options import FILE_OR_FOLDER, FOLDER
from models import folders
from models.folders import AnyPath
from models.settings import Settings


@click.command()
@click.option("--history", required=True, type=FOLDER, help="The lake; prompts, outcomes and purchases must be there.")
@click.option("--policy", type=FOLDER, help="A bundle's folder: what it would have prompted is judged.")
@click.option("--actions", type=FILE_OR_FOLDER, help="Parquet: prompt_id, sku (null or empty: silence), probability.")
@click.option("--out", required=True, help="The report, JSON; - is standard output.")
@click.pass_obj
def evaluate(settings: Settings, history: AnyPath, policy: AnyPath | None, actions: AnyPath | None, out: str) -> None:
    """Judges a bundle, or given probabilities of actions, by the prompts that others saw.

    \b
    Example:
      aislewise evaluate --history lake --policy bundles/trial --out report.json
      aislewise evaluate --history lake --actions actions.parquet --out -
    """
    import msgspec

    from aislewise import progress
    from models import bundle
    from training import evaluation, exposures, policies

    if (policy is None) == (actions is None):
        raise click.UsageError("give either --policy or --actions")
    plans = folders.at(settings.plans)
    loaded = bundle.load(policy) if policy is not None else None
    with progress.steps() as say:
        say("reading the prompts and what was bought after them")
        known = exposures.read(history, plans, loaded.knowledge.zones if loaded else None)
    if actions is not None:
        judged = policies.given(actions, known)
    if loaded:
        habits = policies.Habits.of(settings)
        judged = policies.of_bundle(loaded, history, known, habits, lambda prompts: progress.over(prompts, "deciding"))
    found = evaluation.evaluate(known, judged)
    page = msgspec.json.format(msgspec.json.encode(found)) + b"\n"
    if out == "-":
        sys.stdout.buffer.write(page)
        return
    folders.write(folders.at(out), page)
    click.echo(f"{found.verdict}: {found.why}")
