"""Somebody asks for recommendations now: a record of the topic `requests`; the prompt worker answers on the board.

It brings the live dwell along, as the asker saw it. Nothing is logged of the answer: no decision follows from it.
"""

from __future__ import annotations

import msgspec

TOPIC = "requests"


class Asked(msgspec.Struct, frozen=True):
    """For one live visit; `ts` is the asker's clock, ms, and `dwell` are live seconds by zone."""

    request_id: str
    store_id: str
    visit_id: str
    ts: int
    dwell: dict[str, float]
    zone_id: str | None = None
    """Where the shopper stands: a display, else a department."""
