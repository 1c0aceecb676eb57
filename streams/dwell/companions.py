"""Whether two phones went through the store together: their places of the last 20 minutes, leg by leg.

A leg is a stretch of one phone's trail that ends where it has moved on by more than the errors of both; on each leg the
other was near or not. Companions mostly are; a stranger is as often as the store is small and the errors are large.
A pair is judged once, when the earlier of the two has left; who was with whom so far is kept on the phones' records,
so that it is known of the last one too. The first of a group's visits names it.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streams.dwell.compiled import compiled, inlined
from streams.dwell.trail import BLOCK_MS, NO_PLACE, PLACES, QUARTERS, quarters

WINDOW = 60
"""Blocks that are compared: 20 minutes, less than a trail keeps by the silence after which a visit is over."""
ENTRY_MS = 120_000
"""Companions' first pings are no further apart than this."""
APART_M = 1.2
"""Companions stand and walk about this far from one another on each axis (standard deviation)."""
SHARED = 0.7
"""A place's variance, of a fix's: errors last for seconds, and a place is the mean of 20."""
NEAR2 = 9.0
"""Squared distance in standard deviations below which two may be together: 99 % of companions (chi-square, 2 d.f.)."""
LEG_M, LEG_SIGMAS = 6.0, 2.0
LEAST_LEGS, LEAST_WAY_M = 3, 25.0
"""Less way together than this rules nothing out."""
PARTED = 0.1
"""Share of legs on which companions go apart; families part for a shelf or two."""
MOST_STRANGE_M = 15.0
"""Strangers who came at the same time are no further apart on each axis than this (standard deviation): all begin at
the door, and another floor is no proof."""
COMPANIONS = 0.4
"""Expected companions with a phone of their own, of a shopper."""
ENTRY_S, LEAVE_S = 25.0, 30.0
"""Companions enter and leave within about this time of one another (Laplace)."""
STAY_S = 1500.0
"""A stranger leaves at any time in about this long."""
LEAST_P = 0.95
"""A pair as probable as this is one."""

GROUP = np.dtype([("judged", "i8"), ("first", "i8"), ("seq", "i8"), ("id_ts", "i8"), ("phone", "u8")])
"""`judged` is the last ping of the visit when its pairs were judged, 0 before. The others are those of the group's
first visit: its first ping's ts, when it was heard of, and what names it; `id_ts` 0 is none."""


@compiled
def log_odds(one: Any, other: Any, strangers: int, has_left: bool) -> float:
    """Of two phones' records: that they are companions; −inf where nothing shows it. The first may have left."""
    noise = _noise(one.trail.sums) + _noise(other.trail.sums)
    s2 = SHARED * noise + 2 * APART_M * APART_M
    last = min(one.walk.last, other.walk.last) // BLOCK_MS - 1
    first = max(one.walk.first // BLOCK_MS, other.walk.first // BLOCK_MS, last - WINDOW + 1)
    if not _ever_near(one.trail, other.trail, first, last, s2):
        return -math.inf
    legs, way_m, odds = _legs(one.trail, other.trail, first, last, s2, _strangers2(one.trail.sums, s2))
    if legs < LEAST_LEGS or way_m < LEAST_WAY_M:
        return -math.inf
    odds += math.log(COMPANIONS / max(1, strangers))
    entered_s = abs(one.walk.first - other.walk.first) / 1000.0
    odds += math.log(ENTRY_MS / 1000 / ENTRY_S) - min(entered_s / ENTRY_S, 5.0)
    if not has_left:
        return odds
    left_s = abs(other.walk.last - one.walk.last) / 1000.0
    return odds + max(math.log(STAY_S / LEAVE_S) - left_s / LEAVE_S, -2.0)


@inlined
def _noise(sums: Any) -> float:
    return sums.noise / max(1, sums.places)


@compiled
def _strangers2(sums: Any, s2: float) -> float:
    """Variance, on each axis, of the distance to somebody who walks the same part of the store at other times, m²."""
    n = max(1, sums.places)
    mean_x, mean_y = sums.sum_x / n, sums.sum_y / n
    spread2 = (sums.sum_squares / n - mean_x * mean_x - mean_y * mean_y) / (2 * QUARTERS * QUARTERS)
    return min(max(2 * spread2, 2 * s2), MOST_STRANGE_M * MOST_STRANGE_M)


@inlined
def _distance2(one: Any, other: Any, block: int) -> float:
    """Squared metres between two phones in a block; −1 where one of them has no place."""
    at = block % PLACES
    if one.x[at] == NO_PLACE or other.x[at] == NO_PLACE:
        return -1.0
    dx, dy = quarters(one.x[at] - other.x[at]), quarters(one.y[at] - other.y[at])
    return (dx * dx + dy * dy) / (QUARTERS * QUARTERS)


@inlined
def _ever_near(one: Any, other: Any, first: int, last: int, s2: float) -> bool:
    """Whether they were near at one of five times: nobody else is looked at closely."""
    fifth = (last - first + 1) / 5
    for i in range(5):
        distance2 = _distance2(one, other, first + int((i + 0.5) * fifth))
        if 0 <= distance2 <= NEAR2 * s2:
            return True
    return False


@compiled
def _legs(one: Any, other: Any, first: int, last: int, s2: float, strangers2: float) -> tuple[int, float, float]:
    """(legs walked together, their metres, log-likelihood ratio of all legs)."""
    step = QUARTERS * max(LEG_M, LEG_SIGMAS * math.sqrt(s2))
    together, way_m, odds, places, sum2 = 0, 0.0, 0.0, 0, 0.0
    from_x, from_y = NO_PLACE, 0
    for block in range(first, last + 1):
        distance2 = _distance2(one, other, block)
        if distance2 < 0:
            continue
        x, y = one.x[block % PLACES], one.y[block % PLACES]
        if from_x == NO_PLACE:
            from_x, from_y = x, y
        places += 1
        sum2 += distance2
        dx, dy = quarters(x - from_x), quarters(y - from_y)
        if dx * dx + dy * dy < step * step:
            continue
        leg = _leg_odds(sum2 / places, s2, strangers2)
        odds += leg
        if leg > 0:
            together += 1
            way_m += min(math.sqrt(dx * dx + dy * dy) / QUARTERS, 3 * LEG_M)
        from_x, from_y, places, sum2 = x, y, 0, 0.0
    return together, way_m, odds


@compiled
def _leg_odds(distance2: float, s2: float, strangers2: float) -> float:
    """Log-likelihood ratio of a leg's mean squared distance: two Gaussians, and companions who part for a while."""
    beside = strangers2 / s2 * math.exp(-0.5 * distance2 * (1 / s2 - 1 / strangers2))
    return math.log((1 - PARTED) * beside + PARTED)


@compiled
def candidates(phones: Any, slot: int, others: NDArray[np.int64]) -> NDArray[np.int64]:
    """Those of the other slots who came at about the same time, before this one left, and are not known to have left
    earlier: with these the pair was judged then."""
    walk = phones[slot].walk
    found, count = np.zeros(len(others), np.int64), 0
    for i in range(len(others)):
        other = phones[others[i]]
        here = other.used == 1 and other.walk.pings > 0 and others[i] != slot and other.walk.first <= walk.last
        if here and abs(other.walk.first - walk.first) <= ENTRY_MS and other.group.judged != other.walk.last:
            found[count] = others[i]
            count += 1
    return found[:count]


@compiled
def find(phones: Any, slot: int, candidates: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of the candidates' slots belong to the group of the visit that has ended in `slot`; friends' friends do."""
    found = np.zeros(len(candidates), np.bool_)
    reached = np.zeros(len(candidates) + 1, np.int64)
    reached[0], known, done = slot, 1, 0
    least = math.log(LEAST_P / (1 - LEAST_P))
    while done < known:
        one, has_left = phones[reached[done]], done == 0
        done += 1
        for i in range(len(candidates)):
            if not found[i] and log_odds(one, phones[candidates[i]], len(candidates), has_left) >= least:
                found[i] = True
                reached[known] = candidates[i]
                known += 1
    return found


def join(phones: Any, slots: NDArray[np.int64], candidates: NDArray[np.int64]) -> None:
    """Writes the first visit of all on those in `slots`, and on the candidates whose groups become one with theirs."""
    groups = phones["group"]
    leads = [groups[slot] if groups[slot]["id_ts"] else _alone(phones[slot]) for slot in slots.tolist()]
    lead = min(leads, key=lambda one: (one["first"], one["seq"])).copy()
    before = {int(one["phone"]) for one in leads if one["id_ts"]}
    also = [slot for slot in candidates.tolist() if groups[slot]["id_ts"] and int(groups[slot]["phone"]) in before]
    for slot in {*slots.tolist(), *also}:
        for name in ("first", "seq", "id_ts", "phone"):
            groups[slot][name] = lead[name]


def _alone(phone: Any) -> Any:
    walk = phone["walk"]
    return np.array((0, walk["first"], walk["id_seq"], walk["id_ts"], phone["phone"]), GROUP)[()]
