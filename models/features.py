"""Every feature `name@version`, one function each, computed once: when it is logged (DESIGN §4, STYLE 2).

A moment's vector is computed by the dwell worker and travels with the moment; what training reads is what was logged.
A feature that changes its meaning gets the next version; a log older than a feature reads as NaN for it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class MomentFacts:
    """What is known of n moments' visits when they fire; arrays have shape (n,). Seconds are live."""

    live_s: Numbers
    """In the moment's zone."""
    visit_s: Numbers
    """Since the visit's first ping."""
    zones_seen: Numbers
    """Zones, departments and displays, with at least SEEN_S so far."""
    at_display: Numbers
    """1 at a display, 0 in a department."""
    known_customer: Numbers
    """1 where a check-in has named the customer."""
    day_angle: Numbers
    """The local time of day, as `day_angle` gives it."""


SEEN_S = 5.0

MomentFeature = Callable[[MomentFacts], Numbers]

MOMENT: Mapping[str, MomentFeature] = {
    "zone_seconds_log@1": lambda facts: np.log1p(facts.live_s),
    "visit_seconds_log@1": lambda facts: np.log1p(facts.visit_s),
    "zone_share@1": lambda facts: facts.live_s / np.where(facts.visit_s > 0, facts.visit_s, np.inf),
    "zones_seen_log@1": lambda facts: np.log1p(facts.zones_seen),
    "at_display@1": lambda facts: facts.at_display,
    "known_customer@1": lambda facts: facts.known_customer,
    "hour_sine@1": lambda facts: np.sin(facts.day_angle),
    "hour_cosine@1": lambda facts: np.cos(facts.day_angle),
}
"""The order of a moment's vector; what the facts say stands in `MomentFacts`. New features are appended: an older log
is then a prefix."""


def moment_matrix(facts: MomentFacts) -> NDArray[np.float32]:
    """Shape (n, len(MOMENT))."""
    matrix = np.empty((len(facts.live_s), len(MOMENT)), np.float32)
    for i, feature in enumerate(MOMENT.values()):
        matrix[:, i] = feature(facts)
    return matrix


def day_angle(ts_ms: int, timezone: ZoneInfo) -> float:
    """Local midnight is 0, noon is π."""
    return _angle_at(ts_ms // 60_000, timezone)


@lru_cache(maxsize=1024)
def _angle_at(minute: int, timezone: ZoneInfo) -> float:
    """Many moments share a minute, and time zones are slow."""
    local = datetime.fromtimestamp(minute * 60, UTC).astimezone(timezone)
    return 2 * math.pi * (local.hour * 60 + local.minute) / 1440


@dataclass(frozen=True)
class CandidateFacts:
    """What is known of n candidates for one decision; arrays have shape (n,), unknown numbers are NaN."""

    score: Numbers
    """Of retrieval, 1 for the best candidate."""
    popularity: Numbers
    """In the store, 1 for its most bought product."""
    category_s: Numbers
    """Live seconds at the product's category in this visit."""
    department_s: Numbers
    shown_here: Numbers
    """1 where the display of the moment shows the product's category."""
    price: Numbers
    discount: Numbers
    """0 where no offer goes with the product."""
    coupon: Numbers
    """1 where the offer is a coupon."""
    repeat: Numbers
    """Share of the customer's receipts that hold the product."""
    accept_logit: Numbers
    """Log-odds of the product's smoothed acceptance, as of the bundle."""
    category_accept_logit: Numbers
    shown: Numbers
    """How often the product's prompts were shown, as of the bundle."""
    prompts_before: Numbers
    """Of this visit, those that were decided for a product."""


CandidateFeature = Callable[[CandidateFacts], Numbers]

CANDIDATE: Mapping[str, CandidateFeature] = {
    "retrieval_log@1": lambda facts: np.log(0.02 + facts.score),
    "store_popularity@1": lambda facts: facts.popularity,
    "category_seconds_log@1": lambda facts: np.log1p(facts.category_s),
    "department_seconds_log@1": lambda facts: np.log1p(facts.department_s),
    "shown_here@1": lambda facts: facts.shown_here,
    "price_log@1": lambda facts: np.log1p(facts.price),
    "discount@1": lambda facts: facts.discount,
    "coupon@1": lambda facts: facts.coupon,
    "repeat_share@1": lambda facts: facts.repeat,
    "accept_logit@1": lambda facts: facts.accept_logit,
    "category_accept_logit@1": lambda facts: facts.category_accept_logit,
    "shown_log@1": lambda facts: np.log1p(facts.shown),
    "prompts_before_log@1": lambda facts: np.log1p(facts.prompts_before),
}
"""The order of a candidate's vector; what the facts say stands in `CandidateFacts`. New features are appended."""


def candidate_matrix(facts: CandidateFacts) -> NDArray[np.float32]:
    """Shape (n, len(CANDIDATE))."""
    return np.column_stack([feature(facts) for feature in CANDIDATE.values()]).astype(np.float32)


def padded(logged: Sequence[float] | NDArray[np.float32], width: int) -> NDArray[np.float32]:
    """A logged vector at today's width: features that are younger than the log are NaN."""
    vector = np.full(width, np.nan, np.float32)
    vector[: min(width, len(logged))] = logged[:width]
    return vector
