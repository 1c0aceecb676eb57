"""The gate: promote, keep or refuse, from figures alone, with the reason in words.

The question of a night is whether the challenger is worse. Before any data, a bundle that was trained by the same
code on more of the same history is believed to be about as good as its parent: its difference is normal around 0, and
with PRIOR_RISK worse by more than MARGIN. The estimate of the difference updates that belief, and the gate promotes
where the risk of being worse by more than MARGIN is at most RISK. So a night with little data can still move, a night
whose estimate is bad does not, and what is *claimed* is another matter: an additional margin only where 0 is not in its
interval.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.stats import norm

from training.offpolicy import Estimate

Verdict = Literal["promote", "keep", "refuse"]

LEAST_OVERLAP, LEAST_SIZE = 0.5, 50.0
MARGIN, RISK, PRIOR_RISK = 0.10, 0.10, 0.08


@dataclass(frozen=True)
class Decided:
    """What the gate says. `passes` is whether the data could tell at all."""

    verdict: Verdict
    why: str

    @property
    def passes(self) -> bool:
        return self.verdict != "refuse"


def refusal(overlap: float, size: float, seen: int) -> str | None:
    """Why the data can't tell, or None where it can."""
    if not seen:
        return "no prompt was seen, so there is nothing to judge by"
    if overlap < LEAST_OVERLAP:
        return f"the log hardly tried what this policy does: overlap {overlap:.2f}, at least {LEAST_OVERLAP} is needed"
    if size < LEAST_SIZE:
        return f"the log is worth {size:.0f} prompts of this policy, at least {LEAST_SIZE:.0f} are needed"
    return None


def against_log(difference: Estimate, overlap: float, size: float, seen: int) -> Decided:
    """Of a policy against the one that made the log: promoted where it is better beyond doubt."""
    if reason := refusal(overlap, size, seen):
        return Decided("refuse", reason)
    said = f"{difference.value:+.4f} ({difference.low:+.4f} to {difference.high:+.4f}) against the log's own policy"
    if difference.low > 0:
        return Decided("promote", f"better: {said}")
    return Decided("keep", f"{'worse' if difference.high < 0 else 'not better beyond doubt'}: {said}")


def risk(difference: Estimate, champion: float) -> float:
    """The probability of the challenger being worse by more than MARGIN of the champion's value, a prompt."""
    limit = MARGIN * abs(champion)
    if limit <= 0 or not np.isfinite(difference.error):
        return PRIOR_RISK if difference.value >= 0 or not np.isfinite(difference.error) else 1.0
    before = limit / float(-norm.ppf(PRIOR_RISK))
    trust = before**2 / (before**2 + difference.error**2)
    spread = before * np.sqrt(1 - trust)
    if spread == 0:
        return float(difference.value < -limit)
    return float(norm.cdf((-limit - trust * difference.value) / spread))


def against_champion(difference: Estimate, champion: float, overlap: float, size: float, seen: int) -> Decided:
    """Of a challenger: additional margin a prompt, challenger less champion, and the champion's own."""
    if reason := refusal(overlap, size, seen):
        return Decided("refuse", reason)
    worse = risk(difference, champion)
    said = f"margin a prompt {difference.value:+.4f} ({difference.low:+.4f} to {difference.high:+.4f})"
    chance = f"{worse:.0%} that it is worse by more than {MARGIN:.0%}"
    if worse > RISK:
        return Decided("keep", f"too likely worse than the champion: {said}, {chance}")
    claim = "better than the champion" if difference.low > 0 else "no worse than the champion, and newer"
    return Decided("promote", f"{claim}: {said}, {chance}")
