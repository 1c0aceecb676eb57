"""The manager's offers: made, changed, deleted, paused; what the topic, the lake and every tablet have of it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import redis
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from aislewise.stack import Stack
from models import lake
from models.board import Recommendation, iso
from models.catalog import Catalog
from models.errors import RecordError
from models.keys import partition_of
from tests.parts.kafka import Cluster
from tests.serving.client import Events, bearer, until
from tests.serving.shelf import DAY_MS, MANAGER, Shelf, body, known, offer, offers
from tests.serving.store import Filler

PATH = "/v1/stores/S1/offers"
STEADY_S = 4.0
SOON_S = 2.0
"""How long a pause may take to every tablet."""


@pytest.fixture(scope="module")
def shelf(serving: Stack, kafka: Cluster) -> Iterator[Shelf]:
    with Shelf(kafka.bootstrap) as shelf:
        yield shelf


@pytest.fixture
def manager(serving: Stack, shelf: Shelf) -> Iterator[httpx.Client]:
    """One whose process knows the products."""
    with httpx.Client(base_url=serving.serving_url, headers=MANAGER, timeout=10) as client:
        until(lambda: {"boots", "ropes", "tents"} <= set(client.get(PATH).json()["categories"]))
        yield client


@pytest.fixture
def neighbour(beside: Stack) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=beside.serving_url, headers=MANAGER, timeout=10) as client:
        yield client


@pytest.fixture
def named() -> str:
    """An id that nobody has used."""
    return f"o-{uuid4().hex[:8]}"


def as_workers_know(kafka: Cluster, store_id: str = "S1") -> Catalog:
    """The catalogue of the partition that the store's moments come through."""
    consumer = KafkaConsumer(bootstrap_servers=kafka.bootstrap, auto_offset_reset="earliest", consumer_timeout_ms=1000)
    consumer.assign([TopicPartition("catalog", partition_of(store_id, 4))])
    found = Catalog()
    for record in consumer:
        with suppress(ValueError, AttributeError, RecordError):
            found.apply(json.loads(record.value))
    consumer.close()
    return found


def in_lake(serving: Stack) -> dict[str, dict[str, Any]]:
    root = Path(serving["serve"].environment["AISLEWISE_LAKE"])
    return {row["offer_id"]: row for row in lake.read(root, "offers").to_pylist()}


def soon(true: Callable[[], object]) -> None:
    until(true, SOON_S)


def test_one_that_is_made_is_known_to_workers_lake_and_both_processes(
    manager: httpx.Client, neighbour: httpx.Client, serving: Stack, kafka: Cluster, named: str
) -> None:
    posted = body(offer_id=named, budget=500, priority=3)
    answer = manager.post(PATH, json=posted)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["state"], made["store_id"], made["on_hand"], made["priority"]) == ("live", "S1", 6, 3)
    assert offers(manager)[named] == made
    soon(lambda: offers(neighbour).get(named) == made)
    row = as_workers_know(kafka).offers[named]
    assert (row.store_id, row.category, row.budget, row.starts) == ("S1", "boots", 500.0, posted["starts"])
    until(lambda: named in in_lake(serving))
    assert in_lake(serving)[named]["priority"] == 3
    again = manager.post(PATH, json=posted)
    assert (again.status_code, again.json()) == (201, made)
    other = manager.post(PATH, json={**posted, "discount": 0.5})
    assert (other.status_code, other.json()["field"]) == (409, "offer_id")
    assert offers(manager)[named]["discount"] == 0.3


def test_one_without_an_id_gets_one(manager: httpx.Client) -> None:
    made = manager.post(PATH, json=body(sku="rope-1", category=None)).json()
    assert (made["name"], offers(manager)[made["offer_id"]]) == ("Rope", made)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"kind": "gift"}, "kind"),
        ({"discount": 30}, "discount"),
        ({"discount": "much"}, "discount"),
        ({"starts": "tomorrow"}, "starts"),
        ({"ends": 1}, "ends"),
        ({"ends": 10**16}, "ends"),
        ({"sku": "boot-1"}, "sku"),
        ({"category": None}, "sku"),
        ({"category": "hats"}, "category"),
        ({"category": None, "sku": "hat-1"}, "sku"),
        ({"budget": -1}, "budget"),
        ({"priority": 1.5}, "priority"),
        ({"priority": 2**40}, "priority"),
        ({"offer_id": "a/b"}, "offer_id"),
        ({"budgt": 5}, "budgt"),
    ],
)
def test_a_wrong_one_names_its_field_and_is_not_made(
    manager: httpx.Client, named: str, changed: dict[str, Any], field: str
) -> None:
    before = offers(manager).keys()
    answer = manager.post(PATH, json=body(**{"offer_id": named, **changed}))
    assert (answer.status_code, answer.json().get("field")) == (422, field), answer.text
    assert offers(manager).keys() == before


def test_only_a_manager_of_the_store_sees_and_changes_them(manager: httpx.Client, named: str) -> None:
    manager.post(PATH, json=body(offer_id=named))
    calls = [("GET", PATH), ("POST", PATH), ("PUT", f"{PATH}/{named}"), ("DELETE", f"{PATH}/{named}")]
    calls += [("POST", f"{PATH}/{named}/pause"), ("POST", f"{PATH}/{named}/resume"), ("GET", "/v1/stores/S1/reach")]
    for method, path in calls:
        for headers in (bearer(), bearer("S2", "manager")):
            assert manager.request(method, path, headers=headers, json=body()).status_code == 403
        assert manager.request(method, path, headers={"Authorization": "Bearer x"}).status_code == 401
    assert offers(manager)[named]["state"] == "live"


def test_it_is_changed_and_deleted_also_in_the_lake(
    manager: httpx.Client, serving: Stack, kafka: Cluster, named: str
) -> None:
    manager.post(PATH, json=body(offer_id=named))
    until(lambda: named in in_lake(serving))
    others = in_lake(serving).keys() - {named}
    changed = manager.put(f"{PATH}/{named}", json=body(kind="coupon", discount=0.1, category=None, sku="tent-1"))
    assert (changed.status_code, changed.json()["state"]) == (200, "out_of_stock")
    assert (changed.json()["kind"], changed.json()["name"], changed.json()["on_hand"]) == ("coupon", "Dome tent", 0)
    until(lambda: in_lake(serving)[named]["sku"] == "tent-1")
    assert manager.put(f"{PATH}/{named}-x", json=body()).status_code == 404
    for _ in range(2):
        assert manager.delete(f"{PATH}/{named}").status_code == 204
    assert named not in offers(manager)
    assert named not in as_workers_know(kafka).offers
    until(lambda: named not in in_lake(serving))
    assert in_lake(serving).keys() >= others


def test_states_are_told_apart(manager: httpx.Client, shelf: Shelf, named: str) -> None:
    now = int(time.time() * 1000)
    made = {
        "planned": {"starts": now + DAY_MS, "ends": now + 2 * DAY_MS},
        "over": {"starts": now - 2 * DAY_MS, "ends": now - DAY_MS},
        "spent": {"budget": 0},
        "out_of_stock": {"category": "tents"},
        "live": {"category": "ropes"},
    }
    for state, changed in made.items():
        answer = manager.post(PATH, json=body(offer_id=f"{named}-{state}", **changed))
        assert answer.json()["state"] == state


def test_a_pause_is_heard_by_every_tablet_within_two_seconds(
    manager: httpx.Client, serving: Stack, beside: Stack, kafka: Cluster, named: str
) -> None:
    manager.post(PATH, json=body(offer_id=named))
    with (
        Events(serving.serving_url, claims=True) as here,
        Events(beside.serving_url, claims=True) as there,
        Events(beside.serving_url) as plain,
    ):
        until(lambda: here.offers and there.offers)
        assert named not in here.offers[-1]
        began = time.monotonic()
        paused = manager.post(f"{PATH}/{named}/pause")
        soon(lambda: named in here.offers[-1] and named in there.offers[-1])
        assert time.monotonic() - began < SOON_S
        assert (paused.status_code, paused.json()["state"]) == (200, "paused")
        with Events(beside.serving_url, claims=True) as late:
            until(lambda: late.offers)
            assert named in late.offers[0]
        shop = as_workers_know(kafka)
        assert not shop.live(shop.offers[named], "S1", int(time.time() * 1000))
        assert manager.post(f"{PATH}/{named}/pause").json()["paused"] == paused.json()["paused"]
        resumed = manager.post(f"{PATH}/{named}/resume")
        soon(lambda: named not in here.offers[-1] and named not in there.offers[-1])
        assert resumed.json()["state"] == "live"
        shop = as_workers_know(kafka)
        assert shop.live(shop.offers[named], "S1", int(time.time() * 1000))
        assert plain.offers == []


def test_what_a_worker_decided_before_it_heard_is_shown_to_nobody(
    manager: httpx.Client, beside: Stack, filler: Filler, named: str
) -> None:
    manager.post(PATH, json=body(offer_id=named))
    now = iso(int(time.time() * 1000))
    with Events(beside.serving_url) as plain, Events(beside.serving_url, claims=True) as tablet:
        filler.prompt(1, offer_id=named, ts=now)
        manager.post(f"{PATH}/{named}/pause")
        soon(lambda: named in tablet.offers[-1])
        filler.prompt(2, offer_id=named, ts=now)
        filler.prompt(3, offer_id="a bundle's own", ts=now)
        manager.delete(f"{PATH}/{named}")
        filler.prompt(4, offer_id=named, ts=now)
        filler.prompt(5, ts=now)
        until(lambda: plain.ids[-1:] == tablet.ids[-1:] == ["6-0"])
    assert plain.ids == tablet.ids == ["2-0", "4-0", "6-0"]


def test_nothing_is_recommended_of_an_offer_that_rests(manager: httpx.Client, filler: Filler, named: str) -> None:
    manager.post(PATH, json=body(offer_id=named))
    filler.visit("v1")
    filler.recommend("v1", Recommendation("boot-1", 0.5, "w", "s", named), Recommendation("rope-1", 0.4, "w", "s"))

    def recommended() -> list[str]:
        (visit,) = manager.get("/v1/stores/S1/shoppers").json()
        return [one["sku"] for one in visit["recommendations"]]

    assert recommended() == ["boot-1", "rope-1"]
    manager.post(f"{PATH}/{named}/pause")
    assert recommended() == ["rope-1"]


def test_one_of_all_stores_rests_in_one_and_is_changed_in_none(manager: httpx.Client, shelf: Shelf, named: str) -> None:
    shelf.put(offer(named, None))
    known(manager, named)
    known(manager, named, store_id="S2")
    assert manager.post(f"{PATH}/{named}/pause").json()["state"] == "paused"
    assert offers(manager, "S2")[named]["state"] == "live"
    for answer in (manager.put(f"{PATH}/{named}", json=body()), manager.delete(f"{PATH}/{named}")):
        assert answer.status_code == 403
        assert "catalog import" in answer.json()["detail"]
    # what an import says of it again does not end the pause
    shelf.put(offer(named, None, discount=0.4))
    until(lambda: offers(manager)[named]["discount"] == 0.4)
    assert offers(manager)[named]["state"] == "paused"


def test_one_that_moves_to_another_store_is_gone_here(manager: httpx.Client, shelf: Shelf, named: str) -> None:
    everywhere = offer(named, None)
    shelf.put(everywhere)
    known(manager, named)
    known(manager, named, store_id="S2")
    shelf.move(everywhere, offer(named, "S2"))
    until(lambda: named not in offers(manager))
    known(manager, named, store_id="S2")


def test_a_record_that_is_none_hides_no_other(manager: httpx.Client, kafka: Cluster, shelf: Shelf, named: str) -> None:
    with KafkaProducer(bootstrap_servers=kafka.bootstrap.split(",")) as producer:
        for value in (b"{", b"[]", b"\xff", b'{"table": "hats", "row": {}}', b'{"table": "offers", "row": {}}'):
            producer.send("catalog", value, b"offers/none", partition=partition_of("S1", 4)).get(10)
    shelf.put(offer(named))
    known(manager, named)


def test_a_pause_outlives_redis_and_the_process(
    manager: httpx.Client, serving: Stack, board: redis.Redis, named: str
) -> None:
    assert manager.post(PATH, json=body(offer_id=named)).status_code == 201
    assert manager.post(f"{PATH}/{named}/pause").status_code == 200
    board.flushall()
    serving.end("serve")
    serving.launch("serve")
    until(lambda: _ready(manager), 20)
    assert offers(manager)[named]["state"] == "paused"
    Filler(board).complete()
    with Events(serving.serving_url, claims=True) as tablet:
        until(lambda: tablet.offers)
        assert named in tablet.offers[0]


def test_while_kafka_is_away_a_pause_is_refused_and_after_that_it_works_again(
    manager: httpx.Client, neighbour: httpx.Client, beside: Stack, kafka: Cluster, filler: Filler, named: str
) -> None:
    manager.post(PATH, json=body(offer_id=named))
    with Events(beside.serving_url, claims=True) as tablet:
        kafka.nodes[0].pause()
        try:
            began = time.monotonic()
            answer = manager.post(f"{PATH}/{named}/pause")
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
            assert time.monotonic() - began < 5.5
            # what is known goes on
            assert offers(manager)[named]["state"] == "live"
        finally:
            kafka.nodes[0].resume()
        until(lambda: manager.post(f"{PATH}/{named}/pause").status_code == 200, 20)
        until(lambda: named in tablet.offers[-1], 20)
        assert offers(neighbour)[named]["state"] == "paused"
    # others come after this: what was asked of Kafka while it was away may still fail
    for client in (manager, neighbour):
        until(lambda client=client: _steady(client), 30)


def _steady(client: httpx.Client) -> bool:
    """Ready for longer than a question to Kafka may take."""
    deadline = time.monotonic() + STEADY_S
    while time.monotonic() < deadline:
        if not _ready(client):
            return False
        time.sleep(0.2)
    return True


def _ready(client: httpx.Client) -> bool:
    try:
        return client.get("/readyz").status_code == 200
    except httpx.TransportError:
        return False
