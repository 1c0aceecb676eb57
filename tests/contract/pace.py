"""Senders that keep a rate: simulated days over HTTP, in the order of arrival, repeated until each is answered."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import httpx
import pyarrow.parquet as pq

from models.records import rows_to_table
from simulation.day import Day, Ping
from simulation.store import Store
from tests.contract.world import World
from tests.serving.client import bearer

Pings = Sequence[Mapping[str, Any]]
TICK_S = 0.2


def pings_of(day: Day) -> list[dict[str, Any]]:
    """As a sender would say them, in the order of arrival: late ones and copies among them."""
    return [
        {
            "device_id": event.device_id,
            "ts": event.ts_ms,
            "x_m": event.x_m,
            "y_m": event.y_m,
            "floor": event.floor,
            "sigma_m": event.sigma_m,
        }
        for event in day.events()
        if isinstance(event, Ping)
    ]


def sell(world: World, store: Store) -> None:
    """The store's products and offers, in every store of the chain; stock stays unknown."""
    offers = [{**row, "store_id": None} for row in store.offers]
    for name, rows in (("products", store.products), ("offers", offers)):
        pq.write_table(rows_to_table(name, rows), world.folder / f"{name}.parquet")
    words = [word for name in ("products", "offers") for word in (f"--{name}", world.folder / f"{name}.parquet")]
    world.aislewise("catalog", "import", *words)


class Sender(threading.Thread):
    """One store's pings at `rate` a second. `accepted` counts; an answer other than 202 is `wrong`, 503 is repeated."""

    def __init__(self, world: World, store: str, pings: Pings, rate: float) -> None:
        super().__init__(daemon=True)
        self._url, self._store, self._rate, self.pings = world.stack.gateway_url, store, rate, pings
        self.accepted, self.repeated, self.wrong = 0, 0, ""

    def run(self) -> None:
        with httpx.Client(base_url=self._url, headers=bearer(self._store, "sender"), timeout=20) as client:
            for part in self._paced():
                self._send(client, part)

    def _paced(self) -> Iterator[Pings]:
        size, began = round(self._rate * TICK_S), time.monotonic()
        for tick, at in enumerate(range(0, len(self.pings), size)):
            time.sleep(max(0.0, began + tick * TICK_S - time.monotonic()))
            yield self.pings[at : at + size]

    def _send(self, client: httpx.Client, part: Pings) -> None:
        body = {"store_id": self._store, "pings": list(part)}
        while (answer := client.post("/v1/pings", json=body)).status_code == 503:
            self.repeated += 1
            time.sleep(float(answer.headers["Retry-After"]))
        if answer.status_code != 202 or answer.json()["refused"]:
            self.wrong = answer.text
        else:
            self.accepted += answer.json()["accepted"]
