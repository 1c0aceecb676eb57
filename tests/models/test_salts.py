"""Day salts: whoever comes first makes one, all others read it, and nobody else can."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from models.errors import AwayError
from models.salts import SALT_BYTES, Salts

DAY = date(2026, 11, 24)
RACE = """
import sys
from datetime import date, timedelta
from models.salts import Salts
salts = Salts(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
for day in range(int(sys.argv[2])):
    print(salts.of("S1", date(2026, 1, 1) + timedelta(day)).hex())
"""


def race(folder: object, racers: int, days: int) -> list[list[str]]:
    """What processes that begin at the same moment take for the salts of so many days."""
    command = [sys.executable, "-c", RACE, str(folder), str(days)]
    pipe = subprocess.PIPE
    root = Path(__file__).parents[2]
    started = [subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=root) for _ in range(racers)]
    for racer in started:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    for racer in started:
        assert racer.stdin is not None
        racer.stdin.write("\n")
        racer.stdin.flush()
    return [racer.communicate()[0].split() for racer in started]


def test_a_salt_is_random_and_stays_the_same(tmp_path: Path) -> None:
    salts = Salts(tmp_path)
    salt = salts.of("S1", DAY)
    assert len(salt) == SALT_BYTES
    assert salts.of("S1", DAY) == Salts(tmp_path).of("S1", DAY) == salt
    assert len({salt, salts.of("S2", DAY), salts.of("S1", date(2026, 11, 25)), b"\0" * SALT_BYTES}) == 4


def test_the_file_is_its_owners_alone_and_whole(tmp_path: Path) -> None:
    salt = Salts(tmp_path).of("S1", DAY)
    (file,) = (tmp_path / "S1").iterdir()
    assert (file.name, file.stat().st_mode & 0o777, file.read_bytes()) == ("2026-11-24", 0o600, salt)
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_processes_that_race_agree_on_every_salt(tmp_path: Path) -> None:
    answers = race(tmp_path, racers=3, days=60)
    assert answers[0] == answers[1] == answers[2]
    assert len(set(answers[0])) == 60
    assert len(list((tmp_path / "S1").iterdir())) == 60


def test_many_days_are_read_again_where_they_were_forgotten(tmp_path: Path) -> None:
    salts = Salts(tmp_path)
    days = [date(2025, 1, 1 + day % 28) for day in range(28)] + [
        date(2024, 1 + m, 1 + d) for m in range(3) for d in range(28)
    ]
    first = [salts.of("S1", day) for day in days]
    assert [salts.of("S1", day) for day in days] == first
    assert len(set(first)) == len(days)


@pytest.mark.parametrize("content", [b"", b"short", b"x" * (SALT_BYTES + 1)])
def test_a_damaged_salt_is_never_used(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "S1").mkdir()
    (tmp_path / "S1" / "2026-11-24").write_bytes(content)
    with pytest.raises(AwayError, match=f"has {len(content)} bytes, not {SALT_BYTES}"):
        Salts(tmp_path).of("S1", DAY)


def test_a_folder_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(AwayError, match=r"the salts in .*file cannot be used: Not a directory"):
        Salts(tmp_path / "file").of("S1", DAY)
