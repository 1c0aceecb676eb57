"""The night gives the same result however often it runs and wherever it is killed."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from models import bundle, lake
from models.errors import InputError
from models.keys import LakeFile
from models.records import rows_to_table
from training import champions, nightly
from tests.training import toy
from tests.training.test_attribution import dwell, visit


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
    undisturbed = tmp_path / "undisturbed"
    shutil.copytree(root, undisturbed)
    wanted = nightly.run(undisturbed, tmp_path / "wanted")
    files = bundle.read_manifest(tmp_path / "wanted" / wanted.bundle).files
    took = _night(root_copy(root, tmp_path, "timed"), tmp_path / "timed bundles", None)
    killed = 0
    for share in (0.35, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95):
        copy, folder = root_copy(root, tmp_path, f"lake {share}"), tmp_path / f"bundles {share}"
        killed += _night(copy, folder, took * share) < 0
        assert rows(copy) == before
        champion = bundle.latest(folder)
        assert champion is None or bundle.load(champion).name == wanted.bundle
        nightly.run(copy, folder)
        assert rows(copy) == before
        assert bundle.latest(folder) == folder / wanted.bundle
        assert bundle.read_manifest(folder / wanted.bundle).files == files
        assert [path.name for path in folder.iterdir() if path.is_dir()] == [wanted.bundle]
        assert champions.reigned(folder) == [wanted.bundle]
    assert killed >= 3


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
    page = nightly.page(nightly.Report("<b>", "keep", "a < b & c", nightly.Lift(1.5, -0.5, 3.5, "2026-09-21", "2026-09-22")))
    assert "<b>" not in page
    assert "a &lt; b &amp; c" in page
    assert "1.5 (-0.5 to 3.5)" in page


def root_copy(root: Path, folder: Path, name: str) -> Path:
    shutil.copytree(root, folder / name)
    return folder / name


def _night(root: Path, folder: Path, kill_after_s: float | None) -> float:
    """A night in a process of its own: how long it took, or −9 where it was killed."""
    code = "import sys; from pathlib import Path; from training import nightly; nightly.run(*map(Path, sys.argv[1:]))"
    began = time.monotonic()
    with subprocess.Popen([sys.executable, "-c", code, str(root), str(folder)], cwd=Path(__file__).parents[2]) as process:
        try:
            process.wait(kill_after_s)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        process.wait()
    return time.monotonic() - began if process.returncode == 0 else process.returncode
