"""A small store whose answers are known, and the engine's answers as plain values."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from models import floorplan
from models.pings import Pings
from models.plans import StorePlans
from streams.dwell.engine import Answers, Engine

T0 = 1_790_000_000_000
SILENCE_S = 300.0
NAN = math.nan


def box(left: float, low: float, right: float, high: float) -> dict[str, Any]:
    ring = [[left, low], [right, low], [right, high], [left, high], [left, low]]
    return {"type": "Polygon", "coordinates": [ring]}


def zone(name: str, kind: str, at: tuple[float, float, float, float], **more: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": {"id": name, "kind": kind, **more}, "geometry": box(*at)}


FEATURES = [
    zone("shoes", "department", (0, 0, 20, 20)),
    zone("books", "department", (20, 0, 40, 20)),
    zone("boots", "display", (6, 6, 14, 14), department="shoes"),
    zone("lamps", "display", (50, 6, 58, 14)),  # stands in no department
    zone("tills", "checkout", (30, 0, 40, 6)),
    zone("door", "entrance", (0, 0, 5, 5)),
    zone("office", "staff", (34, 14, 40, 20)),
    zone("attic", "department", (0, 0, 20, 20), floor=1),
]


def plan_bytes(features: Sequence[Any] = FEATURES, **head: Any) -> bytes:
    about = {"store": "S1", "units": "m", "timezone": "Europe/London", **head}
    return json.dumps({"type": "FeatureCollection", "aislewise": about, "features": list(features)}).encode()


def store_plans(data: bytes | None = None) -> StorePlans:
    return StorePlans.always(floorplan.parse(data or plan_bytes()))


PLANS = store_plans()


class Ping(NamedTuple):
    """`at` is seconds after T0."""

    phone: int
    at: float
    x: float
    y: float
    sigma: float = 0.3
    floor: int = 0

    @property
    def ts(self) -> int:
        return T0 + round(self.at * 1000)


def batch(pings: Iterable[Ping]) -> Pings:
    rows = list(pings)
    return Pings(
        np.array([row.phone for row in rows], np.uint64),
        np.array([row.ts for row in rows], np.int64),
        np.array([row.x for row in rows], np.float64),
        np.array([row.y for row in rows], np.float64),
        np.array([row.sigma for row in rows], np.float64),
        np.array([row.floor for row in rows], np.int16),
    )


def standing(x: float, y: float, start: float, stop: float, every: float = 2.0, **more: Any) -> list[Ping]:
    """One phone at one place, a ping every `every` seconds from start to stop."""
    count = round((stop - start) / every)
    return [Ping(1, start + i * every, x, y, **more) for i in range(count + 1)]


class Zone(NamedTuple):
    """What a visit spent in a zone."""

    live_s: float
    dwell_s: float
    variance: float
    first: int
    last: int


class Visit(NamedTuple):
    """A finished visit; zones by id, None is nowhere."""

    phone: int
    id_ts: int
    first: int
    last: int
    pings: int
    zones: dict[str | None, Zone]
    sums: bytes
    group: tuple[int, int]
    """The phone and id of the group's first visit; 0 is none."""


class Settled(NamedTuple):
    department: str | None
    department_p: float
    display: str | None
    display_p: float


class Moment(NamedTuple):
    phone: int
    id_ts: int
    ts: int
    zone: str
    threshold_s: int
    live_s: float
    so_far: tuple[tuple[str, float], ...]


class Run:
    """An engine and all that it answered."""

    def __init__(self, plans: StorePlans = PLANS, silence_s: float = SILENCE_S) -> None:
        self.plans, self.silence_s = plans, silence_s
        self.engine = Engine(plans, silence_s)
        self.visits: list[Visit] = []
        self.settled: dict[int, Settled] = {}
        self.moments: list[Moment] = []
        self.late = 0

    def push(self, pings: Iterable[Ping]) -> Run:
        return self.keep(self.engine.push(batch(pings)))

    def finish(self) -> Run:
        return self.keep(self.engine.finish())

    def restart(self) -> None:
        self.engine = Engine.restore(self.plans, self.silence_s, self.engine.snapshot())

    def keep(self, answers: Answers) -> Run:
        self.late += answers.late
        self.visits += self._visits(answers)
        self.moments += self._moments(answers)
        for row in answers.settled:
            assert int(row["seq"]) not in self.settled
            department, display = self.name(row["department"]), self.name(row["display"])
            self.settled[int(row["seq"])] = Settled(
                department, float(row["department_p"]), display, float(row["display_p"])
            )
        return self

    def name(self, code: int) -> str | None:
        return None if code < 0 else self.engine.codes[code].zone_id

    @property
    def held(self) -> dict[tuple[int, int], Visit]:
        """Of a visit only the answer with the greatest `pings` holds."""
        return {(one.phone, one.id_ts): one for one in sorted(self.visits, key=lambda one: one.pings)}

    def _visits(self, answers: Answers) -> Iterator[Visit]:
        for row in answers.visits:
            cells = answers.finished[row["start"] : row["stop"]]
            zones = {
                self.name(c["zone"]): Zone(
                    float(c["live_s"]), float(c["dwell_s"]), float(c["variance"]), int(c["first"]), int(c["last"])
                )
                for c in cells
                if c["live_s"] or c["dwell_s"]
            }
            phone, id_ts, first, last, pings = (int(row[name]) for name in ("phone", "id_ts", "first", "last", "pings"))
            group = (int(row["group"]["phone"]), int(row["group"]["id_ts"]))
            yield Visit(phone, id_ts, first, last, pings, zones, row["sums"].tobytes(), group if group[1] else (0, 0))

    def _moments(self, answers: Answers) -> Iterator[Moment]:
        for row in answers.moments:
            shares = answers.shares[row["start"] : row["stop"]]
            yield Moment(
                int(row["phone"]),
                int(row["id_ts"]),
                int(row["ts"]),
                str(self.name(row["zone"])),
                int(row["threshold_s"]),
                float(row["live_s"]),
                tuple((str(self.name(share["zone"])), float(share["live_s"])) for share in shares),
            )


def run(pings: Sequence[Ping], plans: StorePlans = PLANS, silence_s: float = SILENCE_S) -> Run:
    """All pings in one batch, and the end."""
    return Run(plans, silence_s).push(pings).finish()


def only_visit(pings: Sequence[Ping]) -> Visit:
    (visit,) = run(pings).visits
    return visit
