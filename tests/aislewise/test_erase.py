"""`aislewise erase` as a person runs it."""

from __future__ import annotations

import os
import pty
from pathlib import Path

import pytest

from models import audit
from tests.aislewise import command
from tests.models import people
from tests.models.people import ANNA, ANNA_ELSEWHERE, BEN
from tests.parts.redis import RedisServer


@pytest.fixture
def places(tmp_path: Path, redis_server: RedisServer) -> dict[str, str]:
    """Settings of a chain whose lake has everybody."""
    people.build(tmp_path / "lake", tmp_path / "salts")
    return {"secret": people.SECRET, "redis": redis_server.url}


def test_it_shows_first_and_then_does_it(tmp_path: Path, places: dict[str, str]) -> None:
    before = people.stored(tmp_path / "lake")
    code, out, err = command.run("erase", "--customer", "anna", "--dry-run", cwd=tmp_path, **places)
    assert (code, err) == (0, "")
    assert f"pings: {2 * people.PINGS} rows" in out.decode().splitlines()
    assert people.stored(tmp_path / "lake") == before
    assert not (tmp_path / "lake" / audit.FOLDER).exists()
    wanted = people.of_others(tmp_path / "lake", tmp_path / "salts", ANNA, ANNA_ELSEWHERE)
    code, out, err = command.run("erase", "--customer", "anna", "--yes", cwd=tmp_path, **places)
    assert (code, err) == (0, "")
    (act,) = audit.read(tmp_path / "lake")
    assert out.decode().splitlines()[-1].endswith(f"0 entries of the board; recorded as {act.id}")
    assert act.by == "operator"
    assert people.stored(tmp_path / "lake") == wanted


def test_of_a_device_it_says_which_days_can_be_linked(tmp_path: Path, places: dict[str, str]) -> None:
    code, out, _ = command.run("erase", "--device", ANNA.device, "--store", "S1", "--yes", cwd=tmp_path, **places)
    assert code == 0
    assert "S1: salts of 1 days, 2026-11-24 to 2026-11-24; other days nobody can link" in out.decode()
    for path in (tmp_path / "salts").rglob("2*"):
        path.unlink()
    _, out, _ = command.run("erase", "--device", BEN.device, "--yes", cwd=tmp_path, **places)
    assert out.decode().splitlines()[:2] == [
        "the lake has no rows of them",
        "no salts are left: nobody can link this device to anything any more",
    ]


def test_nothing_is_done_unasked(tmp_path: Path, places: dict[str, str]) -> None:
    before = people.stored(tmp_path / "lake")
    said = command.run("erase", "--visit", ANNA.visit, cwd=tmp_path, **places)
    assert said[0] == 2
    assert "nobody is there to be asked: --yes does it, --dry-run only shows" in said[2]
    leader, follower = pty.openpty()
    with command.start("erase", "--visit", ANNA.visit, cwd=tmp_path, stdin=follower, **places) as process:
        os.write(leader, b"n\n")
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "It cannot be brought back" in err.decode()
    assert people.stored(tmp_path / "lake") == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--yes"], "one of --customer, --device and --visit is needed, and one only"),
        (["--customer", "a", "--visit", "b"], "one of --customer, --device and --visit is needed, and one only"),
        (["--customer", "a", "--store", "no store"], "'no store' is no store id"),
        (["--device", "x" * 200], "field device: not of 1 to 128 characters"),
    ],
)
def test_what_is_wrong_is_one_line(tmp_path: Path, words: list[str], said: str) -> None:
    (tmp_path / "lake").mkdir()
    assert said in command.refused("erase", *words, cwd=tmp_path)


def test_a_lake_that_is_not_there_is_said(tmp_path: Path) -> None:
    assert "lake: there is no such folder (AISLEWISE_LAKE" in command.refused("erase", "--customer", "a", cwd=tmp_path)


def test_a_board_that_is_away_ends_it_with_1_and_a_hint(tmp_path: Path, places: dict[str, str]) -> None:
    away = {**places, "redis": "redis://127.0.0.1:1/0"}
    code, _, err = command.run("erase", "--customer", "anna", "--yes", cwd=tmp_path, **away)
    assert code == 1
    assert err.splitlines()[-1].startswith("aislewise: Redis does not answer")
    assert "run it again when it does" in err
