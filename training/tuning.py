"""Successive doubling: options are tried on few receipts, the better half of them on twice as many, until one is left.

The budget is in receipts and not in seconds: the same data gives the same choice on any machine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from models.recommender.blend import CONTEXT, Blend
from models.recommender.sources.contract import Source
from training import blending, sources
from training.blending import Candidates
from training.questions import Questions
from training.sources import Material, Tuned

MOST = 20_000
"""Receipts of the last round."""
TRIAL_LINKED, TRIAL_ITERATIONS = 800, 4
ASKED = 400
LASTING, RECENT = (90.0, 365.0, 3650.0), (7.0, 28.0)
"""Half-lives of popularity in days."""
RIDGES = (100.0, 300.0, 1000.0, 3000.0)
NEIGHBOURS = (100, 300, 1000)
TASTES = ((30.0, 10.0), (100.0, 10.0), (3.0, 1.0), (100.0, 40.0))
"""Regularization and alpha."""

Option = TypeVar("Option")


def doubled(options: Sequence[Option], gain: Callable[[Option, int], float], most: int) -> Option:
    """The option that is left; `gain` tries one on a number of receipts, and `most` is that of the last round."""
    left, rounds = list(options), max(len(options) - 1, 0).bit_length()
    for number in range(rounds):
        size = max(most >> (rounds - 1 - number), 1)
        gains = [gain(option, size) for option in left]
        order = np.argsort(-np.array(gains), kind="stable")[: (len(left) + 1) // 2]
        left = [left[place] for place in sorted(order.tolist())]
    return left[0]


def tune(older: Material, asked: Questions) -> Tuned:
    """What the sources are fitted with; the questions are newer than the receipts. The defaults without questions."""
    baskets = np.flatnonzero(asked.task == "basket")[:ASKED]
    if not len(baskets):
        return Tuned()
    few, most = blending.only(asked, baskets), min(MOST, len(older.receipts))
    popular = sources.popularity(older, Tuned().half_life_days)
    drawn = blending.candidates(_first("popularity"), {"popularity": popular}, few)
    lasting = doubled(LASTING, lambda days, _: likely({"popularity": sources.popularity(older, days)}, drawn), most)
    popular = sources.popularity(older, lasting)

    def search(name: str, options: Sequence[Mapping[str, Any]], make: Callable[[Material, Tuned], Source]) -> Any:
        def gain(option: Mapping[str, Any], size: int) -> float:
            source = make(older.newest(size), replace(Tuned(half_life_days=lasting), **option))
            return likely({"popularity": popular, name: source}, drawn)

        return doubled(options, gain, most)

    found: dict[str, Any] = {"half_life_days": lasting}
    found |= search(
        "recent",
        [{"recent_half_life_days": days} for days in RECENT],
        lambda material, tuned: sources.popularity(material, tuned.recent_half_life_days),
    )
    found |= search(
        "together",
        [{"ridge": ridge} for ridge in RIDGES],
        lambda material, tuned: sources.together(material, tuned.ridge, TRIAL_LINKED),
    )
    found |= search(
        "sessions",
        [{"neighbours": count} for count in NEIGHBOURS],
        lambda material, tuned: sources.sessions(material, tuned.neighbours, tuned.half_life_days),
    )
    found |= search(
        "taste",
        [{"regularization": strength, "alpha": alpha} for strength, alpha in TASTES],
        lambda material, tuned: sources.taste(material, replace(tuned, iterations=TRIAL_ITERATIONS)),
    )
    return replace(Tuned(), **found)


def likely(asking: Mapping[str, Source], drawn: Sequence[Candidates]) -> float:
    """How likely the answers are by a blend of a few sources: the mean log-likelihood."""
    found = blending.choices(drawn, list(asking.values()))
    return blending.likelihood(found, blending.fit(found, _first(*asking)))


def _first(*names: str) -> Blend:
    """Some of what is believed."""
    believed = np.array([blending.BELIEVED[name] for name in names])
    weight = np.zeros((len(names), len(CONTEXT)))
    weight[:, 0] = believed[:, 0]
    return Blend(np.array(names), believed[:, 1], weight)
