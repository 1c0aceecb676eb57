"""SIGTERM ends every process within 15 s: while it starts, and while Kafka is away with work on its way."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from aislewise.stack import PROCESSES, Stack
from tests.contract.plan import small
from tests.contract.world import World
from tests.parts import processes
from tests.parts.kafka import Cluster

pytestmark = pytest.mark.kafka

STORES = tuple(f"S{number}" for number in range(8))
SIGTERM_S = 15.0


@pytest.fixture(scope="module")
def world(build: Callable[..., World]) -> World:
    return build({store: small(store) for store in STORES})


def ended(stack: Stack) -> dict[str, int]:
    """SIGTERM to all at once; by name the exit code, −9 where one had to be killed."""
    for child in stack.children.values():
        child.terminate()
    deadline = time.monotonic() + SIGTERM_S
    return {name: child.wait(max(deadline - time.monotonic(), 0.1)) for name, child in stack.children.items()}


@pytest.mark.parametrize("second", [1.2, 2.2])
def test_a_process_that_is_starting_ends_as_an_ordinary_one(world: World, second: float) -> None:
    stack = processes.stack(world.settings, world.folder / f"after {second}")
    for child in stack.children.values():
        child.start()
    time.sleep(second)
    assert ended(stack) == dict.fromkeys(PROCESSES, 0)
    assert "Traceback" not in "".join(child.output() for child in stack.children.values())


def test_without_kafka_and_with_work_on_its_way_all_end_in_time(world: World, module_kafka: Cluster) -> None:
    stop = threading.Event()

    def send(store: str) -> None:
        for number in range(10_000):
            at = {"ts": int((time.time() - 400) * 1000) + 1000 * number, "x_m": 103.5, "y_m": -44.5}
            pings: list[dict[str, Any]] = [{"device_id": f"d{phone}", **at} for phone in range(20)]
            if stop.is_set() or world.post(store, pings).status_code != 202:
                return

    senders = [threading.Thread(target=send, args=(store,)) for store in STORES]
    for sender in senders:
        sender.start()
    time.sleep(3)
    module_kafka.kill()
    time.sleep(2)
    stop.set()
    for sender in senders:
        sender.join()
    assert ended(world.stack) == dict.fromkeys(PROCESSES, 0)
