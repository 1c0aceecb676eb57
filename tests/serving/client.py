"""A client of `serve` as a tablet would be, without a browser: tokens, plain calls, and an event stream in a thread."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Self

import httpx
from kafka import KafkaConsumer, TopicPartition

from aislewise.stack import Stack
from models.tokens import Bearer, issue
from serving.signin import COOKIE
from tests.parts.processes import SECRET
from tests.serving.store import PLAN, plan_of

PATIENCE_S = 10.0


def token(
    store_id: str = "S1", role: str = "associate", secret: str = SECRET, days: float = 1, staff: str | None = None
) -> str:
    return issue(secret, Bearer(store_id, role, staff), time.time(), days)


def bearer(store_id: str = "S1", role: str = "associate") -> dict[str, str]:
    """The header that stands for a session."""
    return {"Authorization": f"Bearer {token(store_id, role)}"}


def named(staff: str, store_id: str = "S1") -> dict[str, str]:
    """The header of a salesperson who has a name."""
    return {"Authorization": f"Bearer {token(store_id, staff=staff)}"}


def until(true: Callable[[], object], seconds: float = PATIENCE_S) -> None:
    """Waits for something to become true. Raises AssertionError when it does not."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not become true in time"
        time.sleep(0.02)


def planned(serving: Stack, store_id: str, *more: dict[str, Any]) -> None:
    """Saves the first plan of a store of one's own, with more features: it is served at once."""
    plan = {**plan_of(store_id), "features": [*PLAN["features"], *more]}
    with httpx.Client(base_url=serving.serving_url, headers=bearer(store_id, "manager"), timeout=10) as client:
        answer = client.post(f"/v1/stores/{store_id}/plans", json={"plan": plan})
        assert answer.status_code == 201, answer.text


class Events:
    """An open event stream of a store's prompts. `events` are (id, data), `comments` what came between them.

    `claims` and `offers` are the data of the events of those names.
    """

    def __init__(
        self,
        url: str,
        store_id: str = "S1",
        after: str | None = None,
        department: str | None = None,
        claims: bool = False,
        cookie: str | None = None,
    ) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.claims: list[dict[str, Any]] = []
        self.offers: list[list[str]] = []
        self.comments: list[str] = []
        self.ended = False
        known = {"Cookie": f"{COOKIE}={cookie}"} if cookie else bearer(store_id)
        headers = known | ({"Last-Event-ID": after} if after else {})
        self._client = httpx.Client(base_url=url, timeout=30)
        request = self._client.build_request(
            "GET",
            f"/v1/stores/{store_id}/prompts",
            params=({"department": department} if department else {}) | ({"claims": "1"} if claims else {}),
            headers=headers,
        )
        self.response = self._client.send(request, stream=True)
        self._thread = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        until(lambda: self.comments)
        return self

    def __exit__(self, *_: object) -> None:
        # closing does not wake the thread that reads
        with suppress(OSError):
            self.response.extensions["network_stream"].get_extra_info("socket").shutdown(socket.SHUT_RDWR)
        self._thread.join(PATIENCE_S)
        self.response.close()
        self._client.close()

    @property
    def ids(self) -> list[str]:
        return [event_id for event_id, _ in self.events]

    def wait(self, count: int, seconds: float = PATIENCE_S) -> list[tuple[str, dict[str, Any]]]:
        until(lambda: len(self.events) >= count, seconds)
        return self.events

    def _read(self) -> None:
        event_id = event = ""
        try:
            for line in self.response.iter_lines():
                name, _, value = line.partition(":")
                if name == "id":
                    event_id = value.strip()
                elif name == "event":
                    event = value.strip()
                elif name == "data" and event == "claim":
                    self.claims.append(json.loads(value))
                    event = ""
                elif name == "data" and event == "offers":
                    self.offers.append(json.loads(value)["offers"])
                    event = ""
                elif name == "data":
                    self.events.append((event_id, json.loads(value)))
                elif line.startswith(":"):
                    self.comments.append(value.strip())
        except (httpx.HTTPError, httpx.StreamError, RuntimeError):
            pass
        self.ended = True


class Outcomes:
    """What has come to the topic `outcomes` since this was made."""

    def __init__(self, kafka: str) -> None:
        self._consumer = KafkaConsumer(
            bootstrap_servers=kafka.split(","), enable_auto_commit=False, auto_offset_reset="latest"
        )
        partitions = self._consumer.partitions_for_topic("outcomes") or set()
        self._consumer.assign([TopicPartition("outcomes", number) for number in sorted(partitions)])
        for partition in self._consumer.assignment():
            self._consumer.position(partition)

    def read(self, count: int, seconds: float = PATIENCE_S) -> list[Any]:
        """At least `count` records, and what comes within half a second more."""
        found: list[Any] = []
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for records in self._consumer.poll(timeout_ms=100).values():
                found += records
            if len(found) >= count:
                deadline = min(deadline, time.monotonic() + 0.5)
        assert len(found) >= count, f"{len(found)} records of {count}"
        return found

    def close(self) -> None:
        self._consumer.close()
