"""The canary: after a promotion, what visits bring that the new bundle decides, against the share that stayed before.

A visit counts where its first decision came after the new bundle's first one in its store, and belongs to the arm of
the bundle that made it: that was drawn before anything could be bought because of it. Silent decisions count too, for
to be silent is what one of the two may do more often. What a visit brings is its margin from that decision on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from models import lake
from models.arms import Canary
from models.champions import Look, Verdict
from models.features import MOMENT, padded
from models.folders import AnyPath
from training import exposures, publish, sequential
from training.history import DAY_MS
from training.offpolicy import Estimate, codes
from training.sequential import Watched

LEAST, ENOUGH = 100, 2000
"""Visits in the smaller arm: with fewer nothing is said; with so many the new bundle stays if it is no worse."""
COLUMNS = ["store_id", "visit_id", "prompt_id", "ts", "bundle", "holdout", "features"]


@dataclass(frozen=True)
class First:
    """A visit's first decision."""

    ts_ms: int
    prompt_id: str
    bundle: str | None
    features: tuple[float, ...]


def look(root: AnyPath, canary: Canary, data: str = "", plans: AnyPath | None = None) -> Look:
    """From the lake as it is. Raises InputError."""
    visits = _visits(root, canary)
    newer = [first.bundle in canary.champions for first in visits.values()]
    arms = (sum(newer), len(newer) - sum(newer))
    found = None if min(arms) < LEAST else sequential.difference(_watched(root, visits, newer, plans))
    verdict, why = decide(found, arms)
    said = Look(canary.before, canary.champions, verdict, why, *arms, data=data)
    if found is None:
        return said
    return msgspec.structs.replace(said, estimate=found.value, ci_low=found.low, ci_high=found.high)


def decide(found: Estimate | None, arms: tuple[int, int]) -> tuple[Verdict, str]:
    """What follows, and why; `arms` are the visits of the new bundle and of the one before."""
    visits = f"{arms[0]:,} visits, {arms[1]:,} with the bundle before"
    if found is None:
        return "goes on", f"{visits}: too few to say anything, at least {LEAST} of each are needed"
    said = f"margin a visit {found.value:+.4f} ({found.low:+.4f} to {found.high:+.4f}) of {visits}"
    if found.high < 0:
        return "roll back", f"worse than the bundle before: {said}"
    if found.low > 0:
        return "stays", f"better than the bundle before: {said}"
    if min(arms) >= ENOUGH:
        return "stays", f"not worse than the bundle before by what {ENOUGH:,} visits can tell: {said}"
    return "goes on", f"not told apart from the bundle before: {said}"


def _visits(root: AnyPath, canary: Canary) -> dict[tuple[str, str], First]:
    """By store and visit the first decisions that count."""
    starts = _starts(root, canary)
    if not starts:
        return {}
    # a visit is over within a day: who was decided before that cannot come again
    earliest = min(starts.values()) - DAY_MS
    found: dict[tuple[str, str], First] = {}
    for row in _rows(root, COLUMNS, lambda part: pc.greater_equal(part.column("ts"), earliest)):
        name = (row["store_id"], row["visit_id"])
        first = First(row["ts"], row["prompt_id"], row["bundle"], tuple(row["features"] or ()))
        if not row["holdout"] and (name not in found or (first.ts_ms, first.prompt_id) < _key(found[name])):
            found[name] = first
    ours = {canary.before, *canary.champions}
    return {
        (store, visit): first
        for (store, visit), first in sorted(found.items())
        if first.bundle in ours and store in starts and first.ts_ms > starts[store]
    }


def _key(first: First) -> tuple[int, str]:
    return first.ts_ms, first.prompt_id


def _starts(root: AnyPath, canary: Canary) -> dict[str, int]:
    """By store, when a new bundle first decided there: from then on its worker knew of both."""
    new, starts = pa.array(canary.champions, pa.string()), dict[str, int]()
    for row in _rows(root, ["store_id", "ts", "bundle"], lambda part: pc.is_in(part.column("bundle"), new)):
        starts[row["store_id"]] = min(row["ts"], starts.get(row["store_id"], row["ts"]))
    return starts


def _rows(root: AnyPath, columns: list[str], wanted: Any) -> Iterator[Mapping[str, Any]]:
    """Rows of `prompts` that are wanted, times in ms."""
    for part in lake.batches(root, "prompts", columns):
        at = part.column_names.index("ts")
        part = part.set_column(at, "ts", part.column("ts").cast(pa.int64()))
        yield from part.filter(wanted(part)).to_pylist()


def _watched(
    root: AnyPath, visits: Mapping[tuple[str, str], First], newer: list[bool], plans: AnyPath | None
) -> Watched:
    names, firsts = list(visits), list(visits.values())
    sold, phones = exposures.sold(root, publish.plan_zones(plans), plans)
    times = np.array([first.ts_ms for first in firsts], np.int64)
    return Watched(
        np.array(newer, float),
        sold.margin([store for store, _ in names], [visit for _, visit in names], times),
        np.array([padded(first.features, len(MOMENT)) for first in firsts], float).reshape(-1, len(MOMENT)),
        codes((store, ts // DAY_MS) for (store, _), ts in zip(names, times.tolist(), strict=True)),
        codes((store, phones.get((store, visit), f"visit {visit}")) for store, visit in names),
    )
