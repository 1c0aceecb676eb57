"""Claims: of several tablets one gets a prompt, the others hear who; a release or an undo opens it again."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import redis

from aislewise.stack import Stack
from models import ids
from models.keys import Board
from tests.parts.processes import SECRET
from tests.parts.redis import RedisServer
from tests.serving.client import Events, Outcomes, named, until
from tests.serving.store import Filler
from tests.serving.test_outcomes import post

ANA, BEN = named("Ana"), named("Ben")
TRIALS = 1000


def standing(events: Events) -> dict[str, Any]:
    """How the prompt stands, as the tablets were told last; without the time."""
    claim = dict(events.claims[-1])
    del claim["ts"]
    return claim


def test_one_claims_the_other_is_refused_and_the_log_has_the_winner(
    client: httpx.Client, filler: Filler, outcomes: Outcomes
) -> None:
    _, prompt = filler.prompt(1)
    assert post(client, prompt.prompt_id, {"kind": "claimed"}, "a", **ANA).status_code == 202
    refused = post(client, prompt.prompt_id, {"kind": "claimed"}, "b", **BEN)
    assert (refused.status_code, refused.json()["detail"]) == (409, "Ana has this prompt")
    assert refused.headers["content-type"] == "application/problem+json"
    [row] = [json.loads(record.value) for record in outcomes.read(1)]
    # colleagues see the name, what is kept does not have it
    assert (row["outcome_id"], row["kind"], row["staff"]) == ("a", "claimed", ids.staff("S1", "Ana", SECRET))
    assert "Ana" not in json.dumps(row)


def test_a_repeat_is_answered_as_the_first_also_after_all_has_changed(client: httpx.Client, filler: Filler) -> None:
    _, prompt = filler.prompt(2)
    said = [("claimed", "a", ANA), ("claimed", "b", BEN), ("released", "c", ANA), ("claimed", "d", BEN)]
    answers = [post(client, prompt.prompt_id, {"kind": kind}, key, **who).status_code for kind, key, who in said]
    again = [post(client, prompt.prompt_id, {"kind": kind}, key, **who).status_code for kind, key, who in said]
    assert answers == again == [202, 409, 202, 202]


def test_every_tablet_hears_who_has_it_and_how_it_was_closed(
    serving: Stack, client: httpx.Client, filler: Filler
) -> None:
    _, prompt = filler.prompt(3)
    told = {"prompt_id": prompt.prompt_id}
    with Events(serving.serving_url, claims=True) as early, Events(serving.serving_url) as plain:
        post(client, prompt.prompt_id, {"kind": "claimed"}, "a", **ANA)
        until(lambda: early.claims)
        assert standing(early) == {**told, "holder": "a", "holder_staff": "Ana"}
        with Events(serving.serving_url, claims=True) as late:
            until(lambda: late.claims)
            assert late.claims[-1] == early.claims[-1]
        post(client, prompt.prompt_id, {"kind": "sold"}, "b", **ANA)
        until(lambda: len(early.claims) == 2)
        closed = {"kind": "sold", "closed_staff": "Ana"}
        assert standing(early) == {**told, "holder": "a", "holder_staff": "Ana", **closed}
        assert post(client, prompt.prompt_id, {"kind": "claimed"}, "c", **BEN).status_code == 409
        filler.prompt(4)
        plain.wait(1)
        assert (plain.claims, len(plain.events)) == ([], 1)


def test_an_entry_that_is_no_claim_hides_none(
    serving: Stack, client: httpx.Client, filler: Filler, board: redis.Redis
) -> None:
    _, prompt = filler.prompt(7)
    board.xadd(Board.claims("S1"), {"prompt_id": "something else"})
    with Events(serving.serving_url, claims=True) as events:
        post(client, prompt.prompt_id, {"kind": "claimed"}, "a", **ANA)
        until(lambda: events.claims)
        assert standing(events)["prompt_id"] == prompt.prompt_id


def test_undone_takes_back_the_answer_first_then_the_claim(
    serving: Stack, client: httpx.Client, filler: Filler
) -> None:
    _, prompt = filler.prompt(5)
    with Events(serving.serving_url, claims=True) as events:
        for kind, key in (("claimed", "a"), ("declined", "b")):
            post(client, prompt.prompt_id, {"kind": kind}, key, **ANA)
        post(client, prompt.prompt_id, {"kind": "undone", "undoes": "b"}, "c", **ANA)
        until(lambda: len(events.claims) == 3)
        assert standing(events) == {"prompt_id": prompt.prompt_id, "holder": "a", "holder_staff": "Ana"}
        post(client, prompt.prompt_id, {"kind": "undone", "undoes": "a"}, "d", **ANA)
        until(lambda: len(events.claims) == 4)
        assert standing(events) == {"prompt_id": prompt.prompt_id}
    assert post(client, prompt.prompt_id, {"kind": "claimed"}, "e", **BEN).status_code == 202


def test_nobody_releases_what_another_has(client: httpx.Client, filler: Filler) -> None:
    _, prompt = filler.prompt(6)
    post(client, prompt.prompt_id, {"kind": "claimed"}, "a", **ANA)
    for number, body in enumerate(({"kind": "released", "reason": "busy"}, {"kind": "undone"})):
        assert post(client, prompt.prompt_id, body, f"b{number}", **BEN).status_code == 202
    assert post(client, prompt.prompt_id, {"kind": "claimed"}, "c", **BEN).status_code == 409


def test_of_two_at_the_same_instant_exactly_one_gets_it(
    serving: Stack, filler: Filler, redis_server: RedisServer
) -> None:
    prompts = [filler.prompt(offset)[1].prompt_id for offset in range(TRIALS)]
    barrier = threading.Barrier(2)

    def tablet(name: str) -> list[int]:
        answers = []
        with httpx.Client(base_url=serving.serving_url, timeout=20) as client:
            for prompt_id in prompts:
                barrier.wait(20)
                answers.append(post(client, prompt_id, {"kind": "claimed"}, name, **named(name)).status_code)
        return answers

    with ThreadPoolExecutor(2) as pool:
        ana, ben = pool.map(tablet, ("Ana", "Ben"))
    assert [sorted(pair) for pair in zip(ana, ben, strict=True)] == [[202, 409]] * TRIALS
    assert {"Ana": 202 in ana, "Ben": 202 in ben} == {"Ana": True, "Ben": True}


def test_a_session_says_the_name(nobody: httpx.Client) -> None:
    assert nobody.get("/v1/session", headers=ANA).json() == {"store": "S1", "role": "associate", "staff": "Ana"}


def test_claims_that_are_told_again_after_redis_was_emptied(
    serving: Stack, client: httpx.Client, board: redis.Redis, filler: Filler
) -> None:
    with Events(serving.serving_url, claims=True) as events:
        for offset, key in ((7, "a"), (8, "b")):
            _, prompt = filler.prompt(offset)
            assert post(client, prompt.prompt_id, {"kind": "claimed"}, key, **ANA).status_code == 202
            until(lambda key=key: events.claims and events.claims[-1]["holder"] == key)
            board.flushall()
            filler.complete()
