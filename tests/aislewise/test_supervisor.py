"""The supervisor on real child processes: it revives what dies, not what was ended, and leaves nothing behind."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from aislewise.child import Child, says
from aislewise.supervisor import Supervisor
from models.errors import AwayError

WORKER = "import time; print('ready', flush=True); time.sleep(60)"
BROKEN = "raise SystemExit('no Kafka at 127.0.0.1:1')"


def children(folder: Path, **programs: str) -> dict[str, Child]:
    return {
        name: Child(name, [sys.executable, "-c", program], folder / f"{name}.log", says("ready"))
        for name, program in programs.items()
    }


def test_a_killed_child_is_back_and_the_others_never_stopped(tmp_path: Path) -> None:
    with Supervisor(children(tmp_path, one=WORKER, other=WORKER)) as all_of_them:
        before, other = all_of_them["one"].process.pid, all_of_them["other"].process.pid
        all_of_them["one"].kill()
        deadline = time.monotonic() + 10
        while all_of_them.restarts["one"] == 0:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        all_of_them["one"].wait_ready(10)
        assert all_of_them["one"].process.pid != before
        assert all_of_them["other"].process.pid == other
    assert all_of_them.restarts == {"one": 1, "other": 0}
    assert not any(child.running for child in all_of_them.children.values())


def test_what_was_ended_stays_ended(tmp_path: Path) -> None:
    with Supervisor(children(tmp_path, one=WORKER)) as alone:
        alone.end("one")
        time.sleep(1.5)
        assert not alone["one"].running
        alone.launch("one").wait_ready(10)
    assert alone.restarts == {"one": 0}


def test_one_that_cannot_start_ends_all_and_says_why(tmp_path: Path) -> None:
    both = Supervisor(children(tmp_path, good=WORKER, bad=BROKEN))
    with pytest.raises(AwayError, match="bad ended with 1: no Kafka"):
        both.start()
    assert not both["good"].running
