"""The pauses of real walks: does the engine report each as a dwell of its length?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy import walks
from benchmarks.accuracy.asis import Finding, replayed
from simulation.path import Path
from tests.contract import wifine
from tests.contract.plan import Box, plan, zone

PAUSE_S, PAUSE_M = 20.0, 2.0
SIDE_M = 5.0
"""Of the display that is drawn round a pause."""
OF_LENGTH, OF_LENGTH_S = 0.25, 5.0
"""A dwell has a pause's length within this share of it or these seconds."""
STEP_S = 0.2


class Pause(NamedTuple):
    """Somebody stays within PAUSE_M of their first place there for PAUSE_S or longer; (x, y) is the middle."""

    x_m: float
    y_m: float
    floor: int

    @property
    def box(self) -> Box:
        half = SIDE_M / 2
        return self.x_m - half, self.y_m - half, self.x_m + half, self.y_m + half


def findings() -> Iterator[Finding]:
    """Each walk in a store of its own, a display round each pause; who pauses on an earlier display is at that one."""
    for sigma_m, says in ((None, "says nothing of errors"), (1.0, "says 1 m")):
        yield from _findings([_of_walk(path, sigma_m) for path in walks.walks()], f"where the sender {says}")


def _findings(said: Sequence[_Said], where: str) -> Iterator[Finding]:
    true_s = np.concatenate([one.true_s for one in said])
    for name, called in (("live_s", "live"), ("dwell_s", "re-smoothed")):
        seconds = np.concatenate([getattr(one, name) for one in said])
        fits = np.abs(seconds - true_s) <= np.maximum(OF_LENGTH * true_s, OF_LENGTH_S)
        yield Finding(f"WiFine: pauses whose {called} dwell has their length, {where}", float(fits.mean()), len(fits))
    on_floor = np.concatenate([one.on_floor for one in said])
    yield Finding(f"WiFine: answers on the true floor, {where}", float(on_floor.mean()), len(on_floor))


class _Said(NamedTuple):
    """Seconds by pause; whether each answer's floor is the ping's."""

    true_s: NDArray[np.float64]
    live_s: NDArray[np.float64]
    dwell_s: NDArray[np.float64]
    on_floor: NDArray[np.bool_]


def _of_walk(path: Path, sigma_m: float | None) -> _Said:
    chosen = _apart(list(of(path)))
    done = replayed(_drawn(chosen), wifine.STORE, list(_rows(path)), sigma_m)
    spent = {row["zone_id"]: row for row in done.dwells.to_pylist()}
    rows = [spent.get(f"pause-{number}", {}) for number in range(len(chosen))]
    live_s, dwell_s = (np.array([row.get(name, 0.0) for row in rows]) for name in ("live_s", "dwell_s"))
    true_s = np.array([_within_s(path, one.box, one.floor) for one in chosen])
    floors = zip(done.zones.column("department").to_pylist(), path.floor.tolist(), strict=True)
    on_floor = [answer == f"hall-{floor}" for answer, floor in floors if answer is not None]
    return _Said(true_s, live_s, dwell_s, np.array(on_floor, bool))


def of(path: Path) -> Iterator[Pause]:
    """One after the other, each as long as it can be from its first position on."""
    first = 0
    while first < len(path.t_s):
        far = np.hypot(path.x_m[first:] - path.x_m[first], path.y_m[first:] - path.y_m[first]) > PAUSE_M
        gone = np.flatnonzero(far | (path.floor[first:] != path.floor[first]))
        last = first + (int(gone[0]) if len(gone) else len(far)) - 1
        if path.t_s[last] - path.t_s[first] >= PAUSE_S:
            x, y = (float(v[first : last + 1].mean()) for v in (path.x_m, path.y_m))
            yield Pause(x, y, int(path.floor[first]))
            first = last
        first += 1


def _apart(every: Sequence[Pause]) -> list[Pause]:
    chosen: list[Pause] = []
    for pause in every:
        here = (one for one in chosen if one.floor == pause.floor)
        if all(max(abs(pause.x_m - one.x_m), abs(pause.y_m - one.y_m)) >= SIDE_M for one in here):
            chosen.append(pause)
    return chosen


def _drawn(chosen: Sequence[Pause]) -> dict[str, Any]:
    halls = [zone(f"hall-{floor}", "department", (-10, -10, 100, 50), floor=floor) for floor in range(walks.FLOORS)]
    displays = (
        zone(f"pause-{number}", "display", one.box, floor=one.floor, department=f"hall-{one.floor}")
        for number, one in enumerate(chosen)
    )
    return plan(wifine.STORE, *halls, *displays)


def _within_s(path: Path, box: Box, true_floor: int) -> float:
    """All seconds that the walk is in the box."""
    x, y, floor = path.at(np.arange(path.enters_s, path.leaves_s, STEP_S))
    x0, y0, x1, y1 = box
    return float(STEP_S * ((x0 <= x) & (x <= x1) & (y0 <= y) & (y <= y1) & (floor == true_floor)).sum())


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    columns = (path.t_s.tolist(), path.x_m.tolist(), path.y_m.tolist(), path.floor.tolist())
    for t_s, x, y, floor in zip(*columns, strict=True):
        yield {"device_id": "walk", "ts": round(1000 * t_s), "x_m": x, "y_m": y, "floor": floor}
