"""What lies on the board (Redis) as values: live visits, recommendations and prompts, and their JSON.

The workers write it, `serving` reads it; keys are in models/keys.py. Times are ISO 8601 in UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec


class LiveVisit(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a shopper is now and how long they have been where. `since` is the visit's first ping."""

    visit_id: str
    x_m: float
    y_m: float
    floor: int
    department: str | None
    display: str | None
    since: str
    dwell: dict[str, float]
    """Zone id → live seconds of this visit."""
    sigma_m: float | None = None
    """How far off the place may be: a standard deviation on each axis."""


class Reason(msgspec.Struct, frozen=True, omit_defaults=True):
    """A part of `why`, for who says it in another language."""

    kind: str
    """`dwell` (`name` of the category or department, `number` of seconds), `before`, `off` and `coupon` (`number` is
    the share of the price), `left` (`number` on hand), `popular`; `fits` is none of these."""
    name: str = ""
    number: float = 0.0


class Recommendation(msgspec.Struct, frozen=True, omit_defaults=True):
    """One product for one visit: `why` is for the associate, `say` for the customer."""

    sku: str
    score: float
    why: str
    say: str
    offer_id: str | None = None
    name: str = ""
    reasons: tuple[Reason, ...] = ()


class Words(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a prompt says and shows, in the topic's record as on the tablet; what is not known is left out."""

    department: str | None = None
    zone_id: str | None = None
    name: str = ""
    why: str = ""
    say: str = ""
    category: str | None = None
    price: float | None = None
    """In the store's currency, before the discount."""
    discount: float | None = None
    """Share of the price, where something is on offer."""
    offer: str | None = None
    """`clearance` or `coupon`."""
    on_hand: int | None = None
    value: float | None = None
    """Expected additional margin in the store's currency; without a bundle a score. Tablets order prompts by it."""
    reasons: tuple[Reason, ...] = ()
    """What `why` is made of, in its order."""


class BoardPrompt(Words, frozen=True, kw_only=True, omit_defaults=True):
    """A prompt as a tablet gets it; it counts down `expires` − `ts` from the arrival."""

    prompt_id: str
    visit_id: str
    store_id: str
    sku: str
    department: str | None
    why: str
    say: str
    ts: str
    expires: str
    offer_id: str | None = None


def iso(ts_ms: int) -> str:
    """2026-11-24T09:30:00.250Z"""
    return datetime.fromtimestamp(ts_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
