"""Wrong usage of every command: exit code 2 and one line that says what is wrong, never a traceback."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.aislewise.command import refused, run, start
from tests.training import toy

REQUEST = b'{"id": "a", "ts": 1790000000000, "store_id": "S0", "basket": [], "dwell": {}}\n'

WRONG = {
    "nosuch": "No such command 'nosuch'",
    "train": "Missing option '--history'",
    "train --history": "requires an argument",
    "train --history lake --out there --deep": "No such option: --deep",
    "recommend --bundle b --requests - --out - --k many": "'--k'",
    "recommend --bundle b --requests - --out - --k 0": "'--k'",
    "promote": "Missing argument 'VERSION'",
    "promote .. --bundles .": "no bundle ..",
    "token --store S1 --role boss": "'boss' is not one of",
    "token --store S/1 --role sender": "no store id",
    "catalog import": "--products, --offers, --stock",
    "worker": "dwell, prompts, history",
    "worker sweeper": "'sweeper' is not one of",
    "simulate --out new --timezone Mars/Base": "no IANA time zone",
    "serve --port 70000": "'--port'",
}


@pytest.mark.parametrize("words", WRONG)
def test_wrong_usage_is_one_line(tmp_path: Path, words: str) -> None:
    line = refused(*words.split(), cwd=tmp_path)
    assert line.startswith("aislewise")
    assert WRONG[words] in line


def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    toy.trained(toy.world(tmp_path / "lake"), tmp_path / "trial")
    (tmp_path / "requests.ndjson").write_bytes(REQUEST)
    (tmp_path / "file").write_text("")
    asked = ("recommend", "--bundle", "trial", "--requests", "requests.ndjson", "--out")
    for words in (
        (*asked, "lake"),
        (*asked, "file/recs.parquet"),
        ("train", "--history", "lake", "--out", "file/new"),
        ("nightly", "--lake", "lake", "--bundles", "file/bundles"),
        ("simulate", "--out", "file/day", "--shoppers", "0", "--minutes", "1"),
    ):
        assert "file" in refused(*words, cwd=tmp_path) or words[-1] == "lake"


def test_a_setting_that_is_wrong_is_named(tmp_path: Path) -> None:
    assert "AISLEWISE_HOLDOUT" in refused("bundles", cwd=tmp_path, holdout=2)
    assert "AISLEWISE_SLOTS" in refused("bundles", cwd=tmp_path, slots="few")
    assert "AISLEWISE_SECRET is not set" in refused(
        "token", "--store", "S1", "--role", "sender", cwd=tmp_path, secret=""
    )


def test_without_a_command_the_help_is_shown(tmp_path: Path) -> None:
    code, out, err = run(cwd=tmp_path)
    assert (code, out) == (2, b"")
    assert "Commands:" in err


@pytest.mark.parametrize("words", ["train --history lake --out new", "nightly --lake lake --bundles made"])
def test_a_bar_is_for_a_terminal_only(tmp_path: Path, words: str) -> None:
    """In a pipe standard error is empty."""
    toy.world(tmp_path / "lake")
    assert run(*words.split(), cwd=tmp_path)[2] == ""
    ours, theirs = os.openpty()
    with start(*words.replace("new", "newer").split(), cwd=tmp_path, stderr=theirs) as process:
        os.close(theirs)
        out = process.stdout.read() if process.stdout else b""
    assert process.returncode == 0
    assert b"\r" not in out
    assert b"\x1b[" in os.read(ours, 100_000)
    os.close(ours)
