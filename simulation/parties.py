"""How people go through a store, alone or together: from stop to stop, with pauses, slow aisles and ways for nothing.

Groups of friends and families walk side by side, more slowly than people alone (Moussaïd et al. 2010, "The walking
behaviour of pedestrian social groups", PLoS ONE 5(4)). How often they part, and all shares below, are assumed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from simulation.layout import Layout, Spot, Zone
from simulation.path import Walk, inside
from simulation.shoppers import Person, Stop
from simulation.store import Store

_PAUSES, _PAUSE_MEDIAN_S, _PAUSE_SPREAD, _LONGEST_PAUSE_S = 0.15, 12.0, 0.8, 120.0
"""Share of ways on which somebody stands still, to read a list or to chat, and for how long (log-normal)."""
_STROLLS, _STROLL_PACE = 0.2, 0.45
"""Share of ways on which people look along the shelves as they go, and their pace then."""
_DETOURS = 0.1
"""Share of stops before which people walk to another display and turn away at once."""
_PARTS, _APART_MEDIAN_S = 0.15, 25.0
"""Share of a group's stops at which one of them goes to look elsewhere, and how long they look there."""
_GROUP_PACE, _BESIDE_M = 0.85, 0.5
_SIZES, _WEIGHTS = (2, 3, 4), (0.6, 0.25, 0.15)


@dataclass(frozen=True)
class Manner:
    """How a way is walked: `pace` times the usual speed, with a pause after the share `at` of its legs."""

    pace: float = 1.0
    pause_s: float = 0.0
    at: float = 0.0

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> Manner:
        pause_s = min(_PAUSE_MEDIAN_S * float(rng.lognormal(0, _PAUSE_SPREAD)), _LONGEST_PAUSE_S)
        pauses, strolls = rng.random(2) < (_PAUSES, _STROLLS)
        return cls(_STROLL_PACE if strolls else 1.0, pause_s if pauses else 0.0, float(rng.random()))


@dataclass
class Member:
    """One of a party, on their way; `stops` are what they have looked at so far."""

    person: Person
    walk: Walk
    aside_m: float
    stops: list[Stop]

    def to(self, layout: Layout, spot: Spot, manner: Manner) -> None:
        corners = layout.route(self.walk.spot, spot, self.aside_m)
        legs = int(manner.at * len(corners))
        before, after = [self.walk.spot, *corners][legs : legs + 2]
        if manner.pause_s and before.floor == after.floor:
            share = manner.at * len(corners) - legs
            x, y = (a + share * (b - a) for a, b in zip(before[:2], after[:2], strict=True))
            self.walk.go([*corners[:legs], Spot(x, y, before.floor)], manner.pace)
            self.walk.wait(manner.pause_s)
            corners = corners[legs:]
        self.walk.go(corners, manner.pace)

    def look(self, stop: Stop, until_s: float) -> None:
        self.stops.append(Stop(stop.display, until_s - self.walk.t_s, stop.planned))
        self.walk.browse(until_s - self.walk.t_s, stop.display.area)


def formed(people: Sequence[Person], grouped: float, rng: np.random.Generator) -> Iterator[Sequence[Person]]:
    """Parties in the order of `people`; about the share `grouped` of the people is in groups of two to four."""
    alone_weight, group_weight = 1 - grouped, grouped / float(np.dot(_SIZES, _WEIGHTS))
    chance = group_weight / (alone_weight + group_weight)
    first = 0
    while first < len(people):
        size = int(rng.choice(_SIZES, p=_WEIGHTS)) if grouped and rng.random() < chance else 1
        yield people[first : first + size]
        first += size


def walked(store: Store, party: Sequence[Person], stops: Sequence[Stop], walk: Walk) -> list[Member]:
    """From the door past the stops; `walk` is the first one's, the others come along beside."""
    rng, layout = walk.rng, store.layout
    members = _at_the_door(party, walk)
    for stop in stops:
        if rng.random() < _DETOURS:
            _together(layout, members, layout.displays[int(rng.integers(len(layout.displays)))])
        parts = len(members) > 1 and stop is not stops[-1] and rng.random() < _PARTS
        staying = members[:-1] if parts else members
        _together(layout, staying, stop.display)
        until_s = max(member.walk.t_s for member in staying) + stop.seconds
        for member in staying:
            member.look(stop, until_s)
        if parts:
            _elsewhere(layout, members[-1])
    return members


def _at_the_door(party: Sequence[Person], walk: Walk) -> list[Member]:
    rng = walk.rng
    aside = float(rng.uniform(-1, 1))
    if len(party) > 1:
        walk.speed_m_s *= _GROUP_PACE
    others = [
        Walk(walk.t_s + float(rng.uniform(0.2, 1.5)) * number, Spot(*walk.spot), rng, walk.speed_m_s)
        for number in range(1, len(party))
    ]
    sides = [float(np.clip(aside + _BESIDE_M * (-1) ** i * ((i + 1) // 2), -1, 1)) for i in range(len(party))]
    return [Member(*one, []) for one in zip(party, [walk, *others], sides, strict=True)]


def _together(layout: Layout, members: Sequence[Member], display: Zone) -> None:
    """All of them, in one manner, each to a spot of their own."""
    rng = members[0].walk.rng
    manner = Manner.drawn(rng)
    for member in members:
        member.to(layout, inside(display.area, display.floor, rng), manner)


def _elsewhere(layout: Layout, member: Member) -> None:
    """To another display of the floor that one is on, and a look there."""
    rng, here = member.walk.rng, member.walk.spot.floor
    near = [display for display in layout.displays if display.floor == here]
    display = near[int(rng.integers(len(near)))] if near else layout.displays[0]
    _together(layout, [member], display)
    seconds = float(np.clip(_APART_MEDIAN_S * rng.lognormal(0, 0.5), 5, 90))
    member.look(Stop(display, seconds, False), member.walk.t_s + seconds)
