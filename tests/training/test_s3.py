"""A night on S3 gives what it gives on a disk, to the byte, and goes on from wherever one was killed."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from models import bundle, champions, folders, lake
from models.folders import AnyPath
from tests.parts.s3 import S3Server, on_disk, upload
from tests.training.nights import after_kills, rows
from training import nightly

RECORD = "bundles/CHAMPIONS"


@pytest.fixture
def wanted(root: Path, tmp_path: Path) -> tuple[str, Mapping[str, bytes]]:
    """The name of a disk's bundle, and all that a night leaves on a disk."""
    shutil.copytree(root, tmp_path / "wanted" / "lake")
    report = nightly.run(tmp_path / "wanted" / "lake", tmp_path / "wanted" / "bundles")
    return report.bundle, on_disk(tmp_path / "wanted", nightly.LOCK, lake.LOCK)


def changes(s3: S3Server, bucket: str) -> int:
    return len(s3.requests(bucket, "PUT", "POST", "DELETE"))


def test_a_night_leaves_what_it_leaves_on_a_disk_and_a_second_nothing(
    root: Path,
    wanted: tuple[str, Mapping[str, bytes]],
    bucket: str,
    s3: S3Server,
) -> None:
    place = folders.at(f"s3://{bucket}")
    upload(root, place / "lake")
    assert nightly.run(place / "lake", place / "bundles").verdict == "promote"
    assert s3.objects(bucket) == wanted[1]
    written = [one.path.removeprefix(f"/{bucket}/bundles/") for one in s3.requests(bucket, "PUT")][-3:]
    assert written == [f"{wanted[0]}/manifest.json", "LATEST", "CHAMPIONS"]
    before = changes(s3, bucket)
    assert nightly.run(place / "lake", place / "bundles").verdict == "keep"
    assert changes(s3, bucket) == before
    assert s3.objects(bucket) == wanted[1]


def test_killed_anywhere_the_next_night_gives_the_same(
    root: Path,
    wanted: tuple[str, Mapping[str, bytes]],
    bucket: str,
    s3: S3Server,
) -> None:
    before, (name, left) = rows(root), wanted

    def places(touch: int) -> tuple[AnyPath, AnyPath]:
        place = folders.at(f"s3://{bucket}/{touch}")
        upload(root, place / "lake")
        return place / "lake", place / "bundles"

    undisturbed = places(0)
    begun = changes(s3, bucket)
    nightly.run(*undisturbed)
    last = changes(s3, bucket) - begun
    states = set()
    for lake_folder, folder in after_kills(places, (2, last - 6, last)):
        assert rows(lake_folder) == before
        champion = bundle.latest(folder)
        assert champion is None or bundle.load(champion).name == name
        states.add((len(lake.files(lake_folder, "outcomes")), folder.is_dir(), champion is None))
        nightly.run(lake_folder, folder)
        assert champions.reigned(folder) == [name]
        found = s3.objects(bucket, f"{folder.parent.name}/")
        # a LATEST that CHAMPIONS does not know reads as a promotion
        found[f"{folder.parent.name}/{RECORD}"] = left[RECORD]
        assert {key.partition("/")[2]: data for key, data in found.items()} == left
    assert states == {(6, False, True), (1, True, True), (1, True, False)}


def test_two_nights_at_once_leave_what_one_does(
    root: Path,
    wanted: tuple[str, Mapping[str, bytes]],
    bucket: str,
    s3: S3Server,
) -> None:
    place = folders.at(f"s3://{bucket}")
    upload(root, place / "lake")
    with ThreadPoolExecutor() as pool:
        both = list(pool.map(lambda _: nightly.run(place / "lake", place / "bundles"), range(2)))
    assert {report.bundle for report in both} == {wanted[0]}
    found = s3.objects(bucket)
    assert champions.reigned(place / "bundles")[-1] == wanted[0]
    assert {**found, RECORD: b""} == {**wanted[1], RECORD: b""}
