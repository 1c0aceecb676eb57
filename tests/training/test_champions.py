"""The champion changes by hand and by night, and a rollback goes back one step at a time."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from models import bundle
from models.errors import BundleError, InputError
from tests.training import toy
from training import champions


@pytest.fixture(scope="module")
def one_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    toy.trained(toy.world(folder / "lake"), folder / "bundle")
    return folder / "bundle"


@pytest.fixture
def folder(tmp_path: Path, one_bundle: Path) -> Path:
    for name in ("a", "b", "c"):
        shutil.copytree(one_bundle, tmp_path / name)
    return tmp_path


def champion(folder: Path) -> str | None:
    path = bundle.latest(folder)
    return path.name if path else None


def test_rollbacks_go_back_through_the_promotions(folder: Path) -> None:
    for name in "abc":
        champions.promote(folder, name)
    assert champion(folder) == "c"
    assert [champions.rollback(folder), champion(folder)] == ["b", "b"]
    assert champions.rollback(folder) == "a"
    with pytest.raises(InputError, match="no champion before"):
        champions.rollback(folder)
    champions.promote(folder, "c")
    assert champions.rollback(folder) == "a"


def test_promoting_the_champion_again_changes_nothing(folder: Path) -> None:
    champions.promote(folder, "a")
    champions.promote(folder, "b")
    champions.promote(folder, "b")
    assert champions.rollback(folder) == "a"


def test_a_latest_written_by_hand_or_before_a_kill_counts_as_a_promotion(folder: Path) -> None:
    champions.promote(folder, "a")
    (folder / "LATEST").write_text("b\n")
    assert champions.reigned(folder) == ["a", "b"]
    assert champions.rollback(folder) == "a"


@pytest.mark.parametrize("name", ["nothing", "../a", "", "."])
def test_only_a_bundle_of_the_folder_can_be_promoted(folder: Path, name: str) -> None:
    champions.promote(folder, "a")
    with pytest.raises(BundleError, match="no bundle"):
        champions.promote(folder, name)
    assert champion(folder) == "a"


def test_a_damaged_bundle_is_neither_promoted_nor_rolled_back_to(folder: Path) -> None:
    champions.promote(folder, "a")
    champions.promote(folder, "b")
    (folder / "a" / "taste.npz").write_bytes(b"half")
    (folder / "c" / "taste.npz").write_bytes(b"half")
    for change in (lambda: champions.promote(folder, "c"), lambda: champions.rollback(folder)):
        with pytest.raises(BundleError, match=r"taste\.npz"):
            change()
    assert champion(folder) == "b"
