"""Who may make which call of `serve`, cell by cell over HTTP: every call, by every role, for its store and another."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest
import redis

from aislewise.access import CALLERS, SENDERS, Caller, refusal
from aislewise.openapi import calls
from aislewise.stack import Stack
from models.tokens import Bearer, issue
from tests.parts.processes import SECRET
from tests.serving.store import Filler

CALLS = [(method, path, name) for method, path, name, _ in calls() if name not in SENDERS]
OF_A_STORE = [one for one in CALLS if "{store}" in one[1]]
OWN, ALSO, OTHER = "CELL1", "CELL2", "CELL3"


@pytest.fixture(scope="module")
def client(serving: Stack) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=serving.serving_url, timeout=20) as client:
        yield client


def named(one: object) -> str:
    return str(one).removeprefix("/v1/stores/")


def status(client: httpx.Client, method: str, path: str, store: str, bearer: Bearer | None, **body: Any) -> int:
    """Of a call about things that are not there. An event stream is looked at only in its head."""
    client.cookies.clear()
    path = re.sub(r"\{\w+(:\w+)?\}", "nothing", path.replace("{store}", store))
    headers: Mapping[str, str] = body.pop("headers", {})
    if bearer is not None:
        headers = {**headers, "Authorization": f"Bearer {issue(SECRET, bearer, time.time(), 1)}"}
    with client.stream(method, path, headers=headers, **body) as answer:
        return answer.status_code


def bearer_of(caller: Caller) -> Bearer | None:
    return Bearer(OWN if caller.here else OTHER, caller.role) if caller.role else None


def refused(answered: int) -> int:
    """What `refusal` would say: 0 for whatever else is wrong with a call about nothing."""
    assert answered != 500
    return answered if answered in (401, 403) else 0


@pytest.mark.parametrize(("method", "path", "name"), [one for one in CALLS if one[2] != "outcome"], ids=named)
def test_every_cell_of_a_call(client: httpx.Client, method: str, path: str, name: str) -> None:
    found = {caller: refused(status(client, method, path, OWN, bearer_of(caller))) for caller in CALLERS}
    assert found == {caller: refusal(name, caller) for caller in CALLERS}


def test_every_cell_of_an_outcome(client: httpx.Client, board: redis.Redis) -> None:
    filler = Filler(board, OWN)
    filler.complete()
    _, prompt = filler.prompt(1)
    path = f"/v1/prompts/{prompt.prompt_id}/outcome"
    for caller in CALLERS:
        said = {"json": {"kind": "shown"}, "headers": {"Idempotency-Key": "cell"}}
        assert status(client, "POST", path, OWN, bearer_of(caller), **said) == (refusal("outcome", caller) or 202)


@pytest.mark.parametrize(("method", "path", "name"), OF_A_STORE, ids=named)
def test_a_token_of_several_stores_opens_these_and_no_other(
    client: httpx.Client, method: str, path: str, name: str
) -> None:
    several = Bearer(OWN, "manager", also=(ALSO,))
    assert [refused(status(client, method, path, store, several)) for store in (OWN, ALSO, OTHER)] == [0, 0, 403]


def test_a_session_says_which_stores_it_is_for(client: httpx.Client) -> None:
    token = issue(SECRET, Bearer(OWN, "manager", also=(ALSO,)), time.time(), 1)
    with httpx.Client(base_url=client.base_url) as browser:
        assert browser.post("/v1/session", json={"token": token}).json()["stores"] == [OWN, ALSO]
        assert browser.get("/v1/session").json() == {"store": OWN, "stores": [OWN, ALSO], "role": "manager"}
