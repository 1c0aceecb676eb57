"""The night gives the same result however often it runs and wherever it is killed."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from models import bundle, lake
from models.errors import InputError
from models.keys import LakeFile
from models.records import rows_to_table
from tests.training import toy
from tests.training.test_attribution import dwell, visit
from training import champions, nightly


def dated(root: Path, table: str, rows: list[dict[str, object]], files: int) -> None:
    """Rows of the topic's partition 0, cut into files of one date."""
    size = -(-len(rows) // files)
    for begin in range(0, len(rows), size):
        part = rows[begin : begin + size]
        path = root / LakeFile(table, "2026-09-21", 0, begin, begin + len(part) - 1).path
        lake.write(path, rows_to_table(table, part))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A lake as the history worker writes it."""
    root = tmp_path / "lake"
    toy.write(root, products=toy.products())
    dated(root, "purchases", toy.purchases(), 12)
    dated(root, "visits", [visit(f"v{i}", 5 * i, 5 * i + 8) for i in range(40)], 5)
    dated(root, "dwells", [dwell(f"v{i}", "even") for i in range(40)], 4)
    dated(root, "prompts", [toy.prompt(i, toy.sku(i % 5)) for i in range(30)], 3)
    dated(root, "outcomes", [toy.outcome(i, kind) for i in range(30) for kind in ("shown", "declined")], 6)
    said = {"store_id": "S0", "device_id": "phone v1", "customer_id": "c1", "consent": True, "ts": toy.START_MS}
    dated(root, "checkins", [said], 1)
    return root


def rows(root: Path) -> dict[str, Counter[str]]:
    """Every row of the lake as text, but for the customers that the night fills in."""
    tables = ("purchases", "visits", "dwells", "prompts", "outcomes", "checkins")
    read = {table: lake.read(root, table) for table in tables}
    read["visits"] = read["visits"].drop_columns("customer_id")
    return {name: Counter(map(repr, table.to_pylist())) for name, table in read.items()}


def test_a_night_publishes_a_bundle_with_its_report(root: Path, tmp_path: Path) -> None:
    before, folder = rows(root), tmp_path / "bundles"
    report = nightly.run(root, folder)
    assert rows(root) == before
    assert len(lake.files(root, "purchases")) == 1
    assert bundle.latest(folder) == folder / report.bundle
    loaded = bundle.load(folder / report.bundle)
    assert loaded.manifest.version == report.bundle
    assert loaded.knowledge.ranker is not None
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
    page = nightly.page(
        nightly.Report("<b>", "keep", "a < b & c", nightly.Lift(1.5, -0.5, 3.5, "2026-09-21", "2026-09-22"))
    )
    assert "<b>" not in page
    assert "a &lt; b &amp; c" in page
    assert "1.5 (-0.5 to 3.5)" in page


def killed_nights(root: Path, tmp_path: Path, every: int) -> Iterator[tuple[Path, Path]]:
    """Copies of the lake and their bundles after a night was killed at its 1st, 12th, … touch of a file."""
    command = [sys.executable, "-m", "tests.training.killed"]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=Path(__file__).parents[2], **pipes) as killer:
        for touch in itertools.count(1, every):
            places = tmp_path / f"lake-{touch}", tmp_path / f"bundles-{touch}"
            shutil.copytree(root, places[0])
            killer.stdin.write(f"{touch} {places[0]} {places[1]}\n")
            killer.stdin.flush()
            if killer.stdout.readline() == "done\n":
                killer.stdin.close()
                return
            yield places
