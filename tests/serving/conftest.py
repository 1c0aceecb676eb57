"""The process `serve` on real Redis and Kafka, started by its command."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import redis

from aislewise.stack import Stack
from tests.parts import processes
from tests.parts.kafka import Cluster
from tests.parts.redis import RedisServer
from tests.serving.client import Outcomes, bearer
from tests.serving.shelves import trained
from tests.serving.store import Filler, write_plan

__all__ = ["trained"]


@pytest.fixture(scope="package")
def serving(tmp_path_factory: pytest.TempPathFactory, kafka: Cluster, redis_session: RedisServer) -> Iterator[Stack]:
    """One process for all tests that don't take its parts away."""
    folder = tmp_path_factory.mktemp("serving")
    write_plan(folder / "plans")
    values = processes.settings(folder, kafka.bootstrap, redis_session.url)
    with processes.stack(values, folder, ("serve",)) as stack:
        yield stack


@pytest.fixture(scope="package")
def beside(
    serving: Stack, tmp_path_factory: pytest.TempPathFactory, kafka: Cluster, redis_session: RedisServer
) -> Iterator[Stack]:
    """A second process beside `serving`, with the same settings."""
    folder = Path(serving["serve"].environment["AISLEWISE_LAKE"]).parent
    values = processes.settings(folder, kafka.bootstrap, redis_session.url)
    with processes.stack(values, tmp_path_factory.mktemp("beside"), ("serve",)) as stack:
        yield stack


@pytest.fixture
def client(serving: Stack, redis_server: RedisServer) -> Iterator[httpx.Client]:
    """An associate of S1, on an empty board."""
    with httpx.Client(base_url=serving.serving_url, headers=bearer(), timeout=10) as client:
        yield client


@pytest.fixture
def nobody(serving: Stack) -> Iterator[httpx.Client]:
    """A client without a token."""
    with httpx.Client(base_url=serving.serving_url, timeout=10) as client:
        yield client


@pytest.fixture
def board(redis_server: RedisServer) -> Iterator[redis.Redis]:
    with redis_server.client() as client:
        yield client


@pytest.fixture
def filler(board: redis.Redis) -> Filler:
    """The hand that fills the board of S1, which is complete."""
    filler = Filler(board)
    filler.complete()
    return filler


@pytest.fixture
def outcomes(serving: Stack, kafka: Cluster) -> Iterator[Outcomes]:
    reader = Outcomes(kafka.bootstrap)
    yield reader
    reader.close()
