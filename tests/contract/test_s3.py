"""All folders on S3: the whole way on Apache Kafka, with a kill, an S3 that stalls, and a night over it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from models import ids
from models.keys import LakeFile
from models.records import TABLES
from simulation.store import DEFAULT_TODAY_MS
from tests.contract import delivered, groceries
from tests.contract.plan import BOOTS, TENTS, small
from tests.contract.replayed import assert_same
from tests.contract.world import Rows, World
from tests.parts.s3 import S3Server
from tests.serving.client import until

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300)]

STORE, BUCKET = "S1", "chain"
PROCESSES = ("gateway", "worker dwell", "worker prompts", "worker history")
SIGTERM_S = 15.0
FOLDERS = ("lake", "bundles", "plans", "salts", "checkpoints")
HOUR_MS = 3_600_000
STALL_S = 8.0


@pytest.fixture(scope="module")
def s3_here(s3_session: S3Server) -> Iterator[S3Server]:
    """The S3 of all tests, found by AWS's variables while this file's tests run."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in s3_session.variables.items():
            patch.setenv(name, value)
        s3_session.make(BUCKET)
        yield s3_session


@pytest.fixture(scope="module")
def sent(s3_here: S3Server, build: Callable[..., World]) -> tuple[World, Rows]:
    """The world after its day, and the pings of it."""
    world = build(
        {STORE: small(STORE)},
        PROCESSES,
        revive=True,
        holdout=0.0,
        max_age_seconds=1e10,
        max_ahead_seconds=1e10,
        **{name: f"s3://{BUCKET}/{name}" for name in FOLDERS},
    )
    baskets = groceries.generated(40)
    world.aislewise("catalog", "import", "--products", groceries.catalogue(world.folder / "p.csv", baskets))
    pings = []
    for number in range(12):
        start_ms = DEFAULT_TODAY_MS + 1000 * number
        part = groceries.lingering(f"phone {number}", (BOOTS, TENTS)[number % 2], start_ms, 60)
        world.send(STORE, part)
        pings += part
        if number == 6:
            until(lambda: world.rows("pings"))
            world.stack["worker history"].kill()
    s3_here.pause()
    time.sleep(STALL_S)
    s3_here.resume()
    groceries.pay(world, STORE, baskets, DEFAULT_TODAY_MS)
    beacon = {"device_id": "beacon", "ts": DEFAULT_TODAY_MS + HOUR_MS, "x_m": 101.0, "y_m": -49.0}
    world.send(STORE, [beacon])
    world.settle()
    return world, [*pings, beacon]


def test_every_ping_is_in_the_lake_once(sent: tuple[World, Rows]) -> None:
    world, pings = sent
    assert world.stack.restarts["worker history"] >= 1
    delivered.assert_pings_once(world, STORE, pings)
    delivered.assert_rows_once(world)
    delivered.assert_prompts_belong(world)


def test_dwells_and_visits_are_those_of_a_replay_from_s3(sent: tuple[World, Rows]) -> None:
    world, pings = sent
    same = assert_same(world, STORE, pings[-1]["ts"])
    assert len(same["visits"]) == len({ping["device_id"] for ping in pings}) - 1
    assert same["dwells"]


def test_each_file_of_the_lake_came_by_one_put(sent: tuple[World, Rows], s3_here: S3Server) -> None:
    """Nothing was copied, nothing has a temporary name; and few checkpoints are kept."""
    keys = [key for key in s3_here.objects(BUCKET, "lake/") if not key.startswith("lake/.ranges/")]
    files = [LakeFile.parse(key.removeprefix("lake/")) for key in keys if key != "lake/products.parquet"]
    assert {file.table for file in files if file} >= {"pings", "moments", "dwells", "visits", "prompts", "purchases"}
    assert all(files)
    assert len([file for file in files if file and file.table == "pings"]) >= 2
    puts = Counter(one.path for one in s3_here.requests(BUCKET, "PUT") if one.status == 200)
    assert {puts[f"/{BUCKET}/{key}"] for key in keys} == {1}
    kept = Counter(key.rpartition("/")[0] for key in s3_here.objects(BUCKET, "checkpoints/"))
    assert {name.split("/")[1] for name in kept} == {"dwell", "prompts", "history"}
    # a PUT that nobody waited for any more, when S3 stalled, may have come after the last was removed
    assert max(kept.values()) <= 3


def test_the_salts_are_what_phones_are_named_by(sent: tuple[World, Rows], s3_here: S3Server) -> None:
    world, pings = sent
    ((key, salt),) = s3_here.objects(BUCKET, "salts/").items()
    assert key.startswith(f"salts/{STORE}/")
    named = {ids.phone_text(ids.phone(ping["device_id"], salt)) for ping in pings}
    assert {row["device_id"] for row in world.rows("pings")} == named


def test_a_night_publishes_and_the_running_worker_takes_the_bundle(sent: tuple[World, Rows], s3_here: S3Server) -> None:
    world, pings = sent
    before = {name: world.table(name).num_rows for name in TABLES}
    nightly = ("nightly", "--lake", f"s3://{BUCKET}/lake", "--bundles", f"s3://{BUCKET}/bundles")
    assert world.aislewise(*nightly).startswith("promote ")
    name = s3_here.objects(BUCKET, "bundles/LATEST")["bundles/LATEST"].decode().strip()
    assert {row["bundle"] for row in world.rows("prompts")} != {name}
    assert {table: world.table(table).num_rows for table in TABLES} == before
    assert len(s3_here.objects(BUCKET, "lake/pings/")) == 1
    assert world.aislewise(*nightly).startswith("keep ")
    assert f"*  {name}" in world.aislewise("bundles")
    until(lambda: f"bundle {name} is in use" in world.logs())
    world.send(STORE, groceries.lingering("late phone", BOOTS, DEFAULT_TODAY_MS + 2 * HOUR_MS, 60))
    world.settle()
    assert {row["bundle"] for row in world.rows("prompts") if row["ts"].timestamp() * 1000 > pings[-1]["ts"]} == {name}


def test_each_process_ends_by_sigterm_though_s3_stalls(sent: tuple[World, Rows], s3_here: S3Server) -> None:
    world, _ = sent

    def end(name: str) -> tuple[int, bool]:
        began = time.monotonic()
        return world.stack.end(name), time.monotonic() - began < SIGTERM_S

    world.send(STORE, groceries.lingering("last phone", BOOTS, DEFAULT_TODAY_MS + 3 * HOUR_MS, 60))
    s3_here.pause()
    try:
        with ThreadPoolExecutor() as pool:
            ended = dict(zip(PROCESSES, pool.map(end, PROCESSES), strict=True))
    finally:
        s3_here.resume()
    assert all(code in (0, 1) and in_time for code, in_time in ended.values()), ended
