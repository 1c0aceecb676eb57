"""A simulated salesperson: takes prompts as a tablet does, asks the shopper, reports the outcome."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

Ask = Callable[[Mapping[str, Any], Mapping[str, Any]], str | None]
"""(prompt, shopper) → accepted, declined or None where the shopper is gone or says nothing."""


@dataclass
class Seen:
    """What this salesperson's tablet got and what was reported, in its own count."""

    prompts: dict[str, float] = field(default_factory=dict)
    """Prompt id → when it arrived, s since 1970."""
    outcomes: list[tuple[str, str]] = field(default_factory=list)
    """(Idempotency-Key, kind) of what was answered 202."""


class Associate:
    """Runs in threads of its own until `stop`."""

    def __init__(self, url: str, store: str, token: str, ask: Ask) -> None:
        self._store, self._ask = store, ask
        self._http = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=20.0)
        self._ended = threading.Event()
        self._last_id: str | None = None
        self.seen = Seen()
        self._thread = threading.Thread(target=self._run, name="associate", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join(10.0)
        self._http.close()

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                self._listen()
            except httpx.HTTPError:
                self._ended.wait(0.2)

    def _listen(self) -> None:
        headers = {"Last-Event-ID": self._last_id or "0-0"}
        path = f"/v1/stores/{self._store}/prompts"
        with self._http.stream("GET", path, headers=headers, timeout=20.0) as answer:
            answer.raise_for_status()
            for line in answer.iter_lines():
                if self._ended.is_set():
                    return
                name, _, value = line.partition(":")
                if name == "id":
                    self._last_id = value.strip()
                elif name == "data":
                    self._take(json.loads(value))

    def _take(self, prompt: Mapping[str, Any]) -> None:
        if prompt["prompt_id"] in self.seen.prompts:
            return
        self.seen.prompts[prompt["prompt_id"]] = time.time()
        self._report(prompt, "shown")
        shopper = self._shopper(prompt["visit_id"])
        answer = self._ask(prompt, shopper) if shopper else None
        if answer:
            self._report(prompt, answer)

    def _shopper(self, visit_id: str) -> Mapping[str, Any] | None:
        found = self._http.get(f"/v1/stores/{self._store}/shoppers")
        found.raise_for_status()
        return next((one for one in found.json() if one["visit_id"] == visit_id), None)

    def _report(self, prompt: Mapping[str, Any], kind: str) -> None:
        """The same key until it is acknowledged: a repeat counts once."""
        key, body = uuid.uuid4().hex, {"kind": kind, "ts": prompt["ts"]}
        while not self._ended.is_set():
            path = f"/v1/prompts/{prompt['prompt_id']}/outcome"
            try:
                answer = self._http.post(path, json=body, headers={"Idempotency-Key": key})
            except httpx.HTTPError:
                self._ended.wait(0.2)
                continue
            if answer.status_code == httpx.codes.ACCEPTED:
                self.seen.outcomes.append((key, kind))
                return
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                return
            self._ended.wait(0.2)
