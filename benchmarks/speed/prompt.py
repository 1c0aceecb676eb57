"""From the POST that completes 20 s at a display to the prompt's event at a tablet, at 1,000 pings a second.

All processes on Apache Kafka and Redis; shoppers stand at displays and leave, so prompts fire all the time.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from aislewise.stack import Stack, environment
from benchmarks import grid
from models.tokens import Bearer, issue
from tests.parts.kafka import Cluster
from tests.parts.processes import settings
from tests.parts.redis import RedisServer

PHONES, RATE, SECONDS = 2_000, 1_000, 60
BATCH = 100
SECRET = "benchmark-secret"


def run() -> None:
    """Prints p50 and p99 of the delay, and of the POST's own answer."""
    with tempfile.TemporaryDirectory() as name, Cluster(1) as kafka, RedisServer() as redis:
        folder = Path(name)
        given = settings(
            folder, kafka.bootstrap, redis.url, secret=SECRET, holdout=0.0, explore=0.0, prompts_per_visit=50
        )
        grid.write(Path(given.plans))
        _catalogue(folder)
        with Stack(given, folder / "logs") as stack:
            _import(given, folder)
            listener = Listener(stack.serving_url)
            sent, answers = _send(stack.gateway_url)
            time.sleep(3)
            listener.stop()
    delays = [listener.arrived[ts] - sent[ts] for ts in listener.arrived if ts in sent]
    _say("POST → event", delays)
    _say("POST → 202", answers)


class Listener:
    """A tablet's event stream: when the prompt of which ping arrived."""

    def __init__(self, url: str) -> None:
        self.arrived: dict[int, float] = {}
        self._ended = threading.Event()
        self._http = httpx.Client(base_url=url, headers=_bearer("associate"), timeout=30)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join(10)

    def _run(self) -> None:
        with self._http.stream("GET", f"/v1/stores/{grid.STORE}/prompts", headers={"Last-Event-ID": "0-0"}) as answer:
            for line in answer.iter_lines():
                if self._ended.is_set():
                    return
                if line.startswith("data:"):
                    prompt = json.loads(line[5:])
                    self.arrived.setdefault(_ms(prompt["ts"]), time.time())


def _send(url: str) -> tuple[dict[int, float], list[float]]:
    """Phones come to a display for 50 s and go on to another; one ping each in 2 s, times unlike each other."""
    sent: dict[int, float] = {}
    answers: list[float] = []
    rng = np.random.default_rng(0)
    displays = rng.integers(0, 24, (PHONES, 2 + (SECONDS + 50) // 50))
    began, phone = time.time(), 0
    used: set[int] = set()
    with httpx.Client(base_url=url, headers=_bearer("sender"), timeout=30) as http:
        for number in range(RATE * SECONDS // BATCH):
            time.sleep(max(0.0, began + number * BATCH / RATE - time.time()))
            now, rows = time.time(), []
            for _ in range(BATCH):
                ts = int(now * 1000)
                while ts in used:
                    ts -= 1
                used.add(ts)
                stop = int(now - began + phone / 40) // 50
                at = int(displays[phone, stop])
                # in the aisle first: people come one after the other, 40 a second to their next display
                x, y = (at // 4 * 10 + 5, at % 4 * 10 + 4.5) if stop else (9.5, 9.5)
                x, y = x + rng.normal(0, 0.5), y + rng.normal(0, 0.5)
                rows.append({"device_id": f"p{phone}", "ts": ts, "x_m": x, "y_m": y, "sigma_m": 1.0})
                sent[ts] = now
                phone = (phone + 1) % PHONES
            http.post("/v1/pings", json={"store_id": grid.STORE, "pings": rows}).raise_for_status()
            answers.append(time.time() - now)
    return sent, answers


def _catalogue(folder: Path) -> None:
    (folder / "products.csv").write_text(
        "sku,name,department,category,price,cost\n"
        + "".join(f"p{i}{j},product {i}{j},d{i}{j},c{i}{j},10,5\n" for i in range(6) for j in range(4))
    )
    (folder / "offers.csv").write_text(
        "offer_id,store_id,kind,sku,category,discount,starts,ends,budget\n"
        + "".join(
            f"o{i}{j},,clearance,p{i}{j},,0.3,2020-01-01T00:00:00Z,2100-01-01T00:00:00Z,\n"
            for i in range(6)
            for j in range(4)
        )
    )


def _import(given: Any, folder: Path) -> None:
    files = ["--products", str(folder / "products.csv"), "--offers", str(folder / "offers.csv")]
    command = [sys.executable, "-m", "aislewise", "catalog", "import", *files]
    subprocess.run(command, env=environment(given), check=True)


def _bearer(role: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {issue(SECRET, Bearer(grid.STORE, role), time.time(), 1)}"}


def _ms(iso: str) -> int:
    return round(datetime.fromisoformat(iso).timestamp() * 1000)


def _say(what: str, seconds: list[float]) -> None:
    p50, p99 = (1000 * float(q) for q in np.quantile(seconds, [0.5, 0.99]))
    print(f"{what}: p50 {p50:.0f} ms, p99 {p99:.0f} ms, n {len(seconds):,}")
