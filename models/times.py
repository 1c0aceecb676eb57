"""Times as people write them."""

from __future__ import annotations

from datetime import UTC, datetime

YEAR_10000_MS = 253_402_300_800_000


def milliseconds(value: object) -> int:
    """Of ISO 8601 (UTC where it says nothing) or a whole number of ms. Raises ValueError, also after the year 9999."""
    text = str(value).strip()
    found = int(text) if text.lstrip("-").isdecimal() else _parsed(text)
    if not 0 <= found < YEAR_10000_MS:
        raise ValueError("not between the years 1970 and 9999")
    return found


def _parsed(text: str) -> int:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("neither ISO 8601 nor milliseconds") from None
    return int((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp() * 1000)
