"""Our processes as a stack on real parts: each gets ready, is back after a kill, and ends by SIGTERM in time."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from aislewise.stack import PROCESSES, Stack

pytestmark = pytest.mark.kafka

PLAN = """{"type": "FeatureCollection", "aislewise": {"store": "S1", "units": "m"}, "features": [{"type": "Feature",
"properties": {"id": "shoes", "kind": "department", "name": "Shoes"},
"geometry": {"type": "Polygon", "coordinates": [[[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]]]}}]}"""


def test_every_process_gets_ready_comes_back_and_ends_in_time(system: Callable[..., Stack], tmp_path: Path) -> None:
    (tmp_path / "plans").mkdir()
    (tmp_path / "plans" / "S1.geojson").write_text(PLAN)
    stack = system(revive=True)
    for name in PROCESSES:
        stack[name].kill()
    deadline = time.monotonic() + 60
    while not all(stack.restarts.values()):
        assert time.monotonic() < deadline, stack.restarts
        time.sleep(0.1)
    for name in PROCESSES:
        stack[name].wait_ready(60)
    for url in (stack.gateway_url, stack.serving_url):
        assert httpx.get(f"{url}/readyz").status_code == 200
    began = time.monotonic()
    stack.stop()
    assert time.monotonic() - began < 15
    assert {name: stack[name].process.returncode for name in PROCESSES} == dict.fromkeys(PROCESSES, 0)
