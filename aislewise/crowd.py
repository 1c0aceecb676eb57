"""Phones in step: 20 groups a cycle of 2 s, one POST a group and cycle, whose Arrow body is ready but for its time."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import httpx
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from models.pings import write_stream

GROUPS, CYCLE_SECONDS = 20, 2.0
THREADS = 16
ARROW = "application/vnd.apache.arrow.stream"


class Crowd:
    """Who stands where is given as (n, 3): x, y in the plan's metres and floor; every ping has the time of its POST."""

    def __init__(self, url: str, token: str, store: str, spots: NDArray[np.float64], sigma_m: float = 1.0) -> None:
        self.size = max(len(spots) // GROUPS, 1)
        self.first: list[int | None] = [None] * GROUPS
        """Time of each group's first POST, whole ms."""
        self.statuses: Counter[int] = Counter()
        """Of the answers; 0 is none."""
        self.answers_s: list[float] = []
        headers = {"Authorization": f"Bearer {token}", "Content-Type": ARROW}
        limits = httpx.Limits(max_connections=THREADS)
        self._http = httpx.Client(base_url=url, headers=headers, timeout=60, limits=limits)
        parts = [spots[group::GROUPS][: self.size] for group in range(GROUPS)]
        self._bodies = [self._columns(store, group, part, sigma_m) for group, part in enumerate(parts)]

    @property
    def taken(self) -> int:
        """Pings in POSTs that were answered 202."""
        return self.statuses[httpx.codes.ACCEPTED] * self.size

    def device(self, group: int, number: int) -> str:
        return f"p{group}-{number}"

    def run(self, seconds: float, ended: threading.Event, sent: Callable[[int], None] = lambda _: None) -> float:
        """Sends for so long, or until `ended`; seconds that it took. `sent` hears of the pings of each POST."""
        began, turn, done = time.time(), 0, list[Future[None]]()
        with ThreadPoolExecutor(THREADS) as pool:
            while time.time() - began < seconds and not ended.is_set():
                time.sleep(max(0.0, began + turn * CYCLE_SECONDS / GROUPS - time.time()))
                done.append(pool.submit(self._post, turn % GROUPS))
                sent(self.size)
                turn += 1
        for one in done:
            one.result()
        return time.time() - began

    def _post(self, group: int) -> None:
        ts = time.time_ns() // 1_000_000
        if self.first[group] is None:
            self.first[group] = ts
        columns, schema = self._bodies[group]
        times = pa.array(np.full(len(columns[0]), ts))
        body = write_stream(pa.record_batch([*columns, times], schema=schema))
        try:
            status = self._http.post("/v1/pings", content=body).status_code
        except httpx.TransportError:
            status = 0
        self.answers_s.append(time.time() - ts / 1000)
        self.statuses[status] += 1

    def _columns(
        self, store: str, group: int, spots: NDArray[np.float64], sigma_m: float
    ) -> tuple[list[pa.Array], pa.Schema]:
        count = len(spots)
        columns = {
            "store_id": pa.array([store] * count),
            "device_id": pa.array([self.device(group, number) for number in range(count)]),
            "x_m": pa.array(spots[:, 0]),
            "y_m": pa.array(spots[:, 1]),
            "floor": pa.array(spots[:, 2].astype(np.int16)),
            "sigma_m": pa.array(np.full(count, sigma_m)),
        }
        fields = [(name, column.type) for name, column in columns.items()]
        return list(columns.values()), pa.schema([*fields, ("ts", pa.int64())])
