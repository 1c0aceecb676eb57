"""One visit of a replay looked at closely: its pings, and where the engine held the phone to be, ping by ping."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from models.errors import InputError
from models.pings import Pings
from models.plans import StorePlans
from streams.dwell.engine import Engine
from streams.replay.columns import Piece
from streams.replay.sent import as_sent, of_store, placed, with_label

Numbers = NDArray[np.float64]


class Track(NamedTuple):
    """Positions at times: ms, metres in the plan's frame, standard deviation on each axis (NaN where unknown)."""

    ts: NDArray[np.int64]
    x_m: Numbers
    y_m: Numbers
    sd_m: Numbers


class Dwell(NamedTuple):
    """Seconds in a zone with their 90 % interval."""

    kind: str
    zone_id: str
    dwell_s: float
    lower_s: float
    upper_s: float


@dataclass(frozen=True)
class Visit:
    """What `replay` wrote of a visit; times are ms."""

    visit_id: str
    device_id: str
    first_ts: int
    last_ts: int
    pings: int
    dwells: list[Dwell]


@dataclass(frozen=True)
class Tracks:
    """A visit's accepted pings, the answers given at once, and what the smoother made of them (perhaps nothing)."""

    floor: int
    """Where most pings are."""
    raw: Track
    live: Track
    smoothed: Track


def visit_of(results: Path, device: str | None) -> Visit:
    """The visit with the most pings, of one device, or of all that were in a zone. Raises InputError where none is."""
    visits = pq.read_table(results / "visits.parquet")
    if device is not None:
        visits = visits.filter(pc.equal(visits.column("device_id"), device))
    else:  # not a phone that lay in the staff room all day
        inside = pq.read_table(results / "dwells.parquet", columns=["visit_id"]).column("visit_id")
        visits = visits.filter(pc.is_in(visits.column("visit_id"), pc.unique(inside)))
    if not len(visits):
        raise _no_visit(device)
    pings = visits.column("pings")
    found = visits.slice(pc.index(pings, pc.max(pings)).as_py(), 1)
    first, last = (found.column(name).cast(pa.int64())[0].as_py() for name in ("first_ts", "last_ts"))
    visit_id, device_id = (found.column(name)[0].as_py() for name in ("visit_id", "device_id"))
    return Visit(visit_id, device_id, first, last, pc.max(pings).as_py(), _dwells(results, visit_id))


def _no_visit(device: str | None) -> InputError:
    if device is None:
        return InputError("there is no visit to any zone", field="--plot")
    return InputError(f"{device!r} has no visit", field="--device")


def _dwells(results: Path, visit_id: str) -> list[Dwell]:
    rows = pq.read_table(results / "dwells.parquet", filters=[("visit_id", "=", visit_id)])
    return [Dwell(**row) for row in rows.select(Dwell._fields).to_pylist()]


def tracks_of(plans: StorePlans, silence_s: float, visit: Visit, pieces: Iterable[Piece]) -> Tracks:
    """Takes the visit's pings through an engine of its own: phones do not change each other's answers."""
    parts = [_pings_of(plans, visit, piece.pings) for piece in pieces]
    floors = np.concatenate([part.floor for part in parts])
    raw = _first_of_each(_track([(part.ts, part.x_m, part.y_m, part.sigma_m) for part in parts]))
    engine = Engine(plans, silence_s)
    engine.trace()
    points, emitted = [], []
    for part in parts:
        for i in range(len(part)):
            points += _live(engine, _row(part, i))
            emitted.append(engine.emitted())
    engine.finish()
    smoothed = np.concatenate([*emitted, engine.emitted()])
    return Tracks(
        int(np.bincount(floors.astype(np.int64) + 32_768).argmax()) - 32_768,
        raw,
        _track([tuple(np.array(one) for one in zip(*points, strict=True))]),
        Track(smoothed["ts"], smoothed["x"], smoothed["y"], smoothed["sd"]),
    )


def _pings_of(plans: StorePlans, visit: Visit, pings: pa.RecordBatch) -> Pings:
    ours = placed(with_label(of_store(pings, plans.newest.store), "device_id", visit.device_id))
    ts = ours.column("ts").cast(pa.int64()).to_numpy()
    ours = ours.filter(pa.array((ts >= visit.first_ts) & (ts <= visit.last_ts)))
    return as_sent(plans, ours, np.zeros(len(ours), np.uint64))


def _live(engine: Engine, ping: Pings) -> list[tuple[int, float, float, float]]:
    """The answer that is given at once, where the ping is the newest."""
    before = engine.newest
    engine.push(ping)
    if engine.newest == before:
        return []
    slots = engine.slots()
    live = engine.live(slots)
    return [(engine.newest, float(live.x[0]), float(live.y[0]), float(live.sd[0]))]


def _row(pings: Pings, i: int) -> Pings:
    one = slice(i, i + 1)
    return Pings(*(getattr(pings, name)[one] for name in ("phone", "ts", "x_m", "y_m", "sigma_m", "floor")))


def _track(parts: Iterable[tuple[NDArray[np.generic], ...]]) -> Track:
    ts, x_m, y_m, sd_m = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Track(ts.astype(np.int64), x_m.astype(np.float64), y_m.astype(np.float64), sd_m.astype(np.float64))


def _first_of_each(track: Track) -> Track:
    """Without copies, in the order of `ts`."""
    _, first = np.unique(track.ts, return_index=True)
    return Track(track.ts[first], track.x_m[first], track.y_m[first], track.sd_m[first])
