"""Visits with a known effect of being prompted: margins of which many are 0 and few are large, a tenth held out."""

from __future__ import annotations

import numpy as np

from training.lift import Arms

VISITS, HOLDOUT = 3000, 0.1


def draw(seed: int, *, effect: float, visits: int = VISITS) -> Arms:
    """`effect` is the mean additional margin; half of the prompted bring twice as much, the others nothing."""
    rng = np.random.default_rng(seed)
    treated = (rng.random(visits) >= HOLDOUT).astype(float)
    known = rng.normal(size=(visits, 8))
    buys = rng.random(visits) < 0.6
    margin = buys * np.exp(rng.normal(1.2, 0.8, visits) + 0.4 * known[:, 0])
    moved = treated * (rng.random(visits) < 0.5) * 2 * effect
    return Arms(treated, margin + moved, known, np.arange(visits))
