"""People who walk over whatever plan a store has, so that somebody is there before the first phone is."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Iterator
from typing import Any

import httpx

from models.floorplan import FloorPlan, Zone
from models.plans import PlanFolder

EVERY_SECONDS = 2.0
SPEED_M_S = 1.1
STAND_SECONDS = 45.0
"""At a display: long enough for a prompt."""
STOPS, PEOPLE = 4, 3
SIGMA_M = 0.5
Spot = tuple[float, float, int]
"""x and y in metres, floor."""


def stroll(plan: FloorPlan, chance: random.Random) -> Iterator[Spot]:
    """Where somebody is every EVERY_SECONDS who looks at some displays of a floor; nobody comes where there is none."""
    displays = plan.of_kind("display")
    if not displays:
        return
    floor = chance.choice(displays).floor
    here = [display for display in displays if display.floor == floor]
    stops = [_front(plan, display) for display in chance.sample(here, min(STOPS, len(here)))]
    at = next((_front(plan, door) for door in plan.of_kind("entrance") if door.floor == floor), stops[0])
    for stop in stops:
        for share in _shares(math.dist(at, stop)):
            yield at[0] + share * (stop[0] - at[0]), at[1] + share * (stop[1] - at[1]), floor
        yield from [(*stop, floor)] * round(STAND_SECONDS / EVERY_SECONDS)
        at = stop


def _front(plan: FloorPlan, zone: Zone) -> tuple[float, float]:
    point = plan.area(zone).representative_point()
    return point.x, point.y


def _shares(metres: float) -> list[float]:
    """Of a way, at an even pace."""
    steps = math.ceil(metres / (SPEED_M_S * EVERY_SECONDS))
    return [step / steps for step in range(1, steps + 1)]


class Strollers:
    """PEOPLE of them, over the plan of a store as it is laid down; each that goes is followed by another."""

    def __init__(self, gateway_url: str, store: str, token: str, plans: PlanFolder, seed: int) -> None:
        self._http = httpx.Client(base_url=gateway_url, headers={"Authorization": f"Bearer {token}"}, timeout=20.0)
        self._store, self._plans, self._chance = store, plans, random.Random(seed)  # nosec B311 # no secret
        self._ways: dict[str, Iterator[Spot]] = {}
        self._came = 0

    def walk(self) -> None:
        """Until KeyboardInterrupt."""
        while True:
            self._plans.look()
            if rows := self._rows(time.time_ns() // 1_000_000):
                self._send(rows)
            time.sleep(EVERY_SECONDS)

    def _rows(self, now_ms: int) -> list[dict[str, Any]]:
        """Everybody's next ping, once there is a plan with displays."""
        plans = self._plans.stores.get(self._store)
        plan = plans.at(now_ms) if plans else None
        while plan and plan.of_kind("display") and len(self._ways) < PEOPLE:
            self._came += 1
            self._ways[f"stroller-{now_ms}-{self._came}"] = stroll(plan, self._chance)
        spots = {device: next(way, None) for device, way in self._ways.items()}
        self._ways = {device: way for device, way in self._ways.items() if spots[device]}
        return [self._row(device, spot, now_ms) for device, spot in spots.items() if spot]

    def _row(self, device: str, spot: Spot, now_ms: int) -> dict[str, Any]:
        x, y = (value + self._chance.gauss(0, SIGMA_M) for value in spot[:2])
        return {"device_id": device, "ts": now_ms, "x_m": x, "y_m": y, "floor": spot[2], "sigma_m": SIGMA_M}

    def _send(self, rows: list[dict[str, Any]]) -> None:
        """A gateway that has not seen the plan yet, or is away, hears of the next ones."""
        try:
            self._http.post("/v1/pings", json={"store_id": self._store, "pings": rows})
        except httpx.HTTPError:
            return
