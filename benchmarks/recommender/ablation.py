"""What each source adds: the blend is fitted again without it, and asked the same questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.recommender import judge, ours, sets
from benchmarks.recommender.log import Log, Set
from models.bundle import Bundle, Knowledge, Manifest
from models.recommender.blend import Blend
from training import blending, fitting, history, publish, questions, sources, tuning
from training.sources import Material

GROUPS = {
    "popularity": ("popularity", "recent"),
    "links": ("together", "kin"),
    "sessions": ("sessions",),
    "taste": ("taste",),
    "repeats": ("habit", "lately", "due"),
    "content": ("alike",),
}


def run(options: Sequence[str] = ()) -> None:
    """All data sets, or those named."""
    for one in sets.chosen(options):
        _ablate(one)


def _ablate(one: Set) -> None:
    problem = one.problem()
    trial, full, asked = fitted(problem.history)
    drawn = blending.candidates(trial.blend, trial.sources, asked)
    found = blending.choices(drawn, list(trial.sources.values()))
    believed = trial.blend
    for name, left_out in {"nothing": (), **GROUPS}.items():
        kept = ~np.isin(believed.source, left_out)
        first = Blend(believed.source[kept], believed.scale[kept], believed.weight[kept])
        blend = blending.fit(found.of(kept), first)
        made = Bundle("trial", Manifest("", (), None, None, "", "", {}, {}), replace(full, blend=blend))
        said = (
            f"{task} {judge.ndcg(ours.lists(made, problem.history, each, one.k), each).mean():.4f}"
            for task, each in problem.tasks.items()
        )
        print(f"{one.name} without {name}: {', '.join(said)}", flush=True)


def fitted(log: Log) -> tuple[Knowledge, Knowledge, questions.Questions]:
    """Sources of the older receipts and of all, and the questions of the newest, as `training.fitting` has them."""
    with TemporaryDirectory() as name:
        root = Path(name) / "lake"
        ours.write(root, log)
        full = publish.train(root, publish.state(root)).knowledge
        receipts = history.receipts(root, full.goods.sku.tolist())
    material = Material(full.goods, receipts, [{}] * len(receipts), receipts.newest_ms)
    older, newer = fitting.split(material)
    past = material.only(older)
    asked = questions.draw(material.only(newer), sources.profiles(past))
    found = fitting.parts(past, tuning.tune(past, asked))
    return replace(full, **found, blend=blending.believed()), full, asked
