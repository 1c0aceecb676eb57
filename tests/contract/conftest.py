"""One world a file of tests, on an Apache Kafka and a Redis of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from aislewise.stack import PROCESSES
from tests.contract.world import Plans, World, world
from tests.parts.kafka import Cluster
from tests.parts.redis import RedisServer


@pytest.fixture(scope="module")
def build(
    tmp_path_factory: pytest.TempPathFactory, module_kafka: Cluster, module_redis: RedisServer
) -> Iterator[Callable[..., World]]:
    """`build(plans, names, **settings)`: a world that ends with the file of tests."""
    with ExitStack() as running:

        def start(plans: Plans, names: Iterable[str] = PROCESSES, /, **given: Any) -> World:
            folder = tmp_path_factory.mktemp("world")
            return running.enter_context(world(folder, module_kafka.bootstrap, module_redis.url, plans, names, **given))

        yield start
