"""POST outcome: 202 once Kafka has it, with the columns of the table, and a clear refusal otherwise."""

from __future__ import annotations

import json
import time
from uuid import uuid4

import httpx
import pytest
import redis

from models.board import iso
from models.keys import Board, partition_of
from models.records import OUTCOME_KINDS, OUTCOMES
from tests.serving.client import Outcomes, bearer
from tests.serving.store import NOON_MS, Filler


def post(client: httpx.Client, prompt_id: str, body: object, key: str | None = "k1", **headers: str) -> httpx.Response:
    given = {"Idempotency-Key": key} if key is not None else {}
    return client.post(f"/v1/prompts/{prompt_id}/outcome", json=body, headers=given | headers)


def test_an_outcome_is_a_record_of_the_topic(client: httpx.Client, filler: Filler, outcomes: Outcomes) -> None:
    _, prompt = filler.prompt(4)
    key = str(uuid4())
    answer = post(client, prompt.prompt_id, {"kind": "declined", "reason": "just looking", "ts": iso(NOON_MS)}, key)
    assert (answer.status_code, answer.json()) == (202, {"outcome_id": key})
    (record,) = outcomes.read(1)
    assert record.key == b"S1"
    assert record.partition == partition_of("S1", 4)
    assert json.loads(record.value) == {
        "outcome_id": key,
        "store_id": "S1",
        "prompt_id": prompt.prompt_id,
        "visit_id": "v1",
        "ts": NOON_MS,
        "kind": "declined",
        "undoes": None,
        "reason": "just looking",
        "staff": None,
    }
    assert list(json.loads(record.value)) == OUTCOMES.names


def test_every_kind_and_way_to_write_the_time(client: httpx.Client, filler: Filler, outcomes: Outcomes) -> None:
    _, prompt = filler.prompt(5)
    times = [None, NOON_MS, float(NOON_MS), iso(NOON_MS), "2025-06-02T12:00:00", "2025-06-02T13:00:00+01:00"]
    before = int(time.time() * 1000)
    for number, kind in enumerate(OUTCOME_KINDS):
        body = {"kind": kind, "ts": times[number % len(times)]}
        assert post(client, prompt.prompt_id, body, f"key {number}").status_code == 202
    rows = [json.loads(record.value) for record in outcomes.read(len(OUTCOME_KINDS))]
    assert [row["kind"] for row in rows] == list(OUTCOME_KINDS)
    assert all(row["ts"] == NOON_MS for row in rows[1:6])
    assert before <= rows[0]["ts"] <= time.time() * 1000


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "ignored"}, "kind"),
        ({"kind": "eaten"}, "kind"),
        ({"kind": 3}, "kind"),
        ({}, "kind"),
        ([], None),
        ({"kind": "shown", "ts": "yesterday"}, "ts"),
        ({"kind": "shown", "ts": "2099-01-01T00:00:00Z"}, "ts"),
        ({"kind": "shown", "ts": -1}, "ts"),
        ({"kind": "shown", "ts": True}, "ts"),
        ({"kind": "shown", "ts": 1e300}, "ts"),
        ({"kind": "declined", "reason": 5}, "reason"),
        ({"kind": "declined", "reason": "x" * 501}, "reason"),
        ({"kind": "undone", "undoes": ""}, "undoes"),
        ({"kind": "undone", "undoes": 7}, "undoes"),
    ],
)
def test_a_wrong_body_names_its_field(client: httpx.Client, filler: Filler, body: object, field: str | None) -> None:
    _, prompt = filler.prompt(6)
    answer = post(client, prompt.prompt_id, body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.json()["status"], answer.json().get("field")) == (422, field)


def test_an_undone_may_name_the_outcome_that_it_takes_back(
    client: httpx.Client, filler: Filler, outcomes: Outcomes
) -> None:
    _, prompt = filler.prompt(10)
    for key, undoes in (("first", {}), ("second", {"undoes": "first"})):
        kind = "undone" if undoes else "declined"
        assert post(client, prompt.prompt_id, {"kind": kind, **undoes}, key).status_code == 202
    assert [json.loads(record.value)["undoes"] for record in outcomes.read(2)] == [None, "first"]


@pytest.mark.parametrize("key", [None, "", "x" * 201])
def test_without_a_key_no_outcome(client: httpx.Client, filler: Filler, key: str | None) -> None:
    _, prompt = filler.prompt(7)
    answer = post(client, prompt.prompt_id, {"kind": "shown"}, key)
    assert (answer.status_code, answer.json()["field"]) == (422, "Idempotency-Key")


def test_a_repeat_is_answered_as_the_first(client: httpx.Client, filler: Filler) -> None:
    _, prompt = filler.prompt(8)
    first, again = (post(client, prompt.prompt_id, {"kind": "accepted"}, "same") for _ in range(2))
    assert (first.status_code, first.content) == (again.status_code, again.content)


def test_an_unknown_prompt_is_404_only_when_the_board_is_complete(
    client: httpx.Client, filler: Filler, board: redis.Redis
) -> None:
    assert post(client, "0123456789abcdef-0", {"kind": "shown"}).status_code == 404
    board.delete(Board.complete("S1"))
    answer = post(client, "0123456789abcdef-0", {"kind": "shown"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


def test_another_stores_prompt_is_403(client: httpx.Client, board: redis.Redis, filler: Filler) -> None:
    _, prompt = Filler(board, "S2").prompt(3)
    assert post(client, prompt.prompt_id, {"kind": "shown"}).status_code == 403
    assert post(client, prompt.prompt_id, {"kind": "shown"}, **bearer("S2")).status_code == 202
