"""One visit from fix to fix: its filtered track, the department it is held to be in, and its live seconds."""

from __future__ import annotations

import math
from typing import Any

from streams.dwell.arrays import NOWHERE, WHOLE
from streams.dwell.cells import DEPARTMENT_STEP_S, DISPLAY_STEP_S, LIVE, cell_of, seen
from streams.dwell.compiled import compiled, inlined
from streams.dwell.filter import begin, hear_floor, known_sigma, predict, update
from streams.dwell.posterior import most_probable

FARTHEST = 9.0
"""An innovation's square counts at the most so many times the variance that was expected: outliers are no noise."""


@compiled
def start(walk: Any, fix: Any, model: Any) -> None:
    """A visit begins."""
    walk.pings = 1
    walk.id_seq, walk.id_ts = fix.seq, fix.ts
    walk.first, walk.last = fix.ts, fix.ts
    walk.excess, walk.weight = 0.0, 0.0
    walk.noise = _noise(walk, fix.sigma, model)
    begin(walk.track, fix.ts, fix.x, fix.y, walk.noise, fix.floor, model)


@compiled
def first_department(walk: Any, belief: Any) -> None:
    walk.department = belief.department[most_probable(belief.department_n, belief.departments)]


@compiled
def move(walk: Any, fix: Any, step: Any, model: Any) -> None:
    """A visit goes on."""
    walk.pings += 1
    if fix.seq < walk.id_seq:
        walk.id_seq, walk.id_ts = fix.seq, fix.ts
    track = walk.track
    walk.noise = _noise(walk, fix.sigma, model)
    predict(track, step, model)
    hear_floor(track, fix.floor, step, model)
    known = known_sigma(fix.sigma, model)
    excess, says = update(track, fix.x, fix.y, walk.noise, known * known, model)
    _learn_noise(walk, excess, says, fix.sigma, step, model)
    track.ts = walk.last = fix.ts


@inlined
def _noise(walk: Any, sigma: float, model: Any) -> float:
    """A fix's variance on each axis, m²: what the sender says, corrected by what the phone's errors have been so far.

    A mean of logarithms: how far a sender's word is off against how far what was seen may be off.
    """
    known = known_sigma(sigma, model)
    variance = known * known
    if walk.weight <= 0:
        return variance
    doubt = model.sigma_trust if sigma > 0 else model.sigma_doubt
    seen = 0.5 * math.log(max(walk.excess / walk.weight, 0.01) / model.seen)
    prior, spread = doubt * doubt, model.seen_spread * model.seen_spread + 0.5 / walk.weight
    return variance * math.exp(2 * seen * prior / (prior + spread))


@inlined
def _learn_noise(walk: Any, excess: float, says: float, sigma: float, step: Any, model: Any) -> None:
    known = known_sigma(sigma, model)
    excess = min(excess, FARTHEST * walk.noise * says)
    walk.excess = step.memory * walk.excess + step.news * excess / (known * known)
    walk.weight = step.memory * walk.weight + step.news * says


@inlined
def hold(walk: Any, belief: Any, dt_s: float, model: Any) -> None:
    """A department is left only for one that is more probable by a margin: the closer fixes come, the wider."""
    best = most_probable(belief.department_n, belief.departments)
    held = 0
    for i in range(belief.departments):
        if belief.department[i] == walk.department:
            held = belief.department_n[i]
    if (belief.department_n[best] - held) * (dt_s + model.switch_s) > model.switch_s * WHOLE:
        walk.department = belief.department[best]


@inlined
def spend(cells: Any, book: Any, phone: Any, seconds: float) -> None:
    """Settled seconds where the walk is: the department that it is held to be in, displays by probability."""
    walk, belief = phone.walk, phone.belief
    _settle_cell(cells[cell_of(cells, book, phone, walk.department, DEPARTMENT_STEP_S)], seconds, walk.last)
    for i in range(belief.displays):
        if belief.display[i] != NOWHERE:
            at = cell_of(cells, book, phone, belief.display[i], DISPLAY_STEP_S)
            _settle_cell(cells[at], seconds * (belief.display_n[i] / WHOLE), walk.last)


@inlined
def _settle_cell(cell: Any, seconds: float, ts: int) -> None:
    cell.live_s += seconds
    seen(cell, LIVE, ts)


@inlined
def spend_now(cells: Any, book: Any, phone: Any, walk: Any, belief: Any, seconds: float) -> bool:
    """The same in seconds that may still change; whether one of the zones has come to its next moment."""
    passed = _settle_now(cells[cell_of(cells, book, phone, walk.department, DEPARTMENT_STEP_S)], seconds)
    for i in range(belief.displays):
        if belief.display[i] != NOWHERE:
            at = cell_of(cells, book, phone, belief.display[i], DISPLAY_STEP_S)
            passed |= _settle_now(cells[at], seconds * (belief.display_n[i] / WHOLE))
    return passed


@inlined
def _settle_now(cell: Any, seconds: float) -> bool:
    cell.now_s += seconds
    return cell.now_s >= cell.due_s
