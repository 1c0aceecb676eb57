"""The calls on bundles: what there is and why, a rollback, and the way back from it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from aislewise.stack import Stack
from models import arms, champions
from models.arms import Canary
from tests.aislewise.command import run
from tests.serving import shelves
from tests.serving.client import bearer
from tests.serving.shelves import CHAMPION, FIRST, REFUSED


@pytest.fixture
def folder(serving: Stack, trained: Path) -> Iterator[Path]:
    """The bundles of the process, which are gone afterwards."""
    bundles = Path(serving["serve"].environment["AISLEWISE_BUNDLES"])
    shelves.fill(bundles, trained)
    yield bundles
    shelves.empty(bundles)


@pytest.fixture
def manager(serving: Stack) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=serving.serving_url, headers=bearer(role="manager"), timeout=10) as client:
        yield client


def states(said: dict[str, Any]) -> dict[str, str]:
    return {one["version"]: one["state"] for one in said["bundles"]}


def rolled_back(client: httpx.Client, bundle: str) -> httpx.Response:
    return client.post("/v1/bundles/rollback", json={"bundle": bundle})


def test_all_are_listed_with_what_the_night_said(manager: httpx.Client, folder: Path) -> None:
    said = manager.get("/v1/bundles").json()
    assert (said["champion"], said["back_to"], said["canary"]) == (CHAMPION, FIRST, None)
    assert states(said) == {REFUSED: "kept out", CHAMPION: "champion", FIRST: "succeeded"}
    assert [one["version"] for one in said["bundles"]] == [REFUSED, CHAMPION, FIRST]
    refused, champion, _ = said["bundles"]
    assert refused["judged"]["why"] == "too likely worse than the champion"
    assert refused["judged"]["comparison"]["difference"] == shelves.DIFFERENCE
    assert champion["judged"]["lift"] == shelves.LIFT
    assert champion["trained_to"] == "2026-09-21"
    assert "hit_at_10" in champion["metrics"]


def test_without_bundles_there_is_no_champion(manager: httpx.Client) -> None:
    assert manager.get("/v1/bundles").json() == {"champion": None, "back_to": None, "canary": None, "bundles": []}


def test_a_rollback_is_made_once_and_taken_back(manager: httpx.Client, folder: Path) -> None:
    said = rolled_back(manager, CHAMPION)
    assert (said.status_code, said.json()["champion"], said.json()["back_to"]) == (200, FIRST, None)
    assert states(said.json())[CHAMPION] == "rolled back"
    again = rolled_back(manager, CHAMPION)
    assert (again.status_code, again.json()["field"]) == (409, "bundle")
    assert FIRST in again.json()["detail"]
    back = manager.post("/v1/bundles/promote", json={"bundle": CHAMPION})
    assert (back.status_code, back.json()["champion"], back.json()["back_to"]) == (200, CHAMPION, FIRST)
    assert run("bundles", "--bundles", folder, cwd=folder)[1].decode().splitlines()[2].split()[:2] == ["*", CHAMPION]


def test_a_comparison_that_goes_on_is_told_ended_and_begun_again(manager: httpx.Client, folder: Path) -> None:
    champions.promote(folder, REFUSED, before=CHAMPION)
    said = manager.get("/v1/bundles").json()
    assert said["canary"] == {"before": CHAMPION, "champions": [REFUSED], "share": 0.2}
    assert states(said)[CHAMPION] == "keeps a share"
    assert rolled_back(manager, REFUSED).json()["canary"] is None
    manager.post("/v1/bundles/promote", json={"bundle": REFUSED, "before": CHAMPION})
    assert arms.canary(folder) == Canary(CHAMPION, (REFUSED,))


def test_what_cannot_be_done_changes_nothing(manager: httpx.Client, folder: Path) -> None:
    (folder / REFUSED / "taste.npz").write_bytes(b"half")
    for body in ({"bundle": "nothing"}, {"bundle": "../plans"}, {"bundle": REFUSED}, {"bundle": FIRST, "before": "x"}):
        answer = manager.post("/v1/bundles/promote", json=body)
        assert (answer.status_code, answer.json()["field"]) == (422, "bundle"), body
    assert manager.post("/v1/bundles/rollback", json={}).status_code == 422
    assert rolled_back(manager, FIRST).status_code == 409
    assert champions.reigned(folder) == [FIRST, CHAMPION]
    rolled_back(manager, CHAMPION)
    answer = rolled_back(manager, FIRST)
    assert answer.status_code == 422
    assert "no champion before" in answer.json()["detail"]


def test_a_damaged_bundle_is_listed_with_what_is_wrong(manager: httpx.Client, folder: Path) -> None:
    (folder / REFUSED / "manifest.json").write_text("{")
    (folder / FIRST / "report.json").write_text("{")
    refused, _, first = manager.get("/v1/bundles").json()["bundles"]
    assert "does not verify" in refused["problem"]
    assert (first["problem"], first["judged"]) == (None, None)


def test_bundles_are_a_managers(client: httpx.Client, nobody: httpx.Client, folder: Path) -> None:
    body = {"bundle": CHAMPION}
    for asker, status in ((client, 403), (nobody, 401)):
        assert asker.get("/v1/bundles").status_code == status
        assert asker.post("/v1/bundles/rollback", json=body).status_code == status
        assert asker.post("/v1/bundles/promote", json=body).status_code == status
    assert champions.reigned(folder)[-1] == CHAMPION
