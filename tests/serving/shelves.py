"""A folder of bundles as nights leave it: one that was succeeded, the champion, and one that was refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from models import champions
from tests.training import toy

FIRST, CHAMPION, REFUSED = "2026-11-18-aa", "2026-11-19-bb", "2026-11-20-cc"
DIFFERENCE = {"estimate": -0.2, "ci_low": -0.4, "ci_high": -0.05}
_COMPARED = {
    "prompts": 900,
    "visits": 700,
    "challenger": {"estimate": 0.1, "ci_low": 0.0, "ci_high": 0.2},
    "champion": {"estimate": 0.3, "ci_low": 0.2, "ci_high": 0.4},
    "difference": DIFFERENCE,
    "ess": 400.0,
    "overlap": 0.8,
}
LIFT = {"estimate": 0.4, "ci_low": -0.1, "ci_high": 0.9, "from_date": "2026-11-12", "to_date": "2026-11-19"}


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle that verifies, of a toy lake."""
    folder = tmp_path_factory.mktemp("trained")
    toy.trained(toy.world(folder), folder / FIRST)
    return folder / FIRST


def fill(folder: Path, trained: Path) -> None:
    """With copies of a bundle."""
    for name in (FIRST, CHAMPION, REFUSED):
        shutil.copytree(trained, folder / name)
    report(folder, FIRST, "promote", "the first bundle needs no gate")
    report(folder, CHAMPION, "promote", "better than the champion", lift=LIFT)
    report(folder, REFUSED, "keep", "too likely worse than the champion", comparison=_COMPARED)
    for name in (FIRST, CHAMPION):
        champions.promote(folder, name)


def report(folder: Path, name: str, verdict: str, why: str, **more: Any) -> None:
    said = {"bundle": name, "verdict": verdict, "why": why, **more}
    (folder / name / "report.json").write_text(json.dumps(said))


def empty(folder: Path) -> None:
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
