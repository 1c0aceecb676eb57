"""Phones in step: 20 groups a cycle of 2 s, one POST a group and cycle, whose Arrow body is ready but for its time."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor

import httpx
import numpy as np
import pyarrow as pa

from benchmarks import grid
from models.pings import write_stream

GROUPS, CYCLE_SECONDS = 20, 2.0
THREADS = 16
EDGE_M = 4.0
"""Whoever is nowhere for a ping has stood a ping less in departments, by which delays are told."""
ARROW = "application/vnd.apache.arrow.stream"


class Crowd:
    """`sent` is the time of each group's first POST; every ping of a POST has the time of that POST, whole ms."""

    def __init__(self, url: str, token: str, rate: int) -> None:
        self.size = round(rate * CYCLE_SECONDS / GROUPS)
        self.first: list[int | None] = [None] * GROUPS
        self.refused = 0
        self.answers_s: list[float] = []
        headers = {"Authorization": f"Bearer {token}", "Content-Type": ARROW}
        self._http = httpx.Client(
            base_url=url, headers=headers, timeout=60, limits=httpx.Limits(max_connections=THREADS)
        )
        self._bodies = [self._columns(group) for group in range(GROUPS)]

    def device(self, group: int, number: int) -> str:
        return f"p{group}-{number}"

    def run(self, seconds: float, ended: threading.Event) -> float:
        """Sends for so long, or until `ended`; pings a second that were taken."""
        began, posts, done = time.time(), 0, list[Future[None]]()
        with ThreadPoolExecutor(THREADS) as pool:
            while time.time() - began < seconds and not ended.is_set():
                time.sleep(max(0.0, began + posts * CYCLE_SECONDS / GROUPS - time.time()))
                done.append(pool.submit(self._post, posts % GROUPS))
                posts += 1
        for one in done:
            one.result()
        return (posts - self.refused) * self.size / (time.time() - began)

    def _post(self, group: int) -> None:
        ts = time.time_ns() // 1_000_000
        if self.first[group] is None:
            self.first[group] = ts
        columns, schema = self._bodies[group]
        times = pa.array(np.full(self.size, ts))
        body = write_stream(pa.record_batch([*columns, times], schema=schema))
        answer = self._http.post("/v1/pings", content=body)
        self.answers_s.append(time.time() - ts / 1000)
        if answer.status_code != 202:
            self.refused += 1

    def _columns(self, group: int) -> tuple[list[pa.Array], pa.Schema]:
        """They stand at displays and in aisles, where they stay, and not so near an edge that they may be outside."""
        rng = np.random.default_rng(group)
        room = np.array([grid.COLUMNS * grid.CELL_M, grid.ROWS * grid.CELL_M])
        spots = rng.uniform(EDGE_M, room - EDGE_M, (self.size, 2))
        columns = {
            "store_id": pa.array([grid.STORE] * self.size),
            "device_id": pa.array([self.device(group, number) for number in range(self.size)]),
            "x_m": pa.array(spots[:, 0]),
            "y_m": pa.array(spots[:, 1]),
            "sigma_m": pa.array(np.full(self.size, 1.0)),
        }
        fields = [(name, column.type) for name, column in columns.items()]
        return list(columns.values()), pa.schema([*fields, ("ts", pa.int64())])
