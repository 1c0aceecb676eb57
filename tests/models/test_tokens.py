"""Tokens that hold, and those that don't."""

from __future__ import annotations

import time

import jwt
import pytest

from models.errors import TokenError
from models.tokens import ROLES, Bearer, issue, verify

SECRET = "a secret of the tests"


@pytest.mark.parametrize("role", ROLES)
def test_a_token_names_its_store_and_role(role: str) -> None:
    bearer = Bearer("S1", role)
    assert verify(SECRET, issue(SECRET, bearer, time.time(), 1)) == bearer


def test_a_managers_token_may_be_for_several_stores_and_nobody_elses() -> None:
    bearer = Bearer("S1", "manager", also=("S2", "S3"))
    assert verify(SECRET, issue(SECRET, bearer, time.time(), 1)) == bearer
    assert bearer.stores == ("S1", "S2", "S3")
    for role in ("sender", "associate"):
        with pytest.raises(TokenError):
            verify(SECRET, issue(SECRET, Bearer("S1", role, also=("S2",)), time.time(), 1))


def test_a_tablets_token_has_an_id_and_says_when_it_was_made() -> None:
    bearer = Bearer("S1", "associate", "Ana", "0123456789abcdef")
    minute_ago = int(time.time()) - 60
    found = verify(SECRET, issue(SECRET, bearer, minute_ago, 365))
    assert (found, found.issued_s) == (bearer, minute_ago)


def forged(**changes: object) -> str:
    claims = {"store": "S1", "role": "sender", "exp": time.time() + 60, **changes}
    return jwt.encode({name: value for name, value in claims.items() if value is not None}, KEY, "HS256")


KEY = b"k" * 32


@pytest.mark.parametrize(
    "token",
    [
        "",
        "no token",
        "a.b.c",
        issue(SECRET, Bearer("S1", "sender"), time.time() - 86_401, 1),
        issue("another secret", Bearer("S1", "sender"), time.time(), 1),
        issue(SECRET, Bearer("S1", "owner"), time.time(), 1),
        issue(SECRET, Bearer("S1", "sender"), time.time(), 1)[:-2],
        jwt.encode({"store": "S1", "role": "manager", "exp": time.time() + 60}, None, "none"),
        jwt.encode({"store": "S1", "role": "manager", "exp": time.time() + 60}, SECRET.encode() * 2, "HS256"),
    ],
    ids=["empty", "words", "dots", "expired", "other secret", "other role", "cut", "unsigned", "secret as key"],
)
def test_a_token_that_does_not_hold_is_refused(token: str) -> None:
    with pytest.raises(TokenError):
        verify(SECRET, token)


@pytest.mark.parametrize(
    "changes", [{"exp": None}, {"store": None}, {"role": None}, {"store": 7}, {"also": "S2"}, {"also": [7]}]
)
def test_a_signed_token_needs_all_its_claims(changes: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.tokens._key", lambda secret: KEY)
    assert verify(SECRET, forged()) == Bearer("S1", "sender")
    with pytest.raises(TokenError):
        verify(SECRET, forged(**changes))
