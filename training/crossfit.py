"""Bundles that have not learned from the visits that they are judged by: what comes from prompts is fitted anew.

A bundle that is put before prompts whose answers it has learned looks better than it will be tomorrow. So the visits
are dealt into folds, and each fold is judged by what was learned from the others. The champion gets the same, from the
prompts that were there when it was made: judged as it is, it alone would know the answers, and nothing new could win.
What comes from receipts is left as it is: it is the same in challenger and champion but for a day, and dear to fit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from models.bundle import Bundle
from training.labels import Name
from training.lessons import Lessons
from training.offpolicy import FOLDS

KNOWN = "prompts_seen"
"""The manifest's count of seen prompts that a bundle has learned from."""


def without(bundle: Bundle, lessons: Lessons, fold: Mapping[Name, int]) -> list[Bundle]:
    """FOLDS bundles, like this one but for the visits of their fold. It had the oldest prompts, so many as it says.

    The lessons are of now: what was answered since counts. `fold` is by store and visit.
    """
    count = bundle.manifest.rows.get(KNOWN, 0)
    seen_ms = np.sort(lessons.found.ts_ms[lessons.found.seen])
    if not count or not len(seen_ms):
        return [bundle] * FOLDS
    newest_ms = int(seen_ms[:count][-1])
    known = lessons.only(lessons.found.ts_ms <= newest_ms).over(bundle.knowledge.goods)
    of_visit = np.array([fold.get(name, -1) for name in known.visits], np.int64)
    return [_taught(bundle, known.only(of_visit != number), newest_ms) for number in range(FOLDS)]


def _taught(bundle: Bundle, lessons: Lessons, newest_ms: int) -> Bundle:
    parts = lessons.taught(newest_ms)
    knowledge = replace(bundle.knowledge, acceptance=parts.acceptance, anyway=parts.anyway, uplift=parts.uplift)
    return replace(bundle, knowledge=knowledge)
