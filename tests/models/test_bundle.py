"""A bundle is read back as it was written, or refused with a reason."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import msgspec
import numpy as np
import pytest

from models import bundle
from models.bundle import Bundle, Knowledge
from models.errors import BundleError
from models.recommender.decide import decide
from models.recommender.situation import Past, Situation
from tests.training import toy


@pytest.fixture
def made(tmp_path: Path) -> tuple[Path, Bundle]:
    shown = [toy.outcome(0, "shown"), toy.outcome(0, "accepted")]
    root = toy.world(tmp_path / "lake", prompts=[toy.prompt(0, "P01")], outcomes=shown)
    return tmp_path / "bundle", toy.trained(root, tmp_path / "bundle")


def test_what_was_written_is_read(made: tuple[Path, Bundle], tmp_path: Path) -> None:
    folder, first = made
    bundle.save(tmp_path / "copy", first.manifest, first.knowledge)
    second = bundle.load(tmp_path / "copy")
    assert second.manifest.files == first.manifest.files
    for part in fields(Knowledge):
        one, other = getattr(first.knowledge, part.name), getattr(second.knowledge, part.name)
        for array in fields(one):
            np.testing.assert_array_equal(getattr(one, array.name), getattr(other, array.name))
    assert {path.name for path in folder.iterdir()} == {
        "manifest.json",
        *(f"{one.name}.npz" for one in fields(Knowledge)),
    }


def test_a_loaded_bundle_decides_alone(made: tuple[Path, Bundle]) -> None:
    _, loaded = made
    decision = decide(
        Situation("m", "v", "S0", toy.START_MS), loaded, loaded.catalog, Past(), slots=1, explore=0, prompts_per_visit=5
    )[0]
    assert decision.row(False, False)["bundle"] == "bundle"
    assert decision.row(False, False)["policy"] == "uplift"


@pytest.mark.parametrize("name", ["manifest.json", *(f"{one.name}.npz" for one in fields(Knowledge))])
@pytest.mark.parametrize("damage", ["truncated", "changed", "gone", "empty"])
def test_a_damaged_file_is_refused_by_name(made: tuple[Path, Bundle], name: str, damage: str) -> None:
    folder, _ = made
    path, data = folder / name, (folder / name).read_bytes()
    changed = bytearray(data)
    changed[len(data) // 2] ^= 1
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes({"truncated": data[: len(data) // 2], "changed": bytes(changed), "empty": b""}[damage])
    with pytest.raises(BundleError, match=name):
        bundle.load(folder)


def test_a_feature_that_the_code_does_not_have_is_refused(made: tuple[Path, Bundle], tmp_path: Path) -> None:
    _, first = made
    later = msgspec.structs.replace(first.manifest, features=(*first.manifest.features, "mood@7"))
    bundle.save(tmp_path / "later", later, first.knowledge)
    with pytest.raises(BundleError, match="mood@7"):
        bundle.load(tmp_path / "later")


def test_a_manifest_with_other_facts_is_refused(made: tuple[Path, Bundle]) -> None:
    folder, _ = made
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["metrics"]["hit_at_10"] = 0.123
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(BundleError, match="changed"):
        bundle.load(folder)


def test_nothing_is_written_over(made: tuple[Path, Bundle]) -> None:
    folder, first = made
    with pytest.raises(BundleError, match="there already"):
        bundle.save(folder, first.manifest, first.knowledge)


def test_the_champion_is_what_latest_says(tmp_path: Path) -> None:
    assert bundle.latest(tmp_path) is None
    (tmp_path / "LATEST").write_text("2026-11-24-0a1b2c3d\n")
    assert bundle.latest(tmp_path) == tmp_path / "2026-11-24-0a1b2c3d"
