"""Real parts as fixtures. One that is not installed is a skip that says what to install, and a failure with CI=true."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from aislewise.stack import PROCESSES, Stack
from tests.parts import kafka as kafka_part
from tests.parts import processes as processes_part
from tests.parts import redis as redis_part
from tests.parts.needs import need
from tests.parts.s3 import S3Server
from tests.sharing import Sharing, turn

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Sharing:
    """With `-n 2` the tests are shared as in sharing.py."""
    return Sharing(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole systems first; within them, and after them, as they were."""
    items.sort(key=lambda item: turn(item.nodeid))


@pytest.fixture(scope="session")
def kafka_jars() -> None:
    """Apache Kafka can be started."""
    need(kafka_part.missing())
    kafka_part.prepare()


@pytest.fixture(scope="session")
def kafka(kafka_jars: None) -> Iterator[kafka_part.Cluster]:
    """One Apache Kafka for all tests that don't mind each other's records."""
    with kafka_part.Cluster() as cluster:
        yield cluster


@pytest.fixture
def fresh_kafka(kafka_jars: None) -> Iterator[kafka_part.Cluster]:
    """An empty Apache Kafka for one test."""
    with kafka_part.Cluster() as cluster:
        yield cluster


@pytest.fixture(scope="module")
def module_kafka(kafka_jars: None) -> Iterator[kafka_part.Cluster]:
    """An empty Apache Kafka for one file of tests."""
    with kafka_part.Cluster() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def redis_session() -> Iterator[redis_part.RedisServer]:
    """One redis-server for all tests; ask for `redis_server` to have it empty."""
    need(redis_part.missing())
    with redis_part.RedisServer() as server:
        yield server


@pytest.fixture
def redis_server(redis_session: redis_part.RedisServer) -> redis_part.RedisServer:
    """A running, empty redis-server."""
    if not redis_session.running:
        redis_session.restart()
    redis_session.flush()
    return redis_session


@pytest.fixture(scope="module")
def module_redis() -> Iterator[redis_part.RedisServer]:
    """A redis-server for one file of tests, empty at its beginning."""
    need(redis_part.missing())
    with redis_part.RedisServer() as server:
        yield server


@pytest.fixture(scope="session")
def s3_session() -> Iterator[S3Server]:
    """One S3 for all tests; ask for `s3` to be able to use it."""
    with S3Server() as server:
        yield server


@pytest.fixture
def s3(s3_session: S3Server, monkeypatch: pytest.MonkeyPatch) -> S3Server:
    """A running S3, which this process and its children find by AWS's variables."""
    for name, value in s3_session.variables.items():
        monkeypatch.setenv(name, value)
    return s3_session


@pytest.fixture
def bucket(s3: S3Server) -> str:
    """The name of a new bucket."""
    name = f"bucket-{uuid.uuid4().hex}"
    s3.make(name)
    return name


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium."""
    path = next(filter(None, map(shutil.which, CHROMIUM)), None)
    need("" if path else "Chromium is not installed (Debian: chromium)")
    return str(path)


@pytest.fixture
def system(
    fresh_kafka: kafka_part.Cluster, redis_server: redis_part.RedisServer, tmp_path: Path
) -> Iterator[Callable[..., Stack]]:
    """`system(*processes, revive=False, **settings)`: our processes, ready, on a fresh Kafka and an empty Redis.

    Plans have to lie in `tmp_path`/plans before.
    """
    with ExitStack() as running:

        def start(*names: str, revive: bool = False, **given: Any) -> Stack:
            values = processes_part.settings(tmp_path, fresh_kafka.bootstrap, redis_server.url, **given)
            return running.enter_context(processes_part.stack(values, tmp_path, names or PROCESSES, revive=revive))

        yield start
