"""Wrong tokens, bodies and addresses: each gets a problem that says what is wrong."""

from __future__ import annotations

import httpx
import pytest

from aislewise.stack import Stack
from models.web.edge import HEADERS
from tests.serving.client import bearer, token
from tests.serving.store import Filler

OUTCOME = "/v1/prompts/0123456789abcdef-0/outcome"
CALLS = [
    ("GET", "/v1/stores/S1/shoppers"),
    ("GET", "/v1/stores/S1/prompts"),
    ("GET", "/v1/stores/S1/plan"),
    ("GET", "/v1/session"),
    ("POST", OUTCOME),
]


def assert_problem(answer: httpx.Response, status: int, field: str | None = None) -> None:
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["status"] == status
    assert answer.json()["title"]
    assert answer.json()["detail"]
    assert answer.json().get("field") == field
    assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(("method", "path"), CALLS)
@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer x", "Basic YTpi", "Bearer " + token(secret="another"), "Bearer " + token(days=-1)],
)
def test_no_or_a_bad_token_is_401(nobody: httpx.Client, method: str, path: str, header: str) -> None:
    answer = nobody.request(method, path, headers={"Authorization": header} if header else {})
    assert_problem(answer, 401, "Authorization")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_a_senders_token_is_403(nobody: httpx.Client, method: str, path: str) -> None:
    assert_problem(nobody.request(method, path, headers=bearer(role="sender")), 403)


@pytest.mark.parametrize("call", ["shoppers", "prompts", "plan"])
def test_another_stores_token_is_403(nobody: httpx.Client, call: str) -> None:
    assert_problem(nobody.get(f"/v1/stores/S1/{call}", headers=bearer("S2")), 403)


def test_what_is_no_store_id_is_422(client: httpx.Client) -> None:
    for store in ("-S1", "S%201", "x" * 65, "%00", "S1%0A"):
        assert_problem(client.get(f"/v1/stores/{store}/shoppers"), 422, "store")


def test_a_store_without_a_plan(nobody: httpx.Client) -> None:
    assert_problem(nobody.get("/v1/stores/S2/plan", headers=bearer("S2")), 404, "store")
    assert nobody.get("/v1/stores/S2/shoppers", headers=bearer("S2")).json() == []


@pytest.mark.parametrize("place", ["x", "5", "5-", "-1-0", "+1-0", "1-0 2", "$", "99999999999999999999-0", "１-0"])
def test_a_malformed_place_is_422(client: httpx.Client, place: str) -> None:
    answer = client.get("/v1/stores/S1/prompts", headers={b"Last-Event-ID": place.encode()})
    assert_problem(answer, 422, "Last-Event-ID")


@pytest.mark.parametrize(
    ("body", "media", "status", "field"),
    [
        (b'{"kind": NaN}', "application/json", 400, None),
        (b'{"kind": "shown", "ts": Infinity}', "application/json", 400, None),
        (b'{"kind": "shown", "ts": 1e999}', "application/json", 422, "ts"),
        (b"{", "application/json", 400, None),
        (b"", "application/json", 400, None),
        (b"\xff\xfe", "application/json", 400, None),
        (b'{"kind": "\xff"}', "application/json", 400, None),
        (b"[" * 100_000, "application/json", 400, None),
        (b'{"kind": "shown"}', "text/plain", 415, "Content-Type"),
        (b'{"kind": "shown"}', "application/x-www-form-urlencoded", 415, "Content-Type"),
        (b'{"kind": "shown"}', "", 415, "Content-Type"),
        (b" " * (4 * 2**20 + 1), "application/json", 413, None),
        (b" " * (12 * 2**20), "application/json", 413, None),
    ],
)
def test_a_wrong_body(client: httpx.Client, body: bytes, media: str, status: int, field: str | None) -> None:
    headers = {"Idempotency-Key": "k", "Content-Type": media}
    assert_problem(client.post(OUTCOME, content=body, headers=headers), status, field)


def test_a_large_body_in_chunks_is_413_too(client: httpx.Client) -> None:
    chunks = (b" " * 2**20 for _ in range(5))
    headers = {"Idempotency-Key": "k", "Content-Type": "application/json"}
    assert_problem(client.post(OUTCOME, content=chunks, headers=headers), 413)


def test_addresses_and_methods_that_are_not_there(client: httpx.Client) -> None:
    assert_problem(client.get("/v1/nothing"), 404)
    assert_problem(client.post("/v1/nothing"), 404)
    assert_problem(client.get("/tablet/nothing.js"), 404)
    assert_problem(client.get("/tablet/..%2fapp.py"), 404)
    assert_problem(client.get(OUTCOME), 405)
    assert_problem(client.put("/v1/session"), 405)
    assert_problem(client.post("/v1/stores/S1/shoppers"), 405)
    assert_problem(client.post("/tablet/index.html"), 405)


def test_a_browser_gets_a_cookie_for_its_token(nobody: httpx.Client, filler: Filler) -> None:
    assert_problem(nobody.get("/v1/session"), 401, "Authorization")
    assert_problem(nobody.post("/v1/session", json={"token": "x"}), 401, "Authorization")
    assert_problem(nobody.post("/v1/session", json={}), 422, "token")
    assert_problem(nobody.post("/v1/session", json={"token": token(role="sender")}), 403)
    answer = nobody.post("/v1/session", json={"token": token(role="manager")})
    assert answer.json() == {"store": "S1", "role": "manager"}
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "path=/" in cookie
    assert nobody.get("/v1/session").json() == {"store": "S1", "role": "manager"}
    assert nobody.get("/v1/stores/S1/shoppers").status_code == 200
    assert nobody.delete("/v1/session").status_code == 204
    assert_problem(nobody.get("/v1/session"), 401, "Authorization")


def test_a_bearer_header_is_as_good_as_a_body(nobody: httpx.Client) -> None:
    assert nobody.post("/v1/session", headers=bearer()).status_code == 200
    assert nobody.get("/v1/session").json() == {"store": "S1", "role": "associate"}


def test_a_bad_header_is_not_saved_by_a_good_cookie(nobody: httpx.Client) -> None:
    nobody.post("/v1/session", headers=bearer())
    assert_problem(nobody.get("/v1/session", headers={"Authorization": "Bearer x"}), 401, "Authorization")


def test_another_sites_page_cannot_use_the_cookie(nobody: httpx.Client, filler: Filler) -> None:
    nobody.post("/v1/session", headers=bearer())
    _, prompt = filler.prompt(9)
    path, headers = f"/v1/prompts/{prompt.prompt_id}/outcome", {"Idempotency-Key": "k"}
    form = {"Content-Type": "text/plain"}
    assert_problem(nobody.post(path, content=b'{"kind":"shown"}', headers=headers | form), 415, "Content-Type")
    foreign = headers | {"Sec-Fetch-Site": "same-site"}
    assert_problem(nobody.post(path, json={"kind": "shown"}, headers=foreign), 403, "Sec-Fetch-Site")
    assert nobody.post(path, json={"kind": "shown"}, headers=headers).status_code == 202


def test_the_log_holds_no_token(serving: Stack, nobody: httpx.Client) -> None:
    secret = token()
    nobody.get("/v1/session", params={"token": secret})
    nobody.post("/v1/session", json={"token": secret})
    nobody.post("/v1/session", json={"token": secret + "x"})
    assert secret not in serving["serve"].output()


def test_pages_and_answers_have_the_headers_that_protect_them(nobody: httpx.Client) -> None:
    for path in ("/", "/manager", "/worker.js", "/v1/session", "/v1/nothing", "/healthz", "/metrics"):
        headers = nobody.get(path).headers
        assert {name: headers.get(name) for name in HEADERS} == HEADERS
        assert "server" not in headers
        assert not [name for name in headers if name.startswith("access-control-")]
        assert headers["cache-control"] == ("no-store" if path.startswith("/v1/") else "no-cache")
    assert "unsafe" not in HEADERS["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in HEADERS["Content-Security-Policy"]
