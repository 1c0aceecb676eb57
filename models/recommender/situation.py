"""What a decision is made from: the situation of a visit, and what was prompted and answered in it before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.catalog import fold
from models.floorplan import FloorPlan
from models.recommender.knowledge import Goods, Zones

CLOSING = ("accepted", "declined", "sold")
"""Outcomes after which a product is not prompted again in the same visit."""


def _no_features() -> NDArray[np.float32]:
    return np.empty(0, np.float32)


@dataclass(frozen=True)
class Situation:
    """A moment of a visit, or a request. `id` keys the draw: the moment's id, or the request's."""

    id: str
    visit_id: str
    store_id: str
    ts_ms: int
    kind: str | None = None
    zone_id: str | None = None
    customer_id: str | None = None
    basket: tuple[str, ...] = ()
    dwell: Mapping[str, float] = field(default_factory=dict)
    """Zone id, or name of a department or category → seconds of this visit."""
    features: NDArray[np.float32] = field(default_factory=_no_features)
    """The moment's vector; empty where there is no moment."""
    candidates: tuple[str, ...] | None = None
    """Only these may be recommended; None is the whole catalogue."""
    department: str | None = None
    categories: tuple[str, ...] = ()
    """What the display shows."""


class Prompted(msgspec.Struct, frozen=True):
    """A prompt of this visit; held-out and stale ones count as if they had been shown, silent ones are none."""

    prompt_id: str
    sku: str
    offer_id: str | None
    expires: int


class Past(msgspec.Struct, frozen=True):
    """A visit's prompts so far and what came of them, oldest first."""

    prompts: tuple[Prompted, ...] = ()
    answers: dict[str, tuple[str, str]] = {}
    """Outcome id → (prompt id, kind), of the kinds that close a product."""

    def prompted(self, row: Mapping[str, Any]) -> Past:
        """After a row of the table `prompts` (times in ms); the same row again changes nothing."""
        if row["sku"] is None or any(one.prompt_id == row["prompt_id"] for one in self.prompts):
            return self
        one = Prompted(row["prompt_id"], row["sku"], row.get("offer_id"), row["expires"])
        return msgspec.structs.replace(self, prompts=(*self.prompts, one))

    def answered(self, outcome: Mapping[str, Any]) -> Past:
        """After a row of the table `outcomes`; `undone` takes back the one that it names, or all of its prompt."""
        kind, answers = outcome["kind"], dict(self.answers)
        if kind == "undone" and not outcome.get("undoes"):
            answers = {name: answer for name, answer in answers.items() if answer[0] != outcome["prompt_id"]}
        elif kind == "undone":
            answers.pop(outcome["undoes"], None)
        elif kind in CLOSING:
            answers[outcome["outcome_id"]] = (outcome["prompt_id"], kind)
        return msgspec.structs.replace(self, answers=answers)

    @property
    def closed(self) -> frozenset[str]:
        """The skus that were accepted, declined or sold."""
        answered = {prompt for prompt, _ in self.answers.values()}
        return frozenset(one.sku for one in self.prompts if one.prompt_id in answered)

    def open_at(self, ts_ms: int) -> frozenset[str]:
        """The skus whose prompts have not run out yet."""
        return frozenset(one.sku for one in self.prompts if one.expires > ts_ms)


def zones_of(plan: FloorPlan) -> Zones:
    """What a plan's zones stand for: a display's categories; a department's name and id."""
    rows = [(zone.id, "category", name) for zone in plan.of_kind("display") for name in zone.categories]
    rows += [(zone.id, "department", zone.name) for zone in plan.of_kind("department")]
    zone, kind, name = zip(*rows, strict=True) if rows else ((), (), ())
    return Zones(np.array(zone, np.str_), np.array(kind, np.str_), np.array(name, np.str_))


def group_seconds(dwell: Mapping[str, float], goods: Goods, zones: Zones) -> dict[int, float]:
    """Seconds by group of products; where zone and name say the same thing twice, the longer holds."""
    found: dict[int, float] = {}
    for key, seconds in dwell.items():
        names = [("category", key), ("department", key), *zones.names.get(key, ())]
        for group in {goods.groups.get((kind, fold(name)), -1) for kind, name in names} - {-1}:
            found[group] = max(found.get(group, 0.0), seconds)
    return found
