"""Who works in the store, all day: filling shelves, on rounds, at a till, in the staff room; and what lies about.

The times of a job are log-normal; how they divide the day is assumed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from simulation.layout import Layout, Spot, Zone
from simulation.path import Path, Walk, inside
from simulation.phones import Phone

_JOBS: Mapping[str, tuple[float, float]] = {
    "fill": (0.5, 360.0),
    "round": (0.2, 8.0),
    "till": (0.2, 900.0),
    "rest": (0.1, 600.0),
}
"""Share of all jobs, and the median of their seconds; a round's are those at each of its displays."""
_SPREAD, _LONGEST_S, _ROUND = 0.6, 2700.0, 5
_THINGS = ("printer", "tablet", "left-phone")


def at_work(layout: Layout, number: int, bounds_s: tuple[float, float], rng: np.random.Generator) -> Phone:
    """From one time to the other; the day begins in the staff room."""
    walk = Walk(bounds_s[0], inside(layout.staff_room.area, 0, rng), rng, float(rng.uniform(0.9, 1.15)))
    walk.wait(float(rng.uniform(1, 60)))
    while walk.t_s < bounds_s[1]:
        _work(layout, walk, str(rng.choice(list(_JOBS), p=[share for share, _ in _JOBS.values()])))
    return Phone(f"staff-{number + 1}", "staff", walk.path().between(*bounds_s))


def _work(layout: Layout, walk: Walk, job: str) -> None:
    rng = walk.rng
    seconds = min(_JOBS[job][1] * float(rng.lognormal(0, _SPREAD)), _LONGEST_S)
    if job == "till":
        _sit(layout, walk, layout.tills[int(rng.integers(len(layout.tills)))], seconds)
    elif job == "rest":
        _stay(layout, walk, layout.staff_room, seconds)
    else:
        for _ in range(_ROUND if job == "round" else 1):
            _stay(layout, walk, layout.displays[int(rng.integers(len(layout.displays)))], seconds)


def _stay(layout: Layout, walk: Walk, zone: Zone, seconds: float) -> None:
    walk.go(layout.route(walk.spot, inside(zone.area, zone.floor, walk.rng)))
    walk.browse(seconds, zone.area)


def _sit(layout: Layout, walk: Walk, till: Zone, seconds: float) -> None:
    """In by the side where people queue, and out by it."""
    behind = layout.queue(till, 0)
    walk.go([*layout.route(walk.spot, behind), inside(till.area, 0, walk.rng)])
    walk.browse(seconds, till.area)
    walk.go([behind])


def lying(layout: Layout, count: int, bounds_s: tuple[float, float], rng: np.random.Generator) -> Iterator[Phone]:
    """In turn a printer in the staff room, a tablet on show at a display, and a phone that somebody has left at one."""
    for number in range(count):
        thing = _THINGS[number % len(_THINGS)]
        zone = layout.staff_room if thing == "printer" else layout.displays[int(rng.integers(len(layout.displays)))]
        since = float(rng.uniform(0, bounds_s[1] / 2)) if thing == "left-phone" else bounds_s[0]
        yield Phone(f"{thing}-{number + 1}", "fixed", still(inside(zone.area, zone.floor, rng), since, bounds_s[1]))


def still(spot: Spot, first_s: float, last_s: float) -> Path:
    """The path of what never moves."""
    x, y, floor = (np.array([value, value]) for value in spot)
    return Path(np.array([first_s, last_s]), x.astype(float), y.astype(float), floor.astype(np.int16))
