"""The two lines of a recommendation: `why` for the associate, `say` for the customer, at most 15 words each.

`say` speaks of the product and its offer only: nothing of where the customer stood, looked or bought before.
"""

from __future__ import annotations

from models.catalog import fold
from models.recommender.rules import Option

WORDS = 15
NAME_WORDS = 5
FEW = 5
"""Pieces on hand that are worth a word."""
_NUMBERS = ("none", "one", "two", "three", "four", "five")


def why(option: Option, seconds: dict[str, float], repeat: float, popularity: float) -> str:
    """`seconds` by folded category or department; the parts that are known, strongest first, as many as fit."""
    return _joined(
        [_looked(option, seconds), _past(repeat), _deal(option), _left(option), _liked(popularity)],
        "Goes with this visit",
    )


def say(option: Option) -> str:
    """One sentence that a customer may hear."""
    name, left = short(option.product.name or option.product.sku), _left(option)
    if option.offer is None:
        return f"May I show you {name}?" + (f" We have {left}." if left else "")
    deal = f"{_percent(option)} % off" + (" with a coupon today" if option.coupon else "")
    return f"{_capital(name)}: {deal}" + (f", and we have {left}." if left else ".")


def _looked(option: Option, seconds: dict[str, float]) -> str:
    for name in (option.product.category, option.product.department):
        if (lasted := seconds.get(fold(name), 0.0)) >= 1:
            return f"{_duration(lasted)} at {short(name)}"
    return ""


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{round(seconds)} seconds" if seconds < 90 else f"{minutes} minutes"


def _past(repeat: float) -> str:
    return "bought before" if repeat > 0 else ""


def _deal(option: Option) -> str:
    kind = "coupon" if option.coupon else "off"
    return f"{_percent(option)} % {kind}" if option.offer else ""


def _left(option: Option) -> str:
    on_hand = option.on_hand
    return f"{_NUMBERS[on_hand]} left" if on_hand is not None and 0 < on_hand <= FEW else ""


def _liked(popularity: float) -> str:
    return "popular in this store" if popularity >= 0.5 else ""


def _percent(option: Option) -> int:
    return round(100 * option.offer.discount) if option.offer else 0


def short(name: str) -> str:
    """The first words of a name."""
    return " ".join(name.split()[:NAME_WORDS])


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _joined(parts: list[str], otherwise: str) -> str:
    kept: list[str] = []
    for part in filter(None, parts):
        if len(" ".join([*kept, part]).split()) <= WORDS:
            kept.append(part)
    return _capital("; ".join(kept)) or otherwise
