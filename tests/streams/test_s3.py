"""Checkpoints, salts and the champion on S3: what the workers and gateways rely on."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from models import champions, folders
from models.errors import AwayError
from models.plans import PlanFolder
from models.salts import SALT_BYTES, Salts
from streams.bundle_watch import Champion
from streams.checkpoints import Checkpoint, Checkpoints
from tests.models.test_salts import race
from tests.parts.s3 import S3Server, upload
from tests.streams.toy import FEATURES, plan_bytes
from tests.training import toy

DAY = date(2026, 11, 24)


def test_two_checkpoints_are_kept_each_one_put_and_the_highest_valid_wins(
    bucket: str, s3: S3Server, caplog: pytest.LogCaptureFixture
) -> None:
    kept = Checkpoints(f"s3://{bucket}/checkpoints", "dwell", "pings", 3)
    assert kept.newest() is None
    for offset in (9, 10, 100):
        kept.write({"pings": offset}, f"state {offset}".encode())
    objects = s3.objects(bucket)
    assert set(objects) == {"checkpoints/dwell/pings-3/10", "checkpoints/dwell/pings-3/100"}
    assert [one.path.rpartition("/")[2] for one in s3.requests(bucket, "PUT")[1:]] == ["9", "10", "100"]
    assert kept.newest() == Checkpoint({"pings": 100}, b"state 100")
    s3.client().put_object(Bucket=bucket, Key="checkpoints/dwell/pings-3/100", Body=b"damaged")
    with caplog.at_level(logging.WARNING):
        assert kept.newest() == Checkpoint({"pings": 10}, b"state 10")
    assert "pings-3/100 is not valid" in caplog.text


def test_gateways_that_race_agree_on_every_salt(bucket: str, s3: S3Server) -> None:
    one, other = race(f"s3://{bucket}/salts", racers=2, days=20)
    assert one == other
    assert len(set(one)) == 20
    assert {data.hex() for data in s3.objects(bucket, "salts/S1/2026-").values()} == set(one)
    made = [request.status for request in s3.requests(bucket, "PUT")[1:]]
    assert made.count(200) == 20
    assert set(made) <= {200, 412}


def test_a_salt_is_fetched_once_and_a_damaged_one_never_used(bucket: str, s3: S3Server) -> None:
    salts = Salts(f"s3://{bucket}")
    first = asyncio.run(salts.fetch("S1", DAY))
    asked = len(s3.requests(bucket))
    assert (asyncio.run(salts.fetch("S1", DAY)), salts.of("S1", DAY)) == (first, first)
    assert len(s3.requests(bucket)) == asked
    s3.client().put_object(Bucket=bucket, Key="S2/2026-11-24", Body=b"")
    with pytest.raises(AwayError, match=f"has 0 bytes, not {SALT_BYTES}"):
        salts.of("S2", DAY)


def test_salts_whose_bucket_is_gone_are_away(s3: S3Server) -> None:
    with pytest.raises(AwayError, match="no such bucket"):
        Salts("s3://nobody-made-this").of("S1", DAY)


def seen(look: Callable[[], bool]) -> bool:
    """Whether it becomes true within some seconds."""
    deadline = time.monotonic() + 10
    while not look():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_a_champion_is_taken_while_work_goes_on_and_a_bad_one_refused(
    tmp_path: Path, bucket: str, caplog: pytest.LogCaptureFixture
) -> None:
    toy.trained(toy.world(tmp_path / "lake"), tmp_path / "bundle")
    place, champion = folders.at(f"s3://{bucket}/bundles"), Champion(f"s3://{bucket}/bundles")
    for name in "abc":
        upload(tmp_path / "bundle", place / name)

    def named() -> str | None:
        champion.look()
        return champion.arms.champion.name if champion.arms.champion else None

    assert named() is None
    champions.promote(place, "a")
    assert named() is None  # nobody waits for S3
    assert seen(lambda: named() == "a")
    folders.write(place / "b" / "taste.npz", b"half")
    folders.write(place / "LATEST", b"b\n")
    assert seen(lambda: (named(), "bundle b is refused" in caplog.text) == ("a", True))
    champions.promote(place, "c")
    champion.look(at_once=True)
    assert named() == "c"


def test_a_service_that_comes_back_is_looked_at_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, s3: S3Server, bucket: str
) -> None:
    place = folders.at(f"s3://{bucket}/plans")
    folders.write(place / "S1.geojson", plan_bytes())
    plans = PlanFolder(place)
    assert not plans.look(at_once=True)
    folders.write(place / "S1@2026-12-01.geojson", plan_bytes(FEATURES[:1]))
    s3.pause()
    try:
        assert not plans.look(at_once=True)
    finally:
        s3.resume()
    assert plans.look(at_once=True)
    assert len(plans.stores["S1"].versions) == 2
