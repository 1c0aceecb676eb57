"""Who uses the system meanwhile: senders, tills, a salesperson. Each repeats what it was not answered, as it must."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx
import redis

from models.keys import Board
from tests.serving.client import bearer

Body = Mapping[str, Any]
PATIENCE_S = 8.0
TICK_S = 0.5


class Traffic(threading.Thread):
    """A loop that ends when `over` is set and it has nothing left to say. What it may not see is in `wrong`."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.url, self.over, self.repeated, self.wrong = url, threading.Event(), 0, list[str]()

    def post(self, path: str, body: Body, headers: Mapping[str, str]) -> httpx.Response:
        """Again and again the same, until there is an answer that is none of 429 and 503."""
        while True:
            try:
                with httpx.Client(base_url=self.url, timeout=PATIENCE_S) as client:
                    answer = client.post(path, json=body, headers=headers)
                if answer.status_code not in (429, 503):
                    return answer
            except httpx.HTTPError:
                pass
            self.repeated += 1
            time.sleep(TICK_S)


class Line(Traffic):
    """One store's pings at `rate` a second, of which every tenth batch has a row that cannot be taken."""

    def __init__(self, url: str, store: str, pings: Sequence[Body], rate: float) -> None:
        super().__init__(url)
        self.store, self.pings, self.again = store, pings, threading.Event()
        self._rate, self.accepted = rate, 0

    def run(self) -> None:
        size, began = round(self._rate * TICK_S), time.monotonic()
        for number, at in enumerate(range(0, len(self.pings), size)):
            time.sleep(max(0.0, began + number * TICK_S - time.monotonic()))
            self._send(list(self.pings[at : at + size]), spoiled=number % 10 == 0)

    def _send(self, part: list[Body], spoiled: bool) -> None:
        bad = [{**part[0], "device_id": "refused", "x_m": None}] if spoiled else []
        body, headers = {"store_id": self.store, "pings": [*bad, *part]}, bearer(self.store, "sender")
        for _ in range(1 + self.again.is_set()):
            answer = self.post("/v1/pings", body, headers)
            if answer.status_code != 202 or len(answer.json()["refused"]) != len(bad):
                self.wrong.append(answer.text)
        self.again.clear()
        self.accepted += len(part)


class Till(Traffic):
    """A receipt each half second; `receipts` were answered 202."""

    def __init__(self, url: str, store: str, skus: Sequence[str], ts_ms: int) -> None:
        super().__init__(url)
        self._store, self._skus, self._ts_ms, self.receipts = store, skus, ts_ms, list[str]()

    def run(self) -> None:
        while not self.over.wait(TICK_S):
            number = len(self.receipts)
            name = f"{self._store}-{number}"
            line = {"sku": self._skus[number % len(self._skus)], "quantity": 1, "amount": 2.5}
            body = {"store_id": self._store, "receipt_id": name, "ts": self._ts_ms + 1000 * number, "lines": [line]}
            answer = self.post("/v1/purchases", body, bearer(self._store, "sender"))
            if answer.status_code != 202:
                self.wrong.append(answer.text)
            self.receipts.append(name)


class Salesperson(Traffic):
    """Answers every prompt of a store once; `answered` are the prompts whose outcome was acknowledged."""

    def __init__(self, url: str, store: str, board: Callable[[], redis.Redis]) -> None:
        super().__init__(url)
        self._store, self._board, self.answered, self.seen = store, board, set[str](), set[str]()

    def run(self) -> None:
        while not self.over.wait(TICK_S):
            for prompt in self._prompts():
                self._answer(prompt)

    def _prompts(self) -> list[str]:
        try:
            with self._board() as board:
                entries: Any = board.xrange(Board.prompts(self._store))
        except redis.RedisError:
            return []
        found = [entry["prompt_id"] for _, entry in entries]
        fresh = [prompt for prompt in found if prompt not in self.seen]
        self.seen.update(fresh)
        return fresh

    def _answer(self, prompt: str) -> None:
        headers = bearer(self._store) | {"Idempotency-Key": f"key of {prompt}"}
        answer = self.post(f"/v1/prompts/{prompt}/outcome", {"kind": "accepted"}, headers)
        if answer.status_code == 202:
            self.answered.add(prompt)
        elif answer.status_code == 404:
            self.seen.discard(prompt)  # the board was emptied after we had read it
        else:
            self.wrong.append(answer.text)
