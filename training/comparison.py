"""Challenger against champion on the prompts that were seen: additional margin a prompt, the same prompts for both.

The reward of a prompt is the margin of its product in the visit, less what held-out visits that could have been
prompted with it brought of it: what would have been bought anyway is no merit of a prompt. Neither of the two is judged
by a visit that it has learned from (`crossfit` says how).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np

from models.bundle import Bundle
from models.folders import AnyPath
from models.recommender.decide import SILENCE
from models.report import Comparison, Lift, Verdict
from training import crossfit, exposures, gate, lift, offpolicy, policies
from training.evaluation import interval
from training.exposures import Exposures
from training.judging import Case
from training.lessons import Lessons
from training.offpolicy import PRIOR_WEIGHT, Estimate, Numbers
from training.policies import Habits

LEAST_SEEN = 500
"""A champion that has learned from fewer seen prompts is no measure: its log hardly tried anything."""
MOST_SEEN = 6_000
"""The newest so many prompts are judged by: policies of long ago tried little of what today's would do, and putting two
bundles before a prompt takes some milliseconds."""


def compare(
    root: AnyPath, challenger: Bundle, champion: Bundle, lessons: Lessons, plans: AnyPath | None, habits: Habits
) -> Verdict:
    """Reads the lake and judges. A champion that knows little makes room on trust. Raises InputError."""
    known = exposures.read(root, plans, challenger.knowledge.zones)
    lifted = of_lake(known)
    learned = min(champion.manifest.rows.get("prompts_seen", 0), len(known.seen))
    if learned < LEAST_SEEN:
        few = (
            f"it verifies and there are new rows; the champion has learned from {learned} prompts, too few to judge by"
        )
        return Verdict("promote", few, lifted)
    known = known.newest(MOST_SEEN)
    case = Case.of(known, additional_margin(known))
    fold = offpolicy.folds(case.visit).tolist()
    new, old = (
        case.judge(policies.of_bundles([bundles[at] for at in fold], root, known, habits))
        for bundles in _unknowing(lessons, case, challenger, champion)
    )
    values = [offpolicy.value(one.logged) for one in (new, old)]
    difference = offpolicy.difference(new.logged, old.logged)
    decided = gate.against_champion(difference, values[1].value, new.overlap, new.size, len(case.prompts))
    figures = Comparison(
        len(case.prompts),
        len(np.unique(case.visit)),
        interval(values[0]),
        interval(values[1]),
        interval(difference),
        new.size,
        new.overlap,
    )
    return Verdict(decided.verdict, decided.why, lifted, figures)


def _unknowing(lessons: Lessons, case: Case, challenger: Bundle, champion: Bundle) -> Iterator[list[Bundle]]:
    """Of each FOLDS bundles; the one of a fold has not learned from its visits.

    A champion that other code has made is fitted by today's: what is compared is what there was to learn from.
    """
    fold = {(one.store, one.visit): int(at) for one, at in zip(case.prompts, offpolicy.folds(case.visit), strict=True)}
    for one in (challenger, champion):
        yield crossfit.without(one, lessons, fold)


def of_lake(known: Exposures) -> Lift | None:
    """The lift of all that was prompted, with the dates of the first and the last would-be prompt."""
    found = lift.of(known)
    if found is None:
        return None
    margin: Estimate = found[0]
    times = exposures.times(lift.firsts(known))
    dates = (datetime.fromtimestamp(int(one) / 1000, UTC).date().isoformat() for one in (times.min(), times.max()))
    return Lift(margin.value, margin.low, margin.high, *dates)


def additional_margin(known: Exposures) -> Numbers:
    """Of each seen prompt; products without controls count as all controls on average."""
    margin = exposures.bought(known, known.seen)[1]
    anyway = _without_prompt(known)
    return np.asarray(margin - np.array([anyway.get(one.sku, anyway[SILENCE]) for one in known.seen], float))


def _without_prompt(known: Exposures) -> dict[str, float]:
    """By sku, margin after a held-out decision that could have been for it, drawn to the mean, which is under ""."""
    held = [one for one in known.prompts if one.held_out]
    pairs = [(one, sku) for one in held for sku in one.candidates if sku != SILENCE]
    index, code = known.sales.goods.index, dict[str, int]()
    item = np.array([index.get(sku, -1) for _, sku in pairs], np.int64)
    where = [one.store for one, _ in pairs], [one.visit for one, _ in pairs]
    brought = (
        known.sales.bought(*where, item, exposures.times([one for one, _ in pairs]))[:, 1] if pairs else np.zeros(0)
    )
    row = np.array([code.setdefault(sku, len(code)) for _, sku in pairs], np.int64)
    count, total = np.bincount(row, minlength=1), np.bincount(row, brought, minlength=1)
    # without controls nothing is known to come of itself
    mean = float(brought.mean()) if len(brought) else 0.0
    means = (total + PRIOR_WEIGHT * mean) / (count + PRIOR_WEIGHT)
    return {SILENCE: mean} | {sku: float(means[at]) for sku, at in code.items()}
