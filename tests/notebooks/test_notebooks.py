"""Each notebook opens as one, and runs from top to bottom."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import jupytext
import pytest

from tests.house.project import ROOT
from tests.notebooks.day import Folders, two_days

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.py"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Folders:
    return two_days(tmp_path_factory.mktemp("days"))


def executed(notebook: Path, made: Folders) -> str:
    """Its standard output."""
    names = {"AISLEWISE_LAKE": made.lake, "AISLEWISE_BUNDLES": made.bundles, "AISLEWISE_PLANS": made.plans}
    environment = os.environ | {name: str(path) for name, path in names.items()}
    environment |= {"MPLBACKEND": "agg", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, notebook], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_a_notebook_with_text_and_pictures(notebook: Path) -> None:
    cells = jupytext.reads(notebook.read_text(), "py:percent").cells
    assert {cell.cell_type for cell in cells} == {"code", "markdown"}
    assert "plt.show()" in notebook.read_text()


@pytest.mark.parametrize(
    ("name", "says"),
    [("lake", "purchases"), ("dwell", "mean_s"), ("funnel", "margin a prompt"), ("learned", "champion")],
)
def test_it_runs(name: str, says: str, made: Folders) -> None:
    assert says in executed(ROOT / "notebooks" / f"{name}.py", made)
