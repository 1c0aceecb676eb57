"""Whose store it is, cell by cell: every call about a store, by a token for it, for several, and for another."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import get_type_hints

import httpx
import pytest

from aislewise.stack import Stack
from models.tokens import Bearer, issue
from serving import routes
from tests.parts.processes import SECRET

CALLS = sorted(
    (method, path)
    for method, path, _ in routes.table(routes.Calls(*get_type_hints(routes.Calls).values()))  # type: ignore[arg-type]
    if "{store}" in path
)
OWN, ALSO, OTHER = "CELL1", "CELL2", "CELL3"


@pytest.fixture(scope="module")
def client(serving: Stack) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=serving.serving_url, timeout=20) as client:
        yield client


def status(client: httpx.Client, method: str, path: str, store: str, bearer: Bearer) -> int:
    """Of a call without a body, about things that are not there. An event stream is looked at only in its head."""
    named = re.sub(r"\{\w+(:\w+)?\}", "nothing", path.replace("{store}", store))
    headers = {"Authorization": f"Bearer {issue(SECRET, bearer, time.time(), 1)}"}
    with client.stream(method, named, headers=headers) as answer:
        return answer.status_code


@pytest.mark.parametrize(("method", "path"), CALLS, ids=lambda one: str(one).removeprefix("/v1/stores/"))
def test_a_token_opens_its_stores_and_no_other(client: httpx.Client, method: str, path: str) -> None:
    several, one = Bearer(OWN, "manager", also=(ALSO,)), Bearer(OWN, "manager")
    opened = [status(client, method, path, store, several) for store in (OWN, ALSO)]
    assert not {401, 403, 500} & set(opened)
    assert [status(client, method, path, OTHER, bearer) for bearer in (several, one)] == [403, 403]
    assert status(client, method, path, ALSO, one) == 403
    assert status(client, method, path, OWN, Bearer(OWN, "sender")) == 403


def test_a_session_says_which_stores_it_is_for(client: httpx.Client) -> None:
    token = issue(SECRET, Bearer(OWN, "manager", also=(ALSO,)), time.time(), 1)
    with httpx.Client(base_url=client.base_url) as browser:
        assert browser.post("/v1/session", json={"token": token}).json()["stores"] == [OWN, ALSO]
        assert browser.get("/v1/session").json() == {"store": OWN, "stores": [OWN, ALSO], "role": "manager"}
