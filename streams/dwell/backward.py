"""What is heard later, by tile: the histogram filter's second half, back in time (the forward-backward algorithm)."""

from __future__ import annotations

from typing import Any

import numpy as np

from streams.dwell.arrays import AREA, FIRST, MODES, ROW
from streams.dwell.compiled import fast
from streams.dwell.histogram import LEAST, NOISE, between, greatest, look, move, pass_on, spread

_NONE, _ONE = np.float32(0.0), np.float32(1.0)


@fast
def know_nothing(work: Any) -> None:
    """Nothing is said of what comes later."""
    back = work.back
    for m in range(MODES):
        for i in range(AREA):
            back[m, i] = _ONE


@fast
def go_back(work: Any, node: Any, before: Any, mosaics: Any, planes: Any) -> None:
    """`work.back` holds what is heard after a node, by tile: makes it what is heard after the one before it."""
    back, mosaic = work.back, mosaics[node.mosaic]
    look(work, node, mosaic, planes)
    if node.fix >= 0:
        hear_back(work, work.heard[node.fix])
    if node.moved:
        step_back(work, mosaic)
    scale = _ONE / greatest(back)
    up, aside = between(mosaics[before.mosaic], mosaic)
    down, right = before.row + up - node.row, before.column + aside - node.column
    if down == 0 and right == 0:
        for m in range(MODES):
            for i in range(AREA):
                back[m, i] *= scale
    else:
        move(work, back, down, right, scale)


@fast
def step_back(work: Any, mosaic: Any) -> None:
    back, given, mixed, here = work.back, work.given, work.mixed, work.planes
    for i in range(AREA):
        given[0, i] = back[0, i] * here[0, i]
        for m in range(1, MODES):
            mixed[m - 1, FIRST + i] = back[m, i] * here[1, i]
    # who walks back walks the other way
    pass_on(work, mosaic, 0, 1, ROW, given, 1)
    pass_on(work, mosaic, 1, ROW, 1, given, 2)
    pass_on(work, mosaic, 2, -1, ROW, given, 3)
    pass_on(work, mosaic, 3, -ROW, 1, given, 4)
    stays, starts, stops = mosaic.stays, mosaic.starts, mosaic.stops
    goes_on, turns = mosaic.goes_on, mosaic.turns
    for i in range(AREA):
        east, north, west, south = given[1, i], given[2, i], given[3, i], given[4, i]
        stop = stops * given[0, i]
        across, along = stop + turns * (north + south), stop + turns * (east + west)
        back[0, i] = stays * back[0, i] + starts * (east + north + west + south) * here[2, i]
        back[1, i], back[3, i] = (goes_on * east + across) * here[3, i], (goes_on * west + across) * here[5, i]
        back[2, i], back[4, i] = (goes_on * north + along) * here[4, i], (goes_on * south + along) * here[6, i]


@fast
def hear_back(work: Any, told: Any) -> None:
    back, likes = work.back, work.likes
    spread(work, told)
    for i in range(AREA):
        wild = likes[2, i] + NOISE
        walk = likes[1, i] + wild
        back[0, i] *= likes[0, i] + wild
        for m in range(1, MODES):
            back[m, i] *= walk


@fast
def smooth(work: Any, number: int) -> None:
    """A node's belief with what is heard after it."""
    given, back, beliefs = work.given, work.back, work.beliefs
    total = _NONE
    for m in range(MODES):
        for i in range(AREA):
            p = beliefs[number, m, i] * back[m, i]
            given[m, i] = p
            total += p
    if not total > LEAST:
        return
    scale = _ONE / total
    for m in range(MODES):
        for i in range(AREA):
            beliefs[number, m, i] = given[m, i] * scale
