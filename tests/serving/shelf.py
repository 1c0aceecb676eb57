"""The hand that fills the topic `catalog`, as an import does, and calls of the manager."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Self

import httpx
from kafka import KafkaProducer

from models.catalog import Offer, Product, Row, Stock, key_of
from models.catalog_records import TOPIC, Change, records
from tests.serving.client import bearer, until

DAY_MS = 86_400_000
PRODUCTS = (
    Product("boot-1", "Alpine boot", "shoes", "boots", 89.0, 40.0),
    Product("boot-2", "City boot", "shoes", "boots", 59.0, 30.0),
    Product("tent-1", "Dome tent", "outdoor", "tents", 199.0, 120.0),
    Product("rope-1", "Rope", "outdoor", "ropes", 9.0, 3.0),
)
STOCK = (Stock("S1", "boot-1", 4), Stock("S1", "boot-2", 2), Stock("S1", "tent-1", 0))
MANAGER = bearer(role="manager")


class Shelf:
    """Sends rows to Kafka; `put` returns when every one is acknowledged."""

    def __init__(self, kafka: str) -> None:
        self._producer = KafkaProducer(bootstrap_servers=kafka.split(","), acks="all")

    def put(self, *rows: Row) -> None:
        self._send(*(Change(key_of(row), None, row) for row in rows))

    def move(self, old: Offer, new: Offer) -> None:
        self._send(Change(key_of(old), old, new))

    def _send(self, *changes: Change) -> None:
        partitions = len(self._producer.partitions_for(TOPIC))
        for change in changes:
            for partition, value in records(change, partitions):
                self._producer.send(TOPIC, key=change.key.encode(), value=value, partition=partition).get(10)

    def __enter__(self) -> Self:
        self.put(*PRODUCTS, *STOCK)
        return self

    def __exit__(self, *_: object) -> None:
        self._producer.close()


def offer(offer_id: str, store_id: str | None = "S1", **changed: Any) -> Offer:
    """A clearance on boots that runs from yesterday to tomorrow."""
    now = int(time.time() * 1000)
    given = {"kind": "clearance", "discount": 0.3, "starts": now - DAY_MS, "ends": now + DAY_MS, "category": "boots"}
    return Offer(offer_id, store_id=store_id, **{**given, **changed})


def body(**changed: Any) -> dict[str, Any]:
    """What the manager's page posts for such an offer."""
    made = offer("any")
    given = {
        "kind": made.kind,
        "discount": made.discount,
        "starts": made.starts,
        "ends": made.ends,
        "category": "boots",
    }
    return {**given, **changed}


def offers(client: httpx.Client, store_id: str = "S1") -> Mapping[str, dict[str, Any]]:
    """The offers that a manager of the store sees, by their ids."""
    answer = client.get(f"/v1/stores/{store_id}/offers", headers=bearer(store_id, "manager"))
    assert answer.status_code == 200, answer.text
    return {one["offer_id"]: one for one in answer.json()["offers"]}


def known(client: httpx.Client, *names: str, store_id: str = "S1") -> None:
    """Waits until the process has read these offers."""
    until(lambda: set(names) <= offers(client, store_id).keys())
