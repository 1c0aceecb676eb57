"""The Open Bandit data: one policy's value from the other's log, beside the mean click of its own log.

The log of the uniform policy judges the Thompson one (`bts`), whose probabilities are estimated from its own log:
shares of products by position. The other way round the judged ones are known. Clicks are rare: 38 to 69 a file.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.csv as csv

from training import offpolicy
from training.offpolicy import Logged, Numbers

DATA = Path(__file__).parents[3] / "shared" / "data" / "openbandit"
CAMPAIGNS, POLICIES = ("all", "men"), ("random", "bts")
BOOTSTRAPS = 30
ESTIMATORS = {
    "ips": offpolicy.ips,
    "snips": offpolicy.snips,
    "dr": offpolicy.dr,
    "dr_shrunk": offpolicy.shrunk,
    "adjusted": offpolicy.adjusted,
}


@dataclass(frozen=True)
class Clicks:
    """A log: products, positions from 0, clicks, and the propensity of what was drawn."""

    item: Numbers
    position: Numbers
    click: Numbers
    propensity: Numbers

    @classmethod
    def read(cls, policy: str, campaign: str, root: Path = DATA) -> Clicks:
        table = csv.read_csv(root / policy / campaign / f"{campaign}.csv.gz")
        columns = [table.column(name).to_numpy() for name in ("item_id", "position", "click", "propensity_score")]
        return cls(columns[0], columns[1] - columns[1].min(), columns[2].astype(float), columns[3].astype(float))


def judged(policy: str, campaign: str, root: Path = DATA) -> tuple[Logged, float]:
    """A policy on the other's log, and the mean click of its own log."""
    other = Clicks.read(next(one for one in POLICIES if one != policy), campaign, root)
    own = Clicks.read(policy, campaign, root)
    items = int(max(own.item.max(), other.item.max())) + 1
    share = np.full((3, items), 1 / items)
    if policy == "bts":
        share = np.array([np.bincount(own.item[own.position == place], minlength=items) for place in range(3)], float)
        share = (share + 1) / (share + 1).sum(axis=1, keepdims=True)
    rows = np.arange(len(other.item))
    fold = offpolicy.folds(rows)
    model = offpolicy.rates(other.click, other.item, fold, items)[fold]
    action = share[other.position]
    weight = action[rows, other.item] / other.propensity
    expected = (action * model).sum(axis=1)
    logged = Logged(rows, other.click, weight, model[rows, other.item], expected, np.ones(len(rows)))
    return logged, float(own.click.mean())


def errors(policy: str, campaign: str, root: Path = DATA) -> dict[str, tuple[float, float]]:
    """By estimator the mean relative error of 30 bootstraps, and how often its interval holds the other log's mean."""
    logged, truth = judged(policy, campaign, root)
    rng, found = np.random.default_rng(0), dict[str, list[tuple[float, bool]]]()
    for _ in range(BOOTSTRAPS):
        rows = rng.integers(len(logged.visit), size=len(logged.visit))
        again = Logged(*(getattr(logged, name)[rows] for name in Logged.__dataclass_fields__))
        for name, estimator in ESTIMATORS.items():
            one = offpolicy.interval(estimator(again), again.visit)
            found.setdefault(name, []).append((abs(one.value - truth) / truth, one.low <= truth <= one.high))
    return {
        name: (float(np.mean([e for e, _ in all_])), float(np.mean([c for _, c in all_])))
        for name, all_ in found.items()
    }
