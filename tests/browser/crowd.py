"""People in a store whose phones say where they are, twice a second, in real time, through a gateway."""

from __future__ import annotations

import math
import random
import threading
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Self

import httpx

from simulation.layout import Spot
from tests.parts.processes import SECRET
from tests.serving.client import PATIENCE_S, token

EVERY_S = 0.5
SPEED_M_S = 1.1
SIGMA_M = 0.4
Place = Callable[[float], tuple[float, float]]
"""Seconds since somebody came → where they are."""


class Crowd:
    """Sends a position of everybody until the end; `stand` and `stroll` bring people, or move them elsewhere."""

    def __init__(self, gateway_url: str, store_id: str) -> None:
        self._store_id = store_id
        self._people: dict[str, tuple[float, Place]] = {}
        self._random = random.Random(5)
        headers = {"Authorization": f"Bearer {token(store_id, 'sender', SECRET)}"}
        self._client = httpx.Client(base_url=gateway_url, headers=headers, timeout=PATIENCE_S)
        self._ended = threading.Event()
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._send, name="crowd", daemon=True)

    def stand(self, device_id: str, x_m: float, y_m: float) -> None:
        self._people[device_id] = (time.monotonic(), lambda _: (x_m, y_m))

    def stroll(self, device_id: str, way: Sequence[Spot], ahead_s: float = 0.0) -> None:
        """Up and down a way, from a place `ahead_s` along it."""
        self._people[device_id] = (time.monotonic() - ahead_s, lambda seconds: _along(way, seconds * SPEED_M_S))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._client.close()
        if self._error:
            raise self._error

    def _send(self) -> None:
        while not self._ended.is_set():
            rows = [self._row(device, *person) for device, person in self._people.copy().items()]
            try:
                answer = self._client.post("/v1/pings", json={"store_id": self._store_id, "pings": rows})
                assert (answer.status_code, answer.json()["refused"]) == (202, [])
            except (httpx.HTTPError, AssertionError) as error:
                self._error = error
                return
            self._ended.wait(EVERY_S)

    def _row(self, device: str, since: float, place: Place) -> dict[str, object]:
        x, y = place(time.monotonic() - since)
        near = [value + self._random.gauss(0, SIGMA_M) for value in (x, y)]
        return {
            "device_id": device,
            "ts": time.time_ns() // 1_000_000,
            "x_m": near[0],
            "y_m": near[1],
            "sigma_m": SIGMA_M,
        }


def _along(way: Sequence[Spot], metres: float) -> tuple[float, float]:
    """The place so far along the way, there and back again."""
    lengths = [math.dist(a[:2], b[:2]) for a, b in pairwise(way)]
    whole = sum(lengths)
    left = whole - abs(metres % (2 * whole) - whole)
    for (a, b), length in zip(pairwise(way), lengths, strict=True):
        if left <= length:
            share = left / length if length else 0.0
            return a.x_m + share * (b.x_m - a.x_m), a.y_m + share * (b.y_m - a.y_m)
        left -= length
    return way[-1].x_m, way[-1].y_m
