"""Fits what retrieval needs: the sources, and the blend of them.

The blend's weights are fitted on questions of the newest receipts, by sources that have not seen them; then the sources
are fitted again, on all. Deterministic: seeds, single-threaded BLAS, and sums in a fixed order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from models.bundle import Knowledge
from models.recommender.blend import Blend
from models.recommender.knowledge import Acceptance, Offers, Zones
from models.recommender.uplift import Anyway, Uplift
from training import blending, content, questions, sources, tuning, validation
from training.questions import Questions
from training.sources import Material, Tuned

VALIDATION_SHARE, VALIDATION_MOST, VALIDATION_LEAST = 0.1, 3000, 20
SMALL_SHARE, SMALL_MOST = 0.25, 500
"""Where there are few receipts more of them are asked, up to this many."""
SEED = 3


@dataclass(frozen=True)
class Prompts:
    """What prompts have taught, which no receipt changes."""

    acceptance: Acceptance
    anyway: Anyway
    uplift: Uplift


def fit(everything: Material, offers: Offers, zones: Zones, prompts: Prompts) -> tuple[Knowledge, dict[str, float]]:
    """All knowledge, and the metrics of the validation (empty without enough receipts)."""
    with threadpool_limits(1, "blas"):
        goods, receipts = everything.goods, everything.receipts
        older, newer = split(everything)
        # what is rare is said by all receipts, which products are alike by none
        alike = content.alike(goods, np.bincount(receipts.line_item, minlength=len(goods.sku)))
        rest = (goods, offers, prompts.acceptance, zones, prompts.anyway, prompts.uplift)
        blend, tuned, metrics = blending.believed(), Tuned(), dict[str, float]()
        if newer.any():
            past = everything.only(older)
            asked = questions.draw(everything.only(newer), sources.profiles(past))
            tuned = tuning.tune(past, asked)
            found = parts(past, tuned)
            trial = Knowledge(*rest, **found, alike=alike, blend=blend)
            blend, metrics = learned(trial, asked)
        found = parts(everything, tuned)
        return Knowledge(*rest, **found, alike=alike, blend=blend), metrics


def parts(material: Material, tuned: Tuned) -> dict[str, Any]:
    """The sources by their names in the bundle."""
    return {
        "popularity": sources.popularity(material, tuned.half_life_days),
        "recent": sources.popularity(material, tuned.recent_half_life_days),
        "together": sources.together(material, tuned.ridge),
        "sessions": sources.sessions(material, tuned.neighbours, tuned.half_life_days),
        "taste": sources.taste(material, tuned),
        "profiles": sources.profiles(material),
    }


def learned(trial: Knowledge, asked: Questions) -> tuple[Blend, dict[str, float]]:
    """The blend of all questions, and what a blend of the others would have found of each half of those of baskets.

    All questions of a receipt are in one half. What the sources are tuned with has been chosen by some of both.
    """
    drawn = blending.candidates(trial.blend, trial.sources, asked)
    found = blending.choices(drawn, list(trial.sources.values()))
    blend = blending.fit(found, trial.blend)
    half = np.random.default_rng(SEED).random(asked.receipt.max() + 1)[asked.receipt] < 0.5
    measured = []
    for rows in (half, ~half):
        tried = blending.fit(found.only(rows), trial.blend, blend.weight)
        others = blending.only(asked, np.flatnonzero(~rows & (asked.task == "basket")))
        measured.append((len(others), validation.metrics(tried, trial.sources, others)))
    count = sum(number for number, _ in measured)
    names = {name for _, one in measured for name in one}
    metrics = {name: sum(number * one[name] for number, one in measured if one) / count for name in sorted(names)}
    return blend, metrics


def split(material: Material) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Masks of shape (R,): the older receipts, and the newest; none of the latter where there are few receipts.

    Of a receipt whose products are all gone nothing can be asked: it is no newest one.
    """
    receipts = material.receipts
    held, asked = np.zeros(len(receipts), bool), np.unique(receipts.line_receipt)
    few = min(int(len(asked) * SMALL_SHARE), SMALL_MOST)
    count = min(max(int(len(asked) * VALIDATION_SHARE), few), VALIDATION_MOST)
    if count >= VALIDATION_LEAST:
        held[asked[np.argsort(receipts.ts_ms[asked], kind="stable")[-count:]]] = True
    return ~held, held
