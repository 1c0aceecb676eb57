"""Judging one policy on a lake: its off-policy value, the lift of what was prompted, and what follows."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from models.report import Interval
from training import exposures, gate, lift, offpolicy
from training.exposures import Exposures
from training.judging import Case, Judged
from training.offpolicy import Estimate, Numbers
from training.policies import Actions


class Evaluation(msgspec.Struct, frozen=True):
    """The report of `aislewise evaluate`. `value` is P(the prompted product is bought in the visit), a seen prompt."""

    value: float | None
    ci_low: float | None
    ci_high: float | None
    ess: float
    overlap: float
    lift: Interval | None
    gate: str
    verdict: str
    why: str
    prompts: int
    visits: int
    logged_value: float | None = None
    difference: Interval | None = None
    lift_purchases: Interval | None = None
    estimators: dict[str, Interval] = {}


def interval(found: Estimate) -> Interval:
    """As reports have it."""
    return Interval(found.value, found.low, found.high)


def evaluate(known: Exposures, policy: Sequence[Actions]) -> Evaluation:
    """Of a policy's actions, one mapping a seen prompt. `lift` is additional margin a visit, null where unknown."""
    reward = exposures.bought(known, known.seen)[0]
    case = Case.of(known, reward)
    judged = case.judge(policy)
    lifted = lift.of(known)
    margin, lines = (interval(one) if one else None for one in lifted or (None, None))
    visits = len(np.unique(case.visit))
    if visits < lift.LEAST:
        why = gate.refusal(judged.overlap, judged.size, len(reward)) or "one visit says nothing of others"
        nothing = (None, None, None, judged.size, judged.overlap)
        return Evaluation(*nothing, margin, "refuse", "refuse", why, len(reward), visits, lift_purchases=lines)
    found = probability(judged, reward)
    difference = offpolicy.difference(judged.logged, case.logging())
    decided = gate.against_log(difference, judged.overlap, judged.size, len(reward))
    return Evaluation(
        found.value,
        found.low,
        found.high,
        judged.size,
        judged.overlap,
        margin,
        "pass" if decided.passes else "refuse",
        decided.verdict,
        decided.why,
        len(reward),
        visits,
        float(reward.mean()),
        interval(difference),
        lines,
        {name: interval(one) for name, one in _others(judged).items()},
    )


def probability(judged: Judged, reward: Numbers) -> Estimate:
    """The value as a probability; where nothing was bought, or everything, n prompts leave 3 / n open."""
    found = offpolicy.value(judged.logged)
    low, high = found.low, found.high
    room = 3 / max(judged.size, 3.0)
    if reward.max() == reward.min():
        low, high = min(low, found.value - room), max(high, found.value + room)
    value, low, high = (float(np.clip(one, 0, 1)) for one in (found.value, low, high))
    return Estimate(value, found.error, low, high)


def _others(judged: Judged) -> dict[str, Estimate]:
    """The other estimators, to compare; none of them decides."""
    logged = judged.logged
    ways = {
        "ips": offpolicy.ips,
        "snips": offpolicy.snips,
        "dr": offpolicy.dr,
        "dr_shrunk": offpolicy.shrunk,
    }
    return {name: offpolicy.interval(way(logged), logged.visit) for name, way in ways.items()}
