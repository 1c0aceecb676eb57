"""A small store for the tests of `serving`: its plan, and a hand that fills the board as the workers do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import redis

from models.board import BoardPrompt, LiveVisit, Recommendation, iso
from models.ids import digest
from models.keys import Board, StreamId

STORE = "S1"
NOON_MS = 1_748_865_600_000
DAY_S = 86_400


def _zone(zone_id: str, kind: str, name: str, box: tuple[float, float, float, float], **more: Any) -> dict[str, Any]:
    x0, y0, x1, y1 = box
    ring = [[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]]
    properties = {"id": zone_id, "kind": kind, "name": name, **more}
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


PLAN: dict[str, Any] = {
    "type": "FeatureCollection",
    "aislewise": {"store": STORE, "units": "m", "timezone": "Europe/London"},
    "features": [
        _zone("shoes", "department", "Shoes", (0, 0, 12, 10)),
        _zone("outdoor", "department", "Outdoor", (12, 0, 24, 10)),
        _zone("boots", "display", "Boots", (2, 6, 5, 8), department="shoes", categories=["boots"]),
        _zone("tents", "display", "Tents", (16, 6, 20, 8), department="outdoor", categories=["tents"]),
        _zone("wall", "obstacle", "Wall", (11.8, 4, 12.2, 10)),
        _zone("door", "entrance", "Entrance", (10, -2, 14, 0)),
        _zone("till", "checkout", "Till 1", (20, -2, 24, 0)),
    ],
}


def write_plan(folder: Path, store_id: str = STORE) -> None:
    """The plan as `<store>.geojson`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{store_id}.geojson").write_text(json.dumps(plan_of(store_id)))


def plan_of(store_id: str) -> dict[str, Any]:
    """The small plan as another store's."""
    return {**PLAN, "aislewise": {**PLAN["aislewise"], "store": store_id}}


class Filler:
    """Writes to the board what the dwell worker and the prompt worker would have written."""

    def __init__(self, client: redis.Redis, store_id: str = STORE) -> None:
        self._redis, self.store_id = client, store_id

    def complete(self) -> None:
        self._redis.set(Board.complete(self.store_id), "1")

    def sender(self, key: str, seen_ms: int, accepted: int, refused: int, per_minute: int) -> None:
        """What gateways have counted of a key up to now."""
        told = {f"{key}:seen": seen_ms, f"{key}:accepted": accepted, f"{key}:refused": refused}
        self._redis.hset(Board.senders(self.store_id), mapping=told)  # type: ignore[arg-type]
        for minute in (seen_ms // 60_000 - 1, seen_ms // 60_000):
            self._redis.hset(Board.sent(self.store_id, minute), key, per_minute)  # type: ignore[arg-type]

    def visit(self, visit_id: str, x_m: float = 3.5, y_m: float = 5.0, **changed: Any) -> LiveVisit:
        given = {"floor": 0, "department": "shoes", "display": None, "since": iso(NOON_MS), "dwell": {"shoes": 42.5}}
        visit = LiveVisit(visit_id, x_m, y_m, **{**given, **changed})
        self._redis.hset(Board.visits(self.store_id), visit_id, msgspec.json.encode(visit))
        return visit

    def leave(self, visit_id: str) -> None:
        self._redis.hdel(Board.visits(self.store_id), visit_id)

    def recommend(self, visit_id: str, *recommendations: Recommendation) -> None:
        data = msgspec.json.encode(recommendations)
        self._redis.hset(Board.recommendations(self.store_id), visit_id, data)

    def prompt(self, offset: int, row: int = 0, **changed: Any) -> tuple[StreamId, BoardPrompt]:
        """A prompt whose moment stood at `offset`; the same call again is the same entry."""
        prompt = self.make(offset, row, **changed)
        data = msgspec.json.encode(prompt)
        known = {"store_id": self.store_id, "visit_id": prompt.visit_id, "sku": prompt.sku, "ts": NOON_MS}
        self._redis.set(Board.prompt(prompt.prompt_id), json.dumps(known), ex=DAY_S)
        stream_id = StreamId(offset, row)
        self._redis.xadd(Board.prompts(self.store_id), {"prompt_id": prompt.prompt_id, "json": data}, id=str(stream_id))
        return stream_id, prompt

    def make(self, offset: int, row: int = 0, **changed: Any) -> BoardPrompt:
        """The prompt alone, as a function of where its moment stood."""
        ts = NOON_MS + 1000 * offset
        given = {
            "prompt_id": f"{digest(self.store_id, offset, row).hex()}-0",
            "visit_id": "v1",
            "store_id": self.store_id,
            "sku": f"sku-{offset}",
            "department": "shoes",
            "why": "three minutes at boots; 30 % off, four left",
            "say": "These boots are 30 % off, and we have four left.",
            "ts": iso(ts),
            "expires": iso(ts + 120_000),
            "name": f"Hiking boot {offset}",
            "zone_id": "boots",
        }
        return BoardPrompt(**{**given, **changed})
