"""For how many days the tables and the salts are kept: the setting AISLEWISE_RETENTION as a value."""

from __future__ import annotations

from collections.abc import Mapping

from models.errors import SettingError

SALTS = "salts"
KEPT = ("pings", "visits", "dwells", "moments", "checkins", "purchases", "prompts", "outcomes", SALTS)
DEFAULT = "salts=30"
LEAST_SALTS, MOST_DAYS = 2, 36_500
"""A ping may be a day old when it comes, and has to get the name that its phone had."""


def parse(text: str) -> Mapping[str, int]:
    """`pings=90,salts=30` → days by table, 0 for ever; what is not named keeps its default. Raises SettingError."""
    return dict.fromkeys(KEPT, 0) | _pairs(DEFAULT) | _pairs(text)


def _pairs(text: str) -> dict[str, int]:
    found = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        name, _, number = (part.strip() for part in pair.partition("="))
        if name not in KEPT:
            raise SettingError(f"AISLEWISE_RETENTION: {name!r} is nothing that is kept", f"known: {', '.join(KEPT)}")
        if not number.isdecimal() or int(number) > MOST_DAYS:
            raise SettingError(f"AISLEWISE_RETENTION: {pair!r} has no days between 0 (for ever) and {MOST_DAYS}")
        if name == SALTS and 0 < int(number) < LEAST_SALTS:
            raise SettingError(f"AISLEWISE_RETENTION: salts are kept for {LEAST_SALTS} days at least")
        found[name] = int(number)
    return found
