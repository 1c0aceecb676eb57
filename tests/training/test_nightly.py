"""The night gives the same result however often it runs and wherever it is killed."""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from models import bundle, champions, keeping, lake
from models.erasure import erase, person
from models.erasure.erase import Places
from models.errors import InputError
from models.keys import LakeFile
from models.report import Lift
from models.retention import Keeping
from tests.training import toy
from tests.training.nights import after_kills, dated, rows
from training import nightly

CHECKIN = {"store_id": "S0", "device_id": "phone v2", "customer_id": "c2", "consent": True, "ts": toy.START_MS}


def test_a_night_publishes_a_bundle_with_its_report(root: Path, tmp_path: Path) -> None:
    before, folder = rows(root), tmp_path / "bundles"
    report = nightly.run(root, folder)
    assert rows(root) == before
    assert len(lake.files(root, "purchases")) == 1
    assert bundle.latest(folder) == folder / report.bundle
    loaded = bundle.load(folder / report.bundle)
    assert loaded.manifest.version == report.bundle
    assert loaded.manifest.rows["prompts_seen"] == 30
    written = json.loads((folder / report.bundle / "report.json").read_text())
    assert (written["verdict"], written["lift"]) == ("promote", None)
    assert written["why"]
    assert report.bundle in (folder / report.bundle / "report.html").read_text()
    assert lake.read(root, "visits").column("customer_id").to_pylist().count("c1") == 1


def test_without_new_rows_nothing_changes_and_a_rollback_stays(root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "bundles"
    first = nightly.run(root, folder)
    assert nightly.run(root, folder).verdict == "keep"
    dated(root / "more", "outcomes", [toy.outcome(1, "undone", undoes="declined-1")], 1)
    shutil.copy(next((root / "more").rglob("*.parquet")), root / LakeFile("outcomes", "2026-09-21", 0, 90, 90).path)
    shutil.rmtree(root / "more")
    second = nightly.run(root, folder)
    assert second.verdict == "promote"
    assert second.bundle != first.bundle
    assert second.parent == first.bundle
    champions.rollback(folder)
    state = {path: path.read_bytes() for path in [*folder.rglob("*"), *root.rglob("*")] if path.is_file()}
    assert nightly.run(root, folder).verdict == "keep"
    assert {path: path.read_bytes() for path in [*folder.rglob("*"), *root.rglob("*")] if path.is_file()} == state
    assert bundle.latest(folder) == folder / first.bundle


def test_killed_anywhere_the_next_night_gives_the_same(root: Path, tmp_path: Path) -> None:
    before = rows(root)
    shutil.copytree(root, tmp_path / "undisturbed")
    wanted = nightly.run(tmp_path / "undisturbed", tmp_path / "wanted")
    files = bundle.read_manifest(tmp_path / "wanted" / wanted.bundle).files
    states, killed = set(), 0
    for lake_folder, folder in killed_nights(root, tmp_path, every=11):
        assert rows(lake_folder) == before
        champion = bundle.latest(folder)
        assert champion is None or bundle.load(champion).name == wanted.bundle
        states.add((len(lake.files(lake_folder, "outcomes")), champion is None))
        nightly.run(lake_folder, folder)
        assert rows(lake_folder) == before
        assert bundle.latest(folder) == folder / wanted.bundle
        assert bundle.read_manifest(folder / wanted.bundle).files == files
        assert [path.name for path in folder.iterdir() if path.is_dir()] == [wanted.bundle]
        assert champions.reigned(folder) == [wanted.bundle]
        killed += 1
    assert killed >= 5
    assert len(states) >= 3


def test_a_bundle_that_a_killed_night_left_is_promoted_and_a_damaged_one_made_again(root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "bundles"
    name = nightly.run(root, folder).bundle
    for path in (folder / "LATEST", folder / "CHAMPIONS"):
        path.unlink()
    made = (folder / name / "manifest.json").stat().st_mtime_ns
    assert nightly.run(root, folder).verdict == "promote"
    assert (folder / name / "manifest.json").stat().st_mtime_ns == made
    for path in (folder / "LATEST", folder / "CHAMPIONS"):
        path.unlink()
    (folder / name / "goods.npz").write_bytes(b"half")
    assert nightly.run(root, folder).verdict == "promote"
    assert bundle.load(folder / name).name == name


def test_missing_tables_are_fine_but_for_purchases_and_products(tmp_path: Path) -> None:
    root = toy.world(tmp_path / "lake")
    assert nightly.run(root, tmp_path / "bundles").verdict == "promote"
    (root / "purchases.parquet").unlink()
    with pytest.raises(InputError, match="purchases"):
        nightly.run(root, tmp_path / "bundles")


def test_a_report_shows_what_it_is_told_and_nothing_else() -> None:
    page = nightly.page(nightly.Report("<b>", "keep", "a < b & c", Lift(1.5, -0.5, 3.5, "2026-09-21", "2026-09-22")))
    assert "<b>" not in page
    assert "a &lt; b &amp; c" in page
    assert "1.5 (-0.5 to 3.5)" in page


def test_bundles_forget_who_was_erased_and_the_champion_stays_usable(root: Path, tmp_path: Path) -> None:
    """In this lake from elsewhere customers are named as they are."""
    folder = tmp_path / "bundles"
    first = nightly.run(root, folder)
    before = bundle.load(folder / first.bundle).knowledge
    extra = {name: (folder / first.bundle / name).read_bytes() for name in ("report.json", "report.html", "card.md")}
    goes, stays = "c3", "c6"
    assert (before.profiles.row(goes) >= 0, before.profiles.row(stays) >= 0) == (True, True)
    places = Places(root, folder, "redis://127.0.0.1:1/0", ())
    act = erase.erase(places, person.of_customer(goes, "a secret"), "operator", toy.START_MS)
    assert act.rows.keys() == {"purchases"}
    assert bundle.load(folder / first.bundle).knowledge.profiles.row(goes) >= 0
    report = nightly.run(root, folder)
    assert report.erased == {"bundles": 1}
    assert "1 bundles" in (folder / report.bundle / "report.html").read_text()
    for name in (first.bundle, report.bundle):
        profiles = bundle.load(folder / name).knowledge.profiles
        assert profiles.row(goes) == -1
        assert [list(one) for one in profiles.of(stays)] == [list(one) for one in before.profiles.of(stays)]
    assert {name: (folder / first.bundle / name).read_bytes() for name in extra} == extra
    assert nightly.run(root, folder).erased == {}


def test_the_report_says_what_was_older_than_its_retention(root: Path, tmp_path: Path) -> None:
    dated(root / "more", "checkins", [CHECKIN], 1)
    old = root / LakeFile("checkins", "2026-08-01", 0, 0, 0).path
    old.parent.mkdir(parents=True)
    shutil.move(next((root / "more").rglob("*.parquet")), old)
    shutil.rmtree(root / "more")
    kept = Keeping(keeping.parse("checkins=30"), tmp_path / "salts")
    report = nightly.run(root, tmp_path / "bundles", keeping=kept)
    assert report.removed == {"checkins": 1}
    assert not old.exists()
    assert "1 checkins" in (tmp_path / "bundles" / report.bundle / "report.html").read_text()
    assert nightly.run(root, tmp_path / "bundles", keeping=kept).removed == {}


def killed_nights(root: Path, tmp_path: Path, every: int) -> Iterator[tuple[Path, Path]]:
    """Copies of the lake and their bundles after a night was killed at its 1st, 12th, … touch, and at its last ones."""
    done = 1

    def places(touch: int) -> tuple[Path, Path]:
        lake_folder = tmp_path / f"lake-{touch}"
        shutil.copytree(root, lake_folder, dirs_exist_ok=True)
        return lake_folder, tmp_path / f"bundles-{touch}"

    for killed in after_kills(places, itertools.count(1, every)):
        yield killed
        done += every
    # the champion is named at the very end
    yield from after_kills(places, itertools.count(done - every + 1))
