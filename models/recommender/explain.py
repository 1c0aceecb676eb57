"""The two lines of a recommendation: `why` for the associate, `say` for the customer, at most 15 words each.

`say` speaks of the product and its offer only: nothing of where the customer stood, looked or bought before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from models.board import Reason
from models.catalog import fold
from models.recommender.rules import Option

WORDS = 15
NAME_WORDS = 5
FEW = 5
"""Pieces on hand that are worth a word."""
_NUMBERS = ("none", "one", "two", "three", "four", "five")


def reasons(option: Option, seconds: Mapping[str, float], repeat: float, popularity: float) -> tuple[Reason, ...]:
    """`seconds` by folded category or department; what is known, strongest first, as many as fit into the words."""
    found = (_looked(option, seconds), _past(repeat), _deal(option), _few(option), _liked(popularity))
    kept: list[Reason] = []
    for reason in filter(None, found):
        if len(_joined([*kept, reason]).split()) <= WORDS:
            kept.append(reason)
    return tuple(kept) or (Reason("fits"),)


def why(reasons: Sequence[Reason]) -> str:
    """In English."""
    return _capital(_joined(reasons))


def say(option: Option) -> str:
    """One sentence that a customer may hear."""
    few = _few(option)
    name, left = short(option.product.name or option.product.sku), _said(few) if few else ""
    if option.offer is None:
        return f"May I show you {name}?" + (f" We have {left}." if left else "")
    deal = f"{_percent(option)} % off" + (" with a coupon today" if option.coupon else "")
    return f"{_capital(name)}: {deal}" + (f", and we have {left}." if left else ".")


def _looked(option: Option, seconds: Mapping[str, float]) -> Reason | None:
    for name in (option.product.category, option.product.department):
        if (lasted := seconds.get(fold(name), 0.0)) >= 1:
            return Reason("dwell", short(name), float(round(lasted)))
    return None


def _past(repeat: float) -> Reason | None:
    return Reason("before") if repeat > 0 else None


def _deal(option: Option) -> Reason | None:
    return Reason("coupon" if option.coupon else "off", "", option.offer.discount) if option.offer else None


def _few(option: Option) -> Reason | None:
    on_hand = option.on_hand
    return Reason("left", "", on_hand) if on_hand is not None and 0 < on_hand <= FEW else None


def _liked(popularity: float) -> Reason | None:
    return Reason("popular") if popularity >= 0.5 else None


def _said(reason: Reason) -> str:
    match reason.kind:
        case "dwell":
            return f"{_duration(reason.number)} at {reason.name}"
        case "before":
            return "bought before"
        case "left":
            return f"{_NUMBERS[int(reason.number)]} left"
        case "popular":
            return "popular in this store"
        case "fits":
            return "goes with this visit"
        case kind:
            return f"{round(100 * reason.number)} % {kind}"


def _joined(reasons: Sequence[Reason]) -> str:
    return "; ".join(map(_said, reasons))


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{round(seconds)} seconds" if seconds < 90 else f"{minutes} minutes"


def _percent(option: Option) -> int:
    return round(100 * option.offer.discount) if option.offer else 0


def short(name: str) -> str:
    """The first words of a name."""
    return " ".join(name.split()[:NAME_WORDS])


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
