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


@dataclass(frozen=True)
class MomentFacts:
    """What is known of a visit when a moment fires. Seconds are live; `ts_ms` is the ping's."""

    kind: str
    zone_id: str
    live_s: float
    zone_live_s: Mapping[str, float]
    """The visit so far: zone id → seconds, departments and displays."""
    visit_s: float
    ts_ms: int
    timezone: ZoneInfo
    known_customer: bool


MomentFeature = Callable[[MomentFacts], float]


def zone_seconds_log(facts: MomentFacts) -> float:
    """ln(1 + seconds in the moment's zone)."""
    return math.log1p(facts.live_s)


def visit_seconds_log(facts: MomentFacts) -> float:
    """ln(1 + seconds since the visit's first ping)."""
    return math.log1p(facts.visit_s)


def zone_share(facts: MomentFacts) -> float:
    """Share of the visit spent in the moment's zone."""
    return facts.live_s / facts.visit_s if facts.visit_s > 0 else 0.0


def zones_seen_log(facts: MomentFacts) -> float:
    """ln(1 + zones with at least 5 s)."""
    return math.log1p(sum(seconds >= 5 for seconds in facts.zone_live_s.values()))


def at_display(facts: MomentFacts) -> float:
    """1 at a display, 0 in a department."""
    return float(facts.kind == "display")


def known_customer(facts: MomentFacts) -> float:
    """1 where a check-in has named the customer."""
    return float(facts.known_customer)


def hour_sine(facts: MomentFacts) -> float:
    """Sine of the local time of day."""
    return math.sin(_day_angle(facts))


def hour_cosine(facts: MomentFacts) -> float:
    """Cosine of the local time of day."""
    return math.cos(_day_angle(facts))


def _day_angle(facts: MomentFacts) -> float:
    return _angle_at(facts.ts_ms // 60_000, facts.timezone)


@lru_cache(maxsize=1024)
def _angle_at(minute: int, timezone: ZoneInfo) -> float:
    """Many moments share a minute, and time zones are slow."""
    local = datetime.fromtimestamp(minute * 60, UTC).astimezone(timezone)
    return 2 * math.pi * (local.hour * 60 + local.minute) / 1440


MOMENT: Mapping[str, MomentFeature] = {
    "zone_seconds_log@1": zone_seconds_log,
    "visit_seconds_log@1": visit_seconds_log,
    "zone_share@1": zone_share,
    "zones_seen_log@1": zones_seen_log,
    "at_display@1": at_display,
    "known_customer@1": known_customer,
    "hour_sine@1": hour_sine,
    "hour_cosine@1": hour_cosine,
}
"""The order of a moment's vector. New features are appended: an older log is then a prefix."""


def moment_vector(facts: MomentFacts) -> NDArray[np.float32]:
    """Shape (len(MOMENT),)."""
    return np.array([feature(facts) for feature in MOMENT.values()], np.float32)


@dataclass(frozen=True)
class CandidateFacts:
    """What is known of n candidates for one decision; arrays have shape (n,), unknown numbers are NaN."""

    score: NDArray[np.float64]
    """Of retrieval, 1 for the best candidate."""
    popularity: NDArray[np.float64]
    """In the store, 1 for its most bought product."""
    category_s: NDArray[np.float64]
    """Live seconds at the product's category in this visit."""
    department_s: NDArray[np.float64]
    shown_here: NDArray[np.float64]
    """1 where the display of the moment shows the product's category."""
    price: NDArray[np.float64]
    discount: NDArray[np.float64]
    """0 where no offer goes with the product."""
    coupon: NDArray[np.float64]
    """1 where the offer is a coupon."""
    repeat: NDArray[np.float64]
    """Share of the customer's receipts that hold the product."""
    accept_logit: NDArray[np.float64]
    """Log-odds of the product's smoothed acceptance, as of the bundle."""
    category_accept_logit: NDArray[np.float64]
    shown: NDArray[np.float64]
    """How often the product's prompts were shown, as of the bundle."""


CandidateFeature = Callable[[CandidateFacts], NDArray[np.float64]]

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
