"""A store's event time: its newest ping, carried on by the difference of the gateways' clocks while it is silent."""

from __future__ import annotations

from typing import Any


class EventTime:
    """Never a clock's own value: a gateway whose clock is hours off still counts seconds rightly (DESIGN §1)."""

    def __init__(self, saved: dict[str, Any] | None = None) -> None:
        self._newest_ms: int = saved["newest"] if saved else 0
        self._elapsed_ms: int = saved["elapsed"] if saved else 0
        self._anchors: dict[str, int] = saved["anchors"] if saved else {}

    def pings(self, newest_ms: int, gateway: str, clock_ms: int) -> int:
        """After a batch with pings: the event time, ms."""
        self._newest_ms, self._elapsed_ms = newest_ms, 0
        self._anchors = {gateway: clock_ms}
        return newest_ms

    def idle(self, gateway: str, clock_ms: int) -> int:
        """After an empty batch: the event time, ms. A gateway that was not heard yet counts from now."""
        anchor = self._anchors.setdefault(gateway, clock_ms - self._elapsed_ms)
        self._elapsed_ms = max(self._elapsed_ms, clock_ms - anchor)
        return self._newest_ms + self._elapsed_ms

    def save(self) -> dict[str, Any]:
        return {"newest": self._newest_ms, "elapsed": self._elapsed_ms, "anchors": self._anchors}
