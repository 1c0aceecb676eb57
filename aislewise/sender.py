"""Drives a day of the simulation through the gateway over HTTP, and keeps its own log of what it sent."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from models.errors import AwayError
from simulation.day import Checkin, Day, Event, Ping

BATCH = 500
BATCH_SECONDS = 0.1
REPEAT_SECONDS = 60.0


@dataclass
class Log:
    """What was sent and what the gateway answered."""

    pings: set[tuple[str, int]] = field(default_factory=set)
    """(device, ts) of every ping; copies are one."""
    rows: int = 0
    accepted: int = 0
    refused: int = 0
    receipts: int = 0
    lines: int = 0
    checkins: int = 0
    answer_s: list[float] = field(default_factory=list)


class Sender:
    """Sends at `speed` times real time. `lose_one` leaves out one ping that the log has: counts must notice."""

    def __init__(self, url: str, store: str, token: str, log: Log, ended: threading.Event, lose_one: bool) -> None:
        self._http = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=20.0)
        self._store, self._log, self._ended, self._lose_one = store, log, ended, lose_one
        self.turn = threading.Lock()
        self.now_ms = 0

    def day(self, day: Day, speed: float, started_at: float, follow: Iterator[Event]) -> None:
        """Sends a day's events as their time comes; `started_at` is when its first instant is, s since 1970."""
        waiting: list[dict[str, Any]] = []
        flushed = time.monotonic()
        while not self._ended.is_set():
            with self.turn:
                event = next(follow, None)
            if event is None:
                break
            self.now_ms = max(self.now_ms, event.ts_ms)
            ahead_s = started_at + (event.ts_ms - day.start_ms) / 1000 / speed - time.time()
            if waiting and (ahead_s > 0 or len(waiting) >= BATCH or time.monotonic() - flushed > BATCH_SECONDS):
                self._pings(waiting)
                waiting, flushed = [], time.monotonic()
            if ahead_s > 0:
                self._ended.wait(ahead_s)
            if isinstance(event, Ping):
                waiting.append(_row(event))
            else:
                self._other(event)
        if waiting:
            self._pings(waiting)

    def _pings(self, rows: list[dict[str, Any]]) -> None:
        self._log.rows += len(rows)
        self._log.pings |= {(row["device_id"], row["ts"]) for row in rows}
        if self._lose_one:
            rows, self._lose_one = rows[1:], False
        answer = self._post("/v1/pings", {"store_id": self._store, "pings": rows})
        self._log.accepted += answer["accepted"]
        self._log.refused += len(answer["refused"])

    def _other(self, event: Event) -> None:
        if isinstance(event, Checkin):
            body = {"device_id": event.device_id, "customer_id": event.customer_id, "consent": event.consent}
            self._post("/v1/checkins", {"store_id": self._store, "ts": event.ts_ms, **body})
            self._log.checkins += 1
            return
        if isinstance(event, Ping):
            return
        body = {"receipt_id": event.receipt_id, "till": event.till, "customer_id": event.customer_id}
        self._post("/v1/purchases", {"store_id": self._store, "ts": event.ts_ms, **body, "lines": event.lines})
        self._log.receipts += 1
        self._log.lines += len(event.lines)

    def _post(self, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Repeats the same body while the gateway says 503. Raises AwayError after a minute of it."""
        began = time.monotonic()
        while True:
            sent = time.monotonic()
            answer = self._http.post(path, json=body)
            if answer.status_code == httpx.codes.ACCEPTED:
                self._log.answer_s.append(time.monotonic() - sent)
                found: Mapping[str, Any] = answer.json()
                return found
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE or time.monotonic() - began > REPEAT_SECONDS:
                raise AwayError(f"the gateway answered {answer.status_code} to {path}: {answer.text[:200]}")
            self._ended.wait(0.5)


def _row(ping: Ping) -> dict[str, Any]:
    return {
        "device_id": ping.device_id,
        "ts": ping.ts_ms,
        "x_m": ping.x_m,
        "y_m": ping.y_m,
        "floor": ping.floor,
        "sigma_m": ping.sigma_m,
    }
