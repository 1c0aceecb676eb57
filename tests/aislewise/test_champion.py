"""`bundles`, `promote` and `rollback` as a person runs them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from models import bundle
from tests.aislewise.command import refused, run
from tests.training import toy


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    toy.trained(toy.world(tmp_path / "lake"), tmp_path / "bundles" / "first")
    shutil.copytree(tmp_path / "bundles" / "first", tmp_path / "bundles" / "second")
    return tmp_path


def test_the_champion_is_changed_by_hand_and_listed(folder: Path) -> None:
    assert run("promote", "first", cwd=folder)[0] == 0
    assert run("promote", "second", "--bundles", "bundles", cwd=folder)[1] == b"second is the champion\n"
    listed = run("bundles", cwd=folder)[1].decode().splitlines()
    assert listed[0].split()[:2] == ["version", "trained"]
    assert [line.split()[0] for line in listed[1:]] == ["first", "*"]
    assert "hit_at_10" in listed[1]
    assert "2026-09-21 to 2026-09-21" in listed[1]
    assert run("rollback", cwd=folder)[1] == b"first is the champion\n"
    states = {one["version"]: one["state"] for one in json.loads(run("bundles", "--json", cwd=folder)[1])}
    assert states == {"first": "champion", "second": "rolled back"}
    champion = bundle.latest(folder / "bundles")
    assert champion is not None
    assert champion.name == "first"


def test_a_damaged_bundle_is_listed_as_such_and_refused(folder: Path) -> None:
    (folder / "bundles" / "second" / "manifest.json").write_text("{")
    code, out, _ = run("bundles", cwd=folder)
    assert code == 0
    assert "second" in out.decode()
    assert "does not verify" in out.decode()
    assert "manifest.json" in refused("promote", "second", cwd=folder)


def test_what_cannot_be_done_is_said_in_one_line(folder: Path) -> None:
    assert "no bundle third" in refused("promote", "third", cwd=folder)
    assert "no champion before" in refused("rollback", cwd=folder)
    assert run("bundles", "--bundles", "nowhere", cwd=folder)[0] == 0
