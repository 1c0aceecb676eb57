"""Staff, tablets that are paired by a code, and their end: in every process, and outliving Redis."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import httpx
import jwt
import numpy as np
import pytest
import redis
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from aislewise.stack import Stack
from models.board import iso
from models.config import Tablet, record_of
from models.keys import partition_of
from models.pings import Pings, encode
from serving.pairing import LASTS_SECONDS, LENGTH, LETTERS, TRIES
from serving.session import TABLET_DAYS
from serving.signin import COOKIE
from tests.parts.kafka import Cluster
from tests.serving.client import Events, bearer, token, until
from tests.serving.store import Filler

STORE = "/v1/stores/S1"
MANAGER = bearer(role="manager")
SOON_S = 2.0
RACES = 50


@pytest.fixture
def manager(client: httpx.Client) -> httpx.Client:
    client.headers.update(MANAGER)
    return client


@pytest.fixture
def name(manager: httpx.Client) -> Iterator[str]:
    """Somebody who works in the store."""
    name = f"Ana {uuid4().hex[:6]}"
    assert manager.post(f"{STORE}/staff", json={"name": name}).status_code == 201
    yield name
    manager.delete(f"{STORE}/staff/{name}")


def code(manager: httpx.Client, tablet: str = "Till 1", staff: str | None = None) -> str:
    answer = manager.post(f"{STORE}/pairings", json={"tablet": tablet, "staff": staff})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["code"])


def pair(url: str, code: str) -> httpx.Response:
    """A tablet of its own enters a code."""
    return httpx.post(f"{url}/v1/session", json={"code": code}, timeout=10)


def paired(serving: Stack, manager: httpx.Client, **of: Any) -> str:
    """The token in a new tablet's cookie."""
    answer = pair(serving.serving_url, code(manager, **of))
    assert answer.status_code == 200, answer.text
    return answer.cookies[COOKIE]


def devices(manager: httpx.Client) -> Any:
    return manager.get(f"{STORE}/devices").json()


def asks(url: str, cookie: str) -> int:
    """What a tablet with this cookie is answered."""
    return httpx.get(f"{url}{STORE}/shoppers", headers={"Cookie": f"{COOKIE}={cookie}"}, timeout=10).status_code


def tablet_of(cookie: str) -> str:
    return str(jwt.decode(cookie, options={"verify_signature": False})["jti"])


def test_a_code_pairs_one_tablet_which_has_the_name(
    serving: Stack, beside: Stack, manager: httpx.Client, name: str
) -> None:
    made = manager.post(f"{STORE}/pairings", json={"tablet": " Till  2 ", "staff": name}).json()
    assert len(made["code"]) == LENGTH
    assert set(made["code"]) <= set(LETTERS)
    typed = f"{made['code'][:4].lower()} - {made['code'][4:]}"
    answer = pair(beside.serving_url, typed)
    session = {"store": "S1", "role": "associate", "staff": name, "tablet": "Till 2", "lock_minutes": 0}
    assert (answer.status_code, answer.json()) == (200, session)
    said = answer.headers["set-cookie"].lower()
    assert "httponly" in said
    assert f"max-age={TABLET_DAYS * 86_400}" in said
    cookie = answer.cookies[COOKIE]
    until(lambda: asks(serving.serving_url, cookie) == asks(beside.serving_url, cookie) == 200)
    (listed,) = [one for one in devices(manager)["tablets"] if one["id"] == tablet_of(cookie)]
    assert (listed["name"], listed["staff"]) == ("Till 2", name)
    assert listed["paired"] <= listed["seen"] <= iso(int(time.time() * 1000))
    again = pair(serving.serving_url, typed)
    assert (again.status_code, again.json()["field"]) == (401, "code")


def test_of_two_tablets_at_two_processes_exactly_one_gets_a_code(
    serving: Stack, beside: Stack, manager: httpx.Client, board: redis.Redis
) -> None:
    codes = [code(manager) for _ in range(RACES)]
    barrier = threading.Barrier(2)

    def tablet(url: str) -> list[int]:
        answers = []
        with httpx.Client(base_url=url, timeout=20) as client:
            for one in codes:
                barrier.wait(20)
                answers.append(client.post("/v1/session", json={"code": one}).status_code)
                client.cookies.clear()
                barrier.wait(20)
                board.delete("{pairing}:tries:127.0.0.1")
        return answers

    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(tablet, (serving.serving_url, beside.serving_url)))
    assert [sorted(pair) for pair in zip(*both, strict=True)] == [[200, 401]] * RACES


def test_redis_holds_no_code_and_forgets_it_in_time(manager: httpx.Client, board: redis.Redis) -> None:
    made = code(manager)
    (key,) = board.keys("{pairing}:code:*")
    assert made.lower() not in f"{key} {board.get(key)}".lower()
    assert LASTS_SECONDS - 10 < board.ttl(key) <= LASTS_SECONDS


def test_too_many_wrong_codes_have_to_wait_and_a_right_one_too(
    serving: Stack, manager: httpx.Client, board: redis.Redis
) -> None:
    right = code(manager)
    for _ in range(TRIES):
        assert pair(serving.serving_url, "ABCDEFGH").status_code == 401
    answer = pair(serving.serving_url, right)
    assert (answer.status_code, answer.json()["field"]) == (429, "code")
    board.delete("{pairing}:tries:127.0.0.1")
    assert pair(serving.serving_url, right).status_code == 200


def test_a_revoked_tablet_is_out_at_every_process_within_two_seconds(
    serving: Stack, beside: Stack, manager: httpx.Client, filler: Filler
) -> None:
    gone, kept = (paired(serving, manager, tablet=name) for name in ("Gone", "Kept"))
    until(lambda: asks(beside.serving_url, gone) == asks(beside.serving_url, kept) == 200)
    with (
        Events(serving.serving_url, cookie=gone) as here,
        Events(beside.serving_url, cookie=gone) as there,
        Events(beside.serving_url, cookie=kept) as other,
        Events(beside.serving_url) as by_token,
    ):
        began = time.monotonic()
        for _ in range(2):
            assert manager.delete(f"{STORE}/tablets/{tablet_of(gone)}").status_code == 204
        until(lambda: here.ended and there.ended, SOON_S)
        until(lambda: asks(beside.serving_url, gone) == 401, SOON_S)
        assert time.monotonic() - began < SOON_S
        assert asks(serving.serving_url, gone) == 401
        assert asks(beside.serving_url, kept) == 200
        filler.prompt(1)
        other.wait(1)
        by_token.wait(1)
    assert tablet_of(gone) not in {one["id"] for one in devices(manager)["tablets"]}


def test_pairing_and_revoking_outlive_redis_and_the_process(
    serving: Stack, manager: httpx.Client, board: redis.Redis, name: str
) -> None:
    gone, kept = paired(serving, manager), paired(serving, manager)
    manager.delete(f"{STORE}/tablets/{tablet_of(gone)}")
    manager.put(f"{STORE}/lock", json={"minutes": 5})
    board.flushall()
    serving.end("serve")
    serving.launch("serve").wait_ready()
    assert (asks(serving.serving_url, gone), asks(serving.serving_url, kept)) == (401, 200)
    found = devices(manager)
    assert (found["lock_minutes"], name in [one["name"] for one in found["staff"]]) == (5, True)
    manager.put(f"{STORE}/lock", json={"minutes": 0})


def test_a_token_of_the_command_line_stays_as_it_was(serving: Stack, manager: httpx.Client) -> None:
    by_hand = token(staff="Ben")
    assert asks(serving.serving_url, by_hand) == 200
    session = httpx.get(f"{serving.serving_url}/v1/session", headers={"Cookie": f"{COOKIE}={by_hand}"})
    assert session.json() == {"store": "S1", "role": "associate", "staff": "Ben"}


def test_names_are_added_once_and_leave_nothing_behind(manager: httpx.Client, beside: Stack, kafka: Cluster) -> None:
    name = f"Zoë / {uuid4().hex[:6]}"
    for _ in range(2):
        assert manager.post(f"{STORE}/staff", json={"name": f" {name} "}).json() == {"name": name}
    assert [one["name"] for one in devices(manager)["staff"]].count(name) == 1
    path = f"{STORE}/staff/{name.replace('/', '%2F')}"
    for _ in range(2):
        assert manager.delete(path).status_code == 204
    assert name not in [one["name"] for one in devices(manager)["staff"]]
    records = [one for one in _config(kafka) if one.key.decode() == f"S1/staff/{name}"]
    assert [one.value is None for one in records] == [False, True]
    assert json.loads(records[0].value)["kind"] == "staff"


def test_a_tablet_whose_year_is_over_is_forgotten_with_the_next_code(manager: httpx.Client, kafka: Cluster) -> None:
    name, over = uuid4().hex[:16], Tablet("Old", None, 1, int(time.time() * 1000) - 1, revoked=2)
    key, value = f"S1/tablet/{name}".encode(), json.dumps(record_of("S1", "tablet", name, over)).encode()
    with KafkaProducer(bootstrap_servers=kafka.bootstrap.split(",")) as producer:
        producer.send("config", value, key, partition=partition_of("S1", 4)).get(10)

    def forgotten() -> bool:
        code(manager)
        return [one.value is None for one in _config(kafka) if one.key == key] == [False, True]

    until(forgotten, 20)


def _config(kafka: Cluster) -> list[Any]:
    consumer = KafkaConsumer(bootstrap_servers=kafka.bootstrap, auto_offset_reset="earliest", consumer_timeout_ms=1000)
    consumer.assign([TopicPartition("config", partition_of("S1", 4))])
    found = list(consumer)
    consumer.close()
    return found


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "field"),
    [
        ("POST", "staff", {"name": "  "}, 422, "name"),
        ("POST", "staff", {"name": "x" * 61}, 422, "name"),
        ("POST", "staff", {"name": "a\x00b"}, 422, "name"),
        ("POST", "staff", {}, 422, "name"),
        ("POST", "pairings", {"tablet": ""}, 422, "tablet"),
        ("POST", "pairings", {"tablet": "T", "staff": "nobody"}, 422, "staff"),
        ("DELETE", "tablets/none", None, 404, "tablet"),
        ("PUT", "lock", {"minutes": -1}, 422, "minutes"),
        ("PUT", "lock", {"minutes": 241}, 422, "minutes"),
        ("PUT", "lock", {"minutes": "five"}, 422, "minutes"),
    ],
)
def test_what_is_wrong_names_its_field(
    manager: httpx.Client, method: str, path: str, body: Any, status: int, field: str
) -> None:
    answer = manager.request(method, f"{STORE}/{path}", json=body)
    assert (answer.status_code, answer.json()["field"]) == (status, field)


def test_all_of_it_is_a_managers(manager: httpx.Client) -> None:
    calls = [("GET", "devices"), ("GET", "health"), ("POST", "staff"), ("DELETE", "staff/x"), ("POST", "pairings")]
    for method, path in [*calls, ("DELETE", "tablets/x"), ("PUT", "lock")]:
        for headers in (bearer(), bearer("S2", "manager")):
            assert manager.request(method, f"{STORE}/{path}", headers=headers).status_code == 403


def test_the_newest_ping_is_the_stores_own_however_many_others_come(manager: httpx.Client, kafka: Cluster) -> None:
    path, headers = "/v1/stores/pinged/health", bearer("pinged", "manager")
    assert manager.get(path, headers=headers).json()["newest_ping"] is None
    now = int(time.time() * 1000)
    with KafkaProducer(bootstrap_servers=kafka.bootstrap.split(",")) as producer:
        for store, *times in (("pinged", now - 5000, now - 7000), ("another", now), ("pinged",)):
            value = pings(*times) if store == "pinged" else b"no batch"
            producer.send("pings", value, store.encode(), partition=partition_of("pinged", 4)).get(10)
    assert manager.get(path, headers=headers).json()["newest_ping"] == iso(now - 5000)


def pings(*times: int) -> bytes:
    """A batch of them; without any, one that only says that time goes on."""
    zeros, ts = np.zeros(len(times)), np.array(times, np.int64)
    return encode(Pings(zeros.astype(np.uint64), ts, zeros, zeros, zeros + 1, zeros.astype(np.int16)), (0.0, 0.0))


def test_the_health_of_the_data(manager: httpx.Client, filler: Filler) -> None:
    filler.visit("v1")
    found = manager.get(f"{STORE}/health").json()
    assert (found["visits"], found["streams"]) == (1, 0)
    assert set(found["workers"]) == {"aislewise-dwell", "aislewise-prompts", "aislewise-history"}
    with Events(str(manager.base_url)):
        assert manager.get(f"{STORE}/health").json()["streams"] == 1
