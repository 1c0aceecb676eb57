"""The champion changes by hand and by night, and a rollback goes back one step at a time."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest

from models import arms, bundle, champions, shelf
from models.arms import Canary
from models.champions import Look
from models.errors import BundleError, InputError
from tests.training import toy


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


def watched(verdict: str, *since: str) -> Look:
    return Look("a", since, verdict, f"{verdict}, said the canary", 500, 100, -1.0, -2.0, -0.5, data="tonight")  # type: ignore[arg-type]


def test_the_bundle_before_keeps_its_share_through_later_promotions(folder: Path) -> None:
    champions.promote(folder, "a")
    assert arms.canary(folder) is None
    champions.promote(folder, "b", before="a")
    assert arms.canary(folder) == Canary("a", ("b",))
    champions.promote(folder, "c", before="a")
    assert (champion(folder), arms.canary(folder)) == ("c", Canary("a", ("b", "c")))
    assert [(one.version, one.state) for one in shelf.listed(folder)] == [
        ("a", "keeps a share"),
        ("b", "succeeded"),
        ("c", "champion"),
    ]


def test_a_loss_takes_all_that_came_since_back_and_says_why(folder: Path) -> None:
    champions.promote(folder, "a")
    champions.promote(folder, "b", before="a")
    champions.promote(folder, "c", before="a")
    champions.end(folder, watched("roll back", "b", "c"))
    assert (champion(folder), arms.canary(folder), (folder / "CANARY").exists()) == ("a", None, False)
    assert champions.reigned(folder) == ["a"]
    states = champions.states(folder)
    assert states == {"a": ("champion", ""), **dict.fromkeys("bc", ("rolled back", "roll back, said the canary"))}
    assert champions.ended(folder, "tonight") == champions.events(folder)[-1]
    assert champions.ended(folder, "tomorrow") is None


def test_what_stays_is_the_champion_and_no_bundle_has_a_share(folder: Path) -> None:
    champions.promote(folder, "a")
    champions.promote(folder, "b", before="a")
    champions.end(folder, watched("stays", "b"))
    assert (champion(folder), arms.canary(folder), champions.reigned(folder)) == ("b", None, ["a", "b"])
    champions.promote(folder, "c", before="b")
    assert arms.canary(folder) == Canary("b", ("c",))
    assert champions.rollback(folder) == "b"


@pytest.mark.parametrize("change", ["promote", "rollback", "LATEST"])
def test_a_person_s_choice_ends_the_comparison(folder: Path, change: str) -> None:
    champions.promote(folder, "a")
    champions.promote(folder, "b", before="a")
    if change == "promote":
        champions.promote(folder, "c")
    elif change == "rollback":
        champions.rollback(folder)
    else:
        (folder / "LATEST").write_text("c\n")
    assert arms.canary(folder) is None
    champions.settle(folder)
    assert not (folder / "CANARY").exists()


def test_a_canary_that_cannot_be_read_is_none(folder: Path) -> None:
    champions.promote(folder, "a")
    champions.promote(folder, "b", before="a")
    (folder / "CANARY").write_text("half")
    assert arms.canary(folder) is None
    champions.settle(folder)
    assert not (folder / "CANARY").exists()


def test_a_rollback_that_was_killed_is_finished_with_its_reason(folder: Path) -> None:
    champions.promote(folder, "a")
    champions.promote(folder, "b", before="a")
    look, listed = watched("roll back", "b"), (folder / "CHAMPIONS").read_bytes()
    named = (folder / "CANARY").read_bytes()
    champions.end(folder, look)
    wanted = (folder / "CHAMPIONS").read_bytes()
    # killed after LATEST was replaced
    (folder / "CHAMPIONS").write_bytes(listed)
    (folder / "CANARY").write_bytes(named[:-1] + b',"look":' + msgspec.json.encode(look) + b"}")
    assert champions.states(folder)["b"] == ("rolled back", look.why)
    champions.settle(folder)
    assert ((folder / "CHAMPIONS").read_bytes(), (folder / "CANARY").exists()) == (wanted, False)
