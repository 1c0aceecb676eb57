"""What is measured of a method's answers. Each figure of a run is a number with a name, NaN where it does not apply."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy.answers import Answers
from benchmarks.accuracy.case import Case
from benchmarks.accuracy.chart import Codes, Numbers

KINDS = ("department", "display")
PRESENT_S = 0.5
"""True or reported seconds below this are none."""
VISITED_S = 10.0
"""A visit to a zone, for F1: this long together."""
BINS = 10
MISS = 2 / (1 - 0.9)
"""What a 90 % interval pays for each second that the truth lies outside (Gneiting, Raftery 2007, JASA 102, eq. 43)."""

Figures = Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Reliability:
    """By bin of stated probability: answers, the sum of their probabilities, and how many were right."""

    count: Numbers
    stated: Numbers
    right: Numbers

    def __add__(self, other: Reliability) -> Reliability:
        return Reliability(self.count + other.count, self.stated + other.stated, self.right + other.right)

    @property
    def error(self) -> float:
        """Expected calibration error (Guo et al. 2017, ICML)."""
        return float(np.abs(self.stated - self.right).sum() / max(self.count.sum(), 1.0))


def figures(case: Case, answers: Answers) -> Figures:
    """All figures of one run, named `<kind>.<figure>`."""
    found = {}
    for kind, zones in case.chart.kinds():
        true, said = getattr(case.truth, kind), getattr(answers, kind)
        found[f"{kind}.accuracy"] = float((true == said).mean())
        found[f"{kind}.switches"] = _switches(case, said) / max(_switches(case, true), 1)
        for name, value in _of_seconds(case.truth.live_s[:, zones], _cut(answers, zones)):
            found[f"{kind}.{name}"] = value
        one = reliability(case, answers, kind)
        found[f"{kind}.ece"] = one.error if one else np.nan
    return found


def reliability(case: Case, answers: Answers, kind: str) -> Reliability | None:
    """None of a method that states no probabilities."""
    stated = getattr(answers, f"{kind}_p")
    if stated is None:
        return None
    right = getattr(case.truth, kind) == getattr(answers, kind)
    place = np.minimum((stated * BINS).astype(int), BINS - 1)
    counts = (np.bincount(place, weights, BINS) for weights in (np.ones(len(stated)), stated, right.astype(float)))
    return Reliability(*(np.asarray(one, np.float64) for one in counts))


def error_s(true: Numbers, said: Numbers) -> float:
    """Seconds of error in a visit and zone that was truly visited; missing and spurious ones are in the sum."""
    return float(np.abs(true - said).sum() / max((true >= PRESENT_S).sum(), 1))


def f1(true: Numbers, said: Numbers) -> float:
    """Of (visit, zone) pairs that last VISITED_S or longer."""
    are, are_said = true >= VISITED_S, said >= VISITED_S
    return float(2 * (are & are_said).sum() / max(are.sum() + are_said.sum(), 1))


def coverage(true: Numbers, lower: Numbers, upper: Numbers) -> float:
    """Share of intervals that hold the truth, of the pairs that are there in truth or answer."""
    counted = (true >= PRESENT_S) | (upper >= PRESENT_S)
    return float(((lower <= true) & (true <= upper))[counted].mean())


def interval_score(true: Numbers, lower: Numbers, upper: Numbers) -> float:
    """Seconds in a visit and zone that was truly visited: the width, and the misses by what they miss."""
    missed = np.maximum(lower - true, 0) + np.maximum(true - upper, 0)
    return float((upper - lower + MISS * missed).sum() / max((true >= PRESENT_S).sum(), 1))


@dataclass(frozen=True, eq=False)
class _Seconds:
    live: Numbers
    smoothed: Numbers | None
    lower: Numbers | None
    upper: Numbers | None


def _cut(answers: Answers, zones: slice) -> _Seconds:
    matrices = (answers.live_s, answers.smoothed_s, answers.lower_s, answers.upper_s)
    live, *others = (None if one is None else one[:, zones] for one in matrices)
    assert live is not None
    return _Seconds(live, *others)


def _of_seconds(true: Numbers, said: _Seconds) -> Iterator[tuple[str, float]]:
    yield "live_error_s", error_s(true, said.live)
    yield "f1", f1(true, said.live)
    yield "smoothed_error_s", np.nan if said.smoothed is None else error_s(true, said.smoothed)
    if said.lower is None or said.upper is None:
        yield from (("coverage", np.nan), ("interval_score", np.nan))
    else:
        yield "coverage", coverage(true, said.lower, said.upper)
        yield "interval_score", interval_score(true, said.lower, said.upper)


def _switches(case: Case, codes: Codes) -> int:
    """Changes of the answer within visits."""
    changes: NDArray[np.bool_] = np.diff(codes) != 0
    changes[[track.first - 1 for track in case.tracks if track.first > 0]] = False
    return int(changes.sum())
