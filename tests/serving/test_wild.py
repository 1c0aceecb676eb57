"""Calls made up by schemathesis from docs/openapi.yaml, by a fixed seed: none is a 500, none hangs.

`WILD_EXAMPLES=1000 make test ARGS="-n 0 -k made_up"` makes up more.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import redis

from aislewise.access import SENDERS
from aislewise.openapi import FILE
from aislewise.stack import Stack
from tests.serving.client import planned, token
from tests.serving.store import Filler

STORE = "WILD1"
EXAMPLES, SEED = os.environ.get("WILD_EXAMPLES", "5"), "1"
SLOWEST_S = "5"
LEFT = ("prompts", "promote", "rollback", *sorted(SENDERS))
"""A stream never ends, bundles are everybody's, and the gateway is another process."""
SETTINGS = f"""
[parameters]
"path.store" = "{STORE}"
[checks.not_a_server_error]
expected-statuses = ["2xx", "3xx", "4xx", 503]
"""
"""503 is an answer: something is away, come again."""


def test_no_call_that_is_made_up_breaks_it(serving: Stack, board: redis.Redis, tmp_path: Path) -> None:
    planned(serving, STORE)
    Filler(board, STORE).complete()
    (tmp_path / "schemathesis.toml").write_text(SETTINGS)
    headers = (f"Authorization: Bearer {token(STORE, 'manager')}", "Idempotency-Key: wild")
    command = [
        *(Path(sys.executable).with_name("schemathesis"), "--config-file", tmp_path / "schemathesis.toml"),
        *("run", FILE, "--url", serving.serving_url, "--seed", SEED, "--max-examples", EXAMPLES),
        *("--checks", "not_a_server_error", "--max-response-time", SLOWEST_S),
        *("--phases", "coverage,fuzzing", "--generation-database", "none", "--warnings", "off", "--no-color"),
        *(word for one in headers for word in ("--header", one)),
        *(word for one in LEFT for word in ("--exclude-operation-id", one)),
    ]
    done = subprocess.run(list(map(str, command)), cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert serving["serve"].running
    assert "Traceback" not in serving["serve"].output()
