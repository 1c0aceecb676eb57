"""Checkpoints: the highest valid one wins, two are kept, a damaged one is passed over."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from streams.checkpoints import Checkpoint, Checkpoints


def written(folder: Path, *offsets: int) -> Checkpoints:
    kept = Checkpoints(folder, "dwell", "pings", 3)
    for offset in offsets:
        kept.write({"pings": offset, "checkins": 1}, f"state {offset}".encode())
    return kept


def paths(folder: Path) -> list[Path]:
    return sorted((folder / "dwell" / "pings-3").iterdir(), key=lambda path: int(path.name))


def test_none_is_none(tmp_path: Path) -> None:
    assert written(tmp_path).newest() is None


def test_the_highest_offset_wins_and_two_are_kept(tmp_path: Path) -> None:
    written(tmp_path, 9, 10, 100)
    assert [path.name for path in paths(tmp_path)] == ["10", "100"]
    assert written(tmp_path).newest() == Checkpoint({"pings": 100, "checkins": 1}, b"state 100")


def test_what_another_worker_removes_meanwhile_is_looked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that was stalled still writes, and removes, while its successor opens."""
    kept, listed = written(tmp_path, 9, 10), Checkpoints._paths

    def list_then_lose(one: Checkpoints) -> list[Path]:
        monkeypatch.setattr(Checkpoints, "_paths", listed)
        found = listed(one)
        written(tmp_path, 100, 101)
        return found

    monkeypatch.setattr(Checkpoints, "_paths", list_then_lose)
    assert kept.newest() == Checkpoint({"pings": 101, "checkins": 1}, b"state 101")


@pytest.mark.parametrize("damage", [b"", b"short", None])
def test_a_damaged_one_is_said_and_the_one_before_is_taken(
    tmp_path: Path, damage: bytes | None, caplog: pytest.LogCaptureFixture
) -> None:
    kept = written(tmp_path, 10, 100)
    path = paths(tmp_path)[-1]
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]) if damage is None else damage)
    with caplog.at_level(logging.WARNING):
        found = kept.newest()
    assert found == Checkpoint({"pings": 10, "checkins": 1}, b"state 10")
    assert f"{path} is not valid" in caplog.text


def test_any_cut_of_a_checkpoint_is_noticed(tmp_path: Path) -> None:
    kept = written(tmp_path, 10)
    (path,) = paths(tmp_path)
    whole = path.read_bytes()
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        assert kept.newest() is None


def test_a_half_written_file_is_none(tmp_path: Path) -> None:
    kept = written(tmp_path, 10)
    (paths(tmp_path)[0].with_name(".20.77")).write_bytes(b"half")
    found = kept.newest()
    assert found is not None
    assert found.offsets["pings"] == 10


def test_the_same_offset_again_replaces(tmp_path: Path) -> None:
    kept = written(tmp_path, 10)
    kept.write({"pings": 10}, b"newer")
    found = kept.newest()
    assert found is not None
    assert found.state == b"newer"
