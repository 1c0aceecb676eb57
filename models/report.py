"""What a night says of its bundle, as report.json has it: written by `training`, shown by `serving`."""

from __future__ import annotations

import msgspec


class Interval(msgspec.Struct, frozen=True):
    """An estimate with its 95 % interval."""

    estimate: float
    ci_low: float
    ci_high: float


class Lift(msgspec.Struct, frozen=True):
    """Additional margin per visit against held-out visits, with a 95 % interval; dates are inclusive."""

    estimate: float
    ci_low: float
    ci_high: float
    from_date: str
    to_date: str


class Comparison(msgspec.Struct, frozen=True):
    """Additional margin a seen prompt of the challenger and the champion, and their difference."""

    prompts: int
    visits: int
    challenger: Interval
    champion: Interval
    difference: Interval
    ess: float
    overlap: float


class Verdict(msgspec.Struct, frozen=True):
    """What became of a challenger and why; part of a report."""

    verdict: str
    why: str
    lift: Lift | None = None
    comparison: Comparison | None = None
