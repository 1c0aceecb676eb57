"""Lift: what a visit brings more where it is prompted, against held-out visits, from its first would-be prompt on.

A visit is *treated* where its first prompt for a product was seen, *control* where it was held out. One whose first
prompt nobody saw is neither: whether a salesperson looks at the tablet is not drawn, but it is decided before anything
that the prompt could change. Counting such visits as treated would dilute the effect; counting those that see a later
prompt would prefer long visits, which the controls cannot do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from models.features import MOMENT, padded
from training import exposures
from training.exposures import Exposures, Prompt
from training.labels import Bools
from training.offpolicy import CONFIDENCE, Estimate, Indices, Numbers, by_cluster

LEAST = 2
"""Clusters in each arm; with fewer nothing can be said."""
ROWS_A_COLUMN = 20
"""So many visits in the smaller arm allow one more column of what was known before."""
FARTHEST = 4.0
"""What was known before counts as no more standard deviations from its mean than this."""


@dataclass(frozen=True)
class Arms:
    """N visits: treated or not, what they brought, what was known before, and what is drawn as one."""

    treated: Numbers
    outcome: Numbers
    known: Numbers
    """Shape (N, columns)."""
    cluster: Indices


def of(found: Exposures) -> tuple[Estimate, Estimate] | None:
    """Additional margin and additional purchases (lines) a visit; None without enough visits in both arms."""
    prompts = firsts(found)
    treated = np.array([float(one.seen) for one in prompts])
    cluster = exposures.clusters(found, prompts, phones=True)
    known = np.array([padded(one.features, len(MOMENT)) for one in prompts], float).reshape(-1, len(MOMENT))
    results = [
        estimate(Arms(treated, exposures.margins(sales, prompts), known, cluster))
        for sales in (found.sales, found.purchases)
    ]
    return (results[0], results[1]) if results[0] and results[1] else None


def firsts(found: Exposures) -> list[Prompt]:
    """The first prompt for a product of each visit, where it was seen or held out."""
    first: dict[tuple[str, str], Prompt] = {}
    for one in sorted(found.prompts, key=lambda one: (one.ts_ms, one.prompt_id)):
        if one.sku:
            first.setdefault((one.store, one.visit), one)
    return [one for one in first.values() if one.seen or one.held_out]


def estimate(arms: Arms) -> Estimate | None:
    """The difference of the arms' means, after each was regressed on what was known before; None where it can't be had.

    Both regressions are set at the means of all visits, so the adjustment may be wrong and the estimate is right.
    """
    treated = arms.treated > 0
    if min(len(np.unique(arms.cluster[rows])) for rows in (treated, ~treated)) < LEAST:
        return None
    before = standard(arms.known)
    before = before[:, : max(min(treated.sum(), (~treated).sum()) // ROWS_A_COLUMN, 0)]
    fits = [_regressed(before, arms.outcome, rows) for rows in (treated, ~treated)]
    value = float((fits[0][0] - fits[1][0]).mean())
    sums = [by_cluster(fit[1], arms.cluster[rows]) for fit, rows in zip(fits, (treated, ~treated), strict=True)]
    return _pooled(value, sums, [int(treated.sum()), int((~treated).sum())])


def _regressed(before: Numbers, outcome: Numbers, rows: Bools) -> tuple[Numbers, Numbers]:
    """Fitted values of all visits, and one arm's residuals, scaled up for their leverage (HC2)."""
    design = np.column_stack([np.ones(len(before)), before])
    coefficients = np.linalg.lstsq(design[rows], outcome[rows], rcond=1e-9)[0]
    leverage = np.clip((design[rows] * np.linalg.pinv(design[rows]).T).sum(axis=1), 0, 0.9)
    residual = (outcome[rows] - design[rows] @ coefficients) / np.sqrt(1 - leverage)
    return design @ coefficients, np.asarray(residual)


def _pooled(value: float, sums: Sequence[Numbers], sizes: Sequence[int]) -> Estimate:
    """The interval, from the clusters' residuals; the arms share their variance.

    What visits bring has a long tail, and a small held-out arm has often not met the tail that it is judged by. A
    prompt changes little of what a visit brings; where it changes much, the prompted vary more and the interval is
    too wide.
    """
    centred = np.concatenate([one - one.mean() for one in sums])
    free = len(centred) - len(sums)
    second = float((centred**2).sum()) / free
    error = float(np.sqrt(sum(second * len(one) / size**2 for one, size in zip(sums, sizes, strict=True))))
    reach = float(student.ppf((1 + CONFIDENCE) / 2, free)) * error
    return Estimate(value, error, value - reach, value + reach)


def standard(known: Numbers) -> Numbers:
    """Columns that vary, standardised; those that vary most differently stay in their order, the absent are average."""
    finite = np.where(np.isfinite(known), known, np.nan)
    with np.errstate(invalid="ignore"):
        count = np.maximum((~np.isnan(finite)).sum(axis=0), 1)
        mean = np.nansum(finite, axis=0) / count
        scale = np.sqrt(np.nansum((finite - mean) ** 2, axis=0) / count)
    varied = scale > 1e-9
    standard = np.nan_to_num((finite - mean)[:, varied] / scale[varied], nan=0.0)
    return np.asarray(np.clip(standard, -FARTHEST, FARTHEST))
