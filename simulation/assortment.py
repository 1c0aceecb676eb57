"""What a store may sell: departments, their categories, and what one piece of a category costs about.

A category's name is its display's id in the plan; names are unique over the whole assortment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_DEPARTMENTS: Mapping[str, Mapping[str, float]] = {
    "produce": {"apples": 2.8, "berries": 3.6, "salad": 1.9, "tomatoes": 2.4, "herbs": 1.5, "mushrooms": 2.2},
    "bakery": {"bread": 3.4, "rolls": 0.9, "cakes": 8.5, "croissants": 1.6, "biscuits": 2.9, "crackers": 2.3},
    "dairy": {"milk": 1.3, "yoghurt": 1.8, "cheese": 4.6, "butter": 2.7, "eggs": 3.2, "desserts": 2.1},
    "drinks": {"coffee": 6.8, "tea": 3.7, "juice": 2.6, "water": 1.1, "wine": 9.4, "beer": 7.2},
    "pantry": {"pasta": 1.7, "rice": 2.5, "sauces": 3.1, "oils": 6.9, "spices": 2.8, "chocolate": 2.4},
    "household": {"detergent": 7.9, "cleaners": 3.8, "paper": 5.5, "candles": 6.4, "bulbs": 8.2, "storage": 11.0},
    "beauty": {"skincare": 14.5, "makeup": 12.0, "perfume": 38.0, "haircare": 7.6, "shaving": 9.9, "soap": 3.3},
    "electronics": {
        "headphones": 59.0,
        "speakers": 85.0,
        "cameras": 240.0,
        "tablets": 310.0,
        "cables": 12.5,
        "watches": 149.0,
    },
    "kitchen": {"knives": 34.0, "pans": 42.0, "kettles": 36.0, "glasses": 15.0, "plates": 18.0, "mixers": 69.0},
    "toys": {"puzzles": 14.0, "blocks": 29.0, "dolls": 22.0, "games": 25.0, "crafts": 11.5, "trains": 45.0},
    "sports": {"shoes": 79.0, "balls": 19.0, "mats": 24.0, "bottles": 13.0, "weights": 32.0, "rackets": 54.0},
    "books": {"novels": 12.9, "cookbooks": 24.0, "travel": 17.0, "comics": 9.5, "science": 21.0, "calendars": 10.5},
}

MOST_CATEGORIES = 6


@dataclass(frozen=True)
class Department:
    """A department's id, its readable name, and category → typical price."""

    id: str
    name: str
    categories: Mapping[str, float]


def departments(count: int, categories: int) -> list[Department]:
    """The first `count` departments with `categories` each; beyond the list they come again with a number."""
    names = list(_DEPARTMENTS)
    chosen = ((names[i % len(names)], i // len(names)) for i in range(count))
    return [_department(name, round_, categories) for name, round_ in chosen]


def _department(name: str, round_: int, categories: int) -> Department:
    suffix = f"-{round_ + 1}" if round_ else ""
    kept = list(_DEPARTMENTS[name].items())[:categories]
    title = f"{name.title()} {round_ + 1}" if round_ else name.title()
    return Department(name + suffix, title, {category + suffix: price for category, price in kept})
